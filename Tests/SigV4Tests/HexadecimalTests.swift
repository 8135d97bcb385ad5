import SigV4
import Testing

struct HexadecimalTests {
    @Test func `a byte is two lower-case digits`() {
        // RFC 4648 section 10: BASE16("foobar"), there in upper case.
        #expect(String(hexOf: Array("foobar".utf8)) == "666f6f626172")
        #expect(String(hexOf: [0x00, 0x0A, 0xA0, 0xFF]) == "000aa0ff")
        #expect(String(hexOf: [UInt8]()).isEmpty)
    }

    @Test(arguments: ["666f6f626172", "666F6F626172", "666F6f626172"])
    func `digits of either case are read`(text: String) {
        #expect([UInt8](hex: text.utf8) == Array("foobar".utf8))
    }

    @Test(arguments: ["6", "66 6", "6g", "0x66", "6:6", "66\u{0}0", "６６"])
    func `anything else is no number`(text: String) {
        #expect([UInt8](hex: text.utf8) == nil)
    }

    @Test func `a number has all its zeros`() {
        #expect(String(hexOf: UInt64(0)) == "0000000000000000")
        #expect(String(hexOf: UInt64(0x0123_4567_89AB_CDEF)) == "0123456789abcdef")
        #expect(String(hexOf: UInt64.max) == "ffffffffffffffff")
    }

    @Test func `exactly 22 bytes are digits, and 16 of them lower-case ones`() {
        let digits = (UInt8.min...UInt8.max).filter { $0.hexValue != nil }
        #expect(String(decoding: digits, as: UTF8.self) == "0123456789ABCDEFabcdef")
        #expect(digits.compactMap(\.hexValue) == Array(0...9) + Array(10...15) + Array(10...15))
        let lowercase = (UInt8.min...UInt8.max).filter(\.isLowercaseHexDigit)
        #expect(String(decoding: lowercase, as: UTF8.self) == "0123456789abcdef")
    }

    @Test func `an escaped octet has upper-case digits`() {
        // RFC 3986 section 2.1: %20 for the space; the two octets of é in UTF-8.
        var text = Array("a".utf8)
        for byte in " é".utf8 { text.append(percentEncoding: byte) }
        #expect(String(decoding: text, as: UTF8.self) == "a%20%C3%A9")
    }
}
