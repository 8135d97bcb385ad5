import Foundation
import SigV4
import Testing

struct PercentEncodingTests {
    @Test func `only unreserved characters of ASCII stay`() {
        let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        for byte in UInt8(0)...127 {
            let text = String(decoding: [byte], as: UTF8.self)
            let expected = unreserved.contains(byte) ? text : String(format: "%%%02X", Int(byte))
            #expect(PercentEncoding.encode(text) == expected)
        }
    }

    @Test func `a slash stays in a path only`() {
        #expect(PercentEncoding.encode("a/b") == "a%2Fb")
        #expect(PercentEncoding.encode("a/b", keepingSlash: true) == "a/b")
        #expect(PercentEncoding.encodePath("/a//b c/") == "/a//b%20c/")
    }

    @Test(arguments: [
        ("my file.txt", "my%20file.txt"),
        ("libstdc++.rpm", "libstdc%2B%2B.rpm"),
        ("a?b.txt", "a%3Fb.txt"),
        ("My#1.png", "My%231.png"),
        ("a&b=c", "a%26b%3Dc"),
        ("! ' ( ) *", "%21%20%27%20%28%20%29%20%2A"),
        ("grüße.pdf", "gr%C3%BC%C3%9Fe.pdf"),
        ("🎬", "%F0%9F%8E%AC"),
        ("", ""),
    ])
    func `a name is encoded by the bytes of its UTF-8`(text: String, encoded: String) {
        #expect(PercentEncoding.encode(text) == encoded)
    }

    @Test func `text that is encoded already is encoded again`() {
        #expect(PercentEncoding.encode("a%2Fb") == "a%252Fb")
    }

    @Test func `composed and decomposed accents stay different`() {
        #expect(PercentEncoding.encode("caf\u{E9}") == "caf%C3%A9")
        #expect(PercentEncoding.encode("cafe\u{301}") == "cafe%CC%81")
    }

    @Test func `decoding gives the text back`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            var scalars = String.UnicodeScalarView()
            for _ in 0..<40 {
                if let scalar = Unicode.Scalar(UInt32.random(in: 1...0x2FFFF, using: &generator)) {
                    scalars.append(scalar)
                }
            }
            let text = String(scalars)
            let decoded = PercentEncoding.encodePath(text).removingPercentEncoding
            let bytes = decoded.map { Array($0.utf8) }
            #expect(bytes == Array(text.utf8))
        }
    }
}
