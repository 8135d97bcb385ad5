import Attachments
import SigV4
import Testing

@testable import Gateway

struct DigestClaimsTests {
    private static let md5 = "HUXZLQLMuI/KZ5KDcJPcOA=="
    private static let md5InHex = "1d45d92d02ccb88fca6792837093dc38"
    private static let sha1 = "thvDyvhfIqlvFe+A9MYgxAfm1q5="
    private static let sha256 = "X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="
    private static let sha256InHex = "5f8f04f6a3a892aaabbddb6cf273894493773960d4a325b105fee46eef4304f1"
    private static let sha512 =
        "YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg=="

    private func read(_ header: DigestHeader, _ text: String) throws -> [DigestClaim] {
        try DigestClaims.read { $0 == header ? text : nil }
    }

    private func refusal(_ body: () throws -> Void) -> AttachmentError? {
        do {
            try body()
            return nil
        } catch {
            return error as? AttachmentError
        }
    }

    private func bytes(ofHex hex: String) throws -> [UInt8] {
        try #require([UInt8](hex: hex.utf8))
    }

    // MARK: - Headers

    @Test func `the example of RFC 1864 is read`() throws {
        let claims = try read(.contentMD5, "Q2hlY2sgSW50ZWdyaXR5IQ==")
        let digest = Array("Check Integrity!".utf8)
        #expect(claims == [DigestClaim(source: "Content-MD5", algorithm: .md5, digest: digest)])
    }

    @Test func `the examples of RFC 3230 are read, in any case of the names`() throws {
        let one = try read(.digest, "md5=\(Self.md5)")
        let md5 = try bytes(ofHex: Self.md5InHex)
        #expect(one == [DigestClaim(source: "Digest", algorithm: .md5, digest: md5)])
        let two = try read(.digest, "SHA=\(Self.sha1),unixsum=30637")
        let sha1 = try bytes(ofHex: "b61bc3caf85f22a96f15ef80f4c620c407e6d6ae")
        #expect(two == [DigestClaim(source: "Digest", algorithm: .sha1, digest: sha1)])
        let many = try read(.digest, " ,sHa-256=\(Self.sha256) , ADLER32=03da0195, Md5=\(Self.md5)")
        #expect(many.map(\.algorithm) == [.sha256, .md5])
    }

    @Test(arguments: [DigestHeader.contentDigest, .reprDigest])
    func `the examples of RFC 9530 are read`(header: DigestHeader) throws {
        let one = try read(header, "sha-512=:\(Self.sha512):")
        #expect(one.map(\.algorithm) == [.sha512])
        #expect(one.map(\.source) == [header.rawValue])
        let two = try read(header, "sha-256=:d435Qo+nKZ+gLcUHn7GQtQ72hiBVAgqoLsZnZPiTGPk=:,sha-512=:\(Self.sha512):")
        #expect(two.map(\.algorithm) == [.sha256, .sha512])
        #expect(two.map(\.digest.count) == [32, 64])
        let old = try read(header, "unixsum=:GQU=:, sha=:\(Self.sha1):;a=1, md5=:\(Self.md5):")
        #expect(old.map(\.algorithm) == [.sha1, .md5])
    }

    @Test func `all headers are read, and those of a file part say so`() throws {
        let texts: [DigestHeader: String] = [
            .contentMD5: Self.md5, .contentDigest: "md5=:\(Self.md5):", .reprDigest: "md5=:\(Self.md5):",
            .digest: "MD5=\(Self.md5)",
        ]
        let ofRequest = try DigestClaims.read { texts[$0] }
        #expect(ofRequest.map(\.source) == ["Content-MD5", "Content-Digest", "Repr-Digest", "Digest"])
        let ofPart = try DigestClaims.read(ofFilePart: true) { texts[$0] }
        #expect(ofPart.map(\.source) == ofRequest.map { "\($0.source) of the file part" })
        let ofNothing = try DigestClaims.read { _ in nil }
        #expect(ofNothing == [])
    }

    private static let unknown: [(DigestHeader, String)] = [
        (.contentDigest, ""), (.digest, ""), (.reprDigest, "id-sha-256=:AAAA:"),
        (.contentDigest, "crc32c=:AAAAAA==:, future=?1, sha-3=token;a=1, list=(1 2), x"),
        (.digest, "UNIXsum=30637,crc32=no base64!"),
    ]

    @Test(arguments: unknown)
    func `algorithms that nobody knows here are passed over`(header: DigestHeader, text: String) throws {
        let claims = try read(header, text)
        #expect(claims == [])
    }

    private static let malformed: [(DigestHeader, String)] = [
        (.contentMD5, ""), (.contentMD5, "no base64"), (.contentMD5, "Q2hlY2sgSW50ZWdyaXR5"),
        (.contentMD5, "900150983cd24fb0d6963f7d28e17f72"), (.contentMD5, "\(md5), \(md5)"),
        (.contentDigest, "sha-256=\(sha256)"), (.contentDigest, "sha-256=:\(md5):"), (.contentDigest, "sha-256"),
        (.contentDigest, "SHA-256=:\(sha256):"), (.contentDigest, "sha-512=:\(sha512)"),
        (.contentDigest, "sha-512=:\(sha512):,"), (.reprDigest, "sha-512=:!:"),
        (.reprDigest, "sha-512=\"\(sha512)\""), (.digest, "SHA-256=\(md5)"), (.digest, "sha-256"), (.digest, "MD5"),
        (.digest, "md5=:\(md5):"), (.digest, "MD5 = \(md5)"),
    ]

    @Test(arguments: malformed)
    func `a header that cannot be read is refused and named`(header: DigestHeader, text: String) throws {
        let error = refusal { _ = try read(header, text) }
        #expect(error?.code == .invalidDigest, "\(text)")
        #expect(error?.message.hasPrefix(header.rawValue) == true)
        #expect(error?.message.contains("base64") == true)
    }

    // MARK: - Fields

    @Test func `fields of a form are read in hex and in base64`() throws {
        let sha256 = try bytes(ofHex: Self.sha256InHex)
        for text in [Self.sha256InHex, Self.sha256InHex.uppercased(), " \(Self.sha256InHex)\r\n", Self.sha256] {
            let claim = try DigestClaims.read(.sha256, text)
            #expect(claim == DigestClaim(source: "sha256", algorithm: .sha256, digest: sha256))
        }
        let md5 = try bytes(ofHex: Self.md5InHex)
        for text in [Self.md5InHex, Self.md5] {
            let claim = try DigestClaims.read(.contentMD5, text)
            #expect(claim == DigestClaim(source: "content_md5", algorithm: .md5, digest: md5))
        }
    }

    private static let noDigests: [(DigestField, String)] = [
        (.sha256, ""), (.sha256, "xyz"), (.sha256, md5), (.sha256, String(repeating: "a", count: 63)),
        (.sha256, String(repeating: "g", count: 64)), (.contentMD5, ""), (.contentMD5, sha512),
        (.contentMD5, String(repeating: "\u{FF11}", count: 32)), (.contentMD5, String(repeating: "0", count: 33)),
    ]

    @Test(arguments: noDigests)
    func `a field that is no digest is refused and named`(field: DigestField, text: String) throws {
        let error = refusal { _ = try DigestClaims.read(field, text) }
        #expect(error?.code == .invalidDigest, "\(text)")
        #expect(error?.message.hasPrefix(field.rawValue) == true)
    }

    // MARK: - Base64

    @Test func `base64 is read with its padding and without, and nothing else is taken for it`() {
        let pairs = [("", ""), ("Zg==", "f"), ("Zg", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg", "foob")]
        for (text, plain) in pairs {
            #expect(DigestText.decodeBase64(text.utf8) == Array(plain.utf8), "\(text)")
        }
        #expect(DigestText.decodeBase64("+/+/".utf8) == [0xFB, 0xFF, 0xBF])
        let others = [
            "Z", "Zm9vY", "=", "Zg=", "Zg===", "Z===", "Zm9v====", "Zg==Zg==", "-_-_", "Zm 9v", "Zm9v\n", "é",
        ]
        for text in others {
            #expect(DigestText.decodeBase64(text.utf8) == nil, "\(text)")
        }
    }
}
