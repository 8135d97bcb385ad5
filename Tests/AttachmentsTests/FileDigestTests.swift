import Crypto
import S3
import Testing

@testable import Attachments

/// The digests of a file and of its parts, against those of each stretch by itself.
struct FileDigestTests {
    /// A pattern that never repeats within a part.
    private static let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* $0 &+ $0 >> 3) }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> CRC32C {
        var checksum = CRC32C()
        Array(bytes).withUnsafeBytes { checksum.update($0) }
        return checksum
    }

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
            #expect(digest.checksumOfPart == Self.checksum(Self.bytes[..<count]), "\(count) bytes")
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
                #expect(
                    digest.checksumOfPart == Self.checksum(Self.bytes[start..<end]),
                    "pieces of \(cut), up to \(end)"
                )
                #expect(digest.ofWhole == Self.digest(Self.bytes[..<end]), "pieces of \(cut), up to \(end)")
                if end < 1_000 { digest.beginPart() }
            }
        }
    }

    @Test(arguments: [true, false])
    func `without parts there is the whole's digest alone, and a part's checksum`(withMD5: Bool) {
        var digest = FileDigest(withParts: false, withMD5: withMD5)
        Self.bytes[..<128].withUnsafeBytes { digest.update($0) }
        digest.beginPart()
        Self.bytes[128...].withUnsafeBytes { digest.update($0) }
        #expect(digest.ofWhole == Self.digest(Self.bytes[...]))
        #expect(digest.ofPart == nil)
        #expect(digest.checksumOfPart == Self.checksum(Self.bytes[128...]))
    }

    @Test(.enabled(if: FileDigest.canPair), arguments: [true, false])
    func `the MD5 runs along, however the bytes are cut`(withParts: Bool) {
        for count in Array(0...200) + [1_000] {
            var digest = FileDigest(withParts: withParts, withMD5: true)
            for start in stride(from: 0, to: count, by: 37) {
                Self.bytes[start..<min(start + 37, count)].withUnsafeBytes { digest.update($0) }
            }
            #expect(digest.md5 == Array(Insecure.MD5.hash(data: Self.bytes[..<count])), "\(count) bytes")
            #expect(digest.ofWhole == Self.digest(Self.bytes[..<count]), "\(count) bytes")
            #expect((digest.ofPart != nil) == withParts)
        }
    }

    @Test func `the MD5 goes on where a part begins anew, and is of no use where it was not asked for`() {
        var digest = FileDigest(withParts: true, withMD5: true)
        Self.bytes[..<128].withUnsafeBytes { digest.update($0) }
        digest.beginPart()
        Self.bytes[128...].withUnsafeBytes { digest.update($0) }
        #expect(digest.md5 == (FileDigest.canPair ? Array(Insecure.MD5.hash(data: Self.bytes)) : nil))
        #expect(digest.ofPart == Self.digest(Self.bytes[128...]))
        #expect(digest.ofWhole == Self.digest(Self.bytes[...]))
        #expect(digest.checksumOfPart == Self.checksum(Self.bytes[128...]))
        #expect(FileDigest(withParts: true).md5 == nil)
        #expect(FileDigest(withParts: true, withMD5: true, pairing: false).md5 == nil)
    }
}
