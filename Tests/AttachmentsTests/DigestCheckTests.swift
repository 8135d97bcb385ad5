import NIOCore
import Testing

@testable import Attachments

struct DigestCheckTests {
    /// The digests of "abc" that RFC 1321 and FIPS 180 give.
    private static let published: [(algorithm: DigestAlgorithm, hex: String)] = [
        (algorithm: .md5, hex: "900150983cd24fb0d6963f7d28e17f72"),
        (algorithm: .sha1, hex: "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (algorithm: .sha256, hex: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            algorithm: .sha512,
            hex: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
    ]

    private static func bytes(ofHex hex: String) throws -> [UInt8] {
        let digits = Array(hex)
        return try stride(from: 0, to: digits.count, by: 2)
            .map { try #require(UInt8(String(digits[$0...$0 + 1]), radix: 16)) }
    }

    private static func claims() throws -> [DigestClaim] {
        try published.map {
            DigestClaim(source: "claim", algorithm: $0.algorithm, digest: try bytes(ofHex: $0.hex))
        }
    }

    private func failure(of claims: [DigestClaim], over text: String) -> AttachmentError? {
        var check = DigestCheck(claims)
        for byte in text.utf8 { check.update(ByteBuffer(bytes: [byte])) }
        do {
            try check.verify()
            return nil
        } catch {
            return error as? AttachmentError
        }
    }

    @Test func `every algorithm gives what its specification says`() throws {
        for claim in try Self.claims() {
            #expect(claim.digest.count == claim.algorithm.byteCount)
            #expect(failure(of: [claim], over: "abc") == nil, "\(claim.algorithm)")
        }
        #expect(try failure(of: Self.claims(), over: "abc") == nil)
    }

    @Test func `one claim of several that does not hold is enough, and is named`() throws {
        for wrong in DigestAlgorithm.allCases {
            let claims = try Self.claims()
                .map { claim in
                    guard claim.algorithm == wrong else { return claim }
                    let other = [UInt8](repeating: 0, count: wrong.byteCount)
                    return DigestClaim(source: "the wrong one", algorithm: wrong, digest: other)
                }
            let error = failure(of: claims, over: "abc")
            #expect(error?.code == .digestMismatch)
            #expect(error?.message.contains("the wrong one") == true)
        }
        #expect(try failure(of: Self.claims(), over: "abd")?.code == .digestMismatch)
    }

    @Test func `without a claim nothing is computed, and everything passes`() {
        #expect(failure(of: [], over: "abc") == nil)
        #expect(DigestHashers([.md5]).digest(by: .sha512) == nil)
    }

    @Test func `a file's own digest is at hand by SHA-256 and by what was asked for`() throws {
        var digest = IngestDigest(hashesParts: true, algorithms: [.md5, .sha256])
        Array("abc".utf8).withUnsafeBytes { digest.update($0) }
        for (algorithm, hex) in Self.published {
            let isAtHand = algorithm == .md5 || algorithm == .sha256
            let wanted = try isAtHand ? Self.bytes(ofHex: hex) : nil
            #expect(digest.digest(by: algorithm) == wanted, "\(algorithm)")
        }
    }
}
