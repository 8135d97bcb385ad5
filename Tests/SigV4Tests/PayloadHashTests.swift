import SigV4
import Testing

struct PayloadHashTests {
    @Test func `a body is hashed with SHA-256`() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(PayloadHash.of(Array("abc".utf8)) == .sha256(hex: expected))
        #expect(PayloadHash.of(Array("abc".utf8)).headerValue == expected)
    }

    @Test func `bytes that do not lie together are hashed alike`() {
        let letters = sequence(first: UInt8(ascii: "a")) { $0 < UInt8(ascii: "c") ? $0 + 1 : nil }
        #expect(PayloadHash.of(letters) == PayloadHash.of(Array("abc".utf8)))
    }

    @Test func `no body and an empty body have the same hash`() {
        let nothing: [UInt8] = []
        #expect(PayloadHash.of(nothing).headerValue == PayloadHash.empty.headerValue)
    }

    @Test func `an unsigned payload is said so`() {
        #expect(PayloadHash.unsigned.headerValue == "UNSIGNED-PAYLOAD")
    }
}
