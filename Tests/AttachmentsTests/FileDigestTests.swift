import Crypto
import Testing

@testable import Attachments

/// The digests of a file and of its parts, against those of each stretch by itself.
struct FileDigestTests {
    /// A pattern that never repeats within a part.
    private static let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* $0 &+ $0 >> 3) }

    private static func digest(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        Array(SHA256.hash(data: bytes))
    }

    @Test(arguments: [true, false])
    func `each length has its digest, whole and part`(pairing: Bool) {
        for count in 0...300 {
            var digest = FileDigest(withParts: true, pairing: pairing)
            Self.bytes[..<count].withUnsafeBytes { digest.update($0) }
            #expect(digest.ofWhole == Self.digest(Self.bytes[..<count]), "\(count) bytes")
            #expect(digest.ofPart == digest.ofWhole, "\(count) bytes")
        }
    }

    @Test(arguments: [true, false])
    func `a part that begins anew has its own digest, however the bytes are cut`(pairing: Bool) {
        for cut in 1...130 {
            var digest = FileDigest(withParts: true, pairing: pairing)
            var offset = 0
            for end in [128, 576, 1_000] {
                while offset < end {
                    let next = min(offset + cut, end)
                    Self.bytes[offset..<next].withUnsafeBytes { digest.update($0) }
                    offset = next
                }
                let start = [128: 0, 576: 128, 1_000: 576][end] ?? 0
                #expect(digest.ofPart == Self.digest(Self.bytes[start..<end]), "pieces of \(cut), up to \(end)")
                #expect(digest.ofWhole == Self.digest(Self.bytes[..<end]), "pieces of \(cut), up to \(end)")
                if end < 1_000 { digest.beginPart() }
            }
        }
    }

    @Test func `without parts there is the whole's digest alone`() {
        var digest = FileDigest(withParts: false)
        Self.bytes.withUnsafeBytes { digest.update($0) }
        digest.beginPart()
        #expect(digest.ofWhole == Self.digest(Self.bytes[...]))
        #expect(digest.ofPart == nil)
    }
}
