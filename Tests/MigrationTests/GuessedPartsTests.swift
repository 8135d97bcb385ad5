import Attachments
import Crypto
import Testing

@testable import Migration

struct GuessedPartsTests {
    private static let mebibyte = 1 << 20
    private static let tag = String(repeating: "ab", count: 16)

    /// The tag that servers give an upload of such parts.
    private func entityTag(_ bytes: [UInt8], partByteCount: Int) -> String {
        let parts = stride(from: 0, to: bytes.count, by: partByteCount)
            .map { bytes[$0..<min($0 + partByteCount, bytes.count)] }
        let digests = parts.flatMap { Array(Insecure.MD5.hash(data: Array($0))) }
        let whole = Insecure.MD5.hash(data: digests)
        return "\"\(whole.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())-\(parts.count)\""
    }

    /// What a check says of the bytes, in pieces that no part begins or ends with.
    private func matches(_ bytes: [UInt8], _ entityTag: String) -> Bool? {
        let object = StoredObject(location: "x", byteCount: Int64(bytes.count), entityTag: entityTag)
        var check = SourceTagCheck(of: object, MigrationItem(location: "x", targetKey: "x"))
        for start in stride(from: 0, to: bytes.count, by: 700_001) {
            bytes[start..<min(start + 700_001, bytes.count)].withUnsafeBytes { check.update($0) }
        }
        return check.matches(IngestDigest(hashesParts: false))
    }

    @Test(arguments: [8, 5, 16, 3])
    func `the tag of parts of a usual length, or of whole megabytes, is that of what was read`(megabytes: Int) {
        var bytes = MigrationFixture.noise(17 * Self.mebibyte + 3)
        let tag = entityTag(bytes, partByteCount: megabytes * Self.mebibyte)
        #expect(matches(bytes, tag) == true)
        bytes[9 * Self.mebibyte] ^= 1
        #expect(matches(bytes, tag) == false)
    }

    @Test func `parts that end with the object are as many as their length says`() {
        let bytes = MigrationFixture.noise(16 * Self.mebibyte, seed: 2)
        #expect(matches(bytes, entityTag(bytes, partByteCount: 8 * Self.mebibyte)) == true)
        #expect(matches(bytes, entityTag(bytes, partByteCount: 16 * Self.mebibyte)) == true)
    }

    @Test(arguments: [
        ("", Int64(100)), ("-0", 100), ("-2", 100), ("-x", 100), ("-1-1", 100), ("-1", 0), ("ab-1", 100),
    ])
    func `what is no tag of parts, or has more parts than fit, is not guessed`(ending: String, byteCount: Int64) {
        #expect(GuessedParts(entityTag: Self.tag + ending, byteCount: byteCount) == nil)
        #expect(GuessedParts(entityTag: "\"\(Self.tag)-1\"", byteCount: 100) != nil)
    }

    @Test func `few objects are read twice for a wrong guess, though others were right`() {
        let rule = SourceTagRule(areGuessed: true)
        #expect(rule.isTelling)
        var readTwice = 0
        for index in 0..<200 {
            if index.isMultiple(of: 2) {
                rule.noteMatch()
            } else if rule.isTelling {
                readTwice += 1
                rule.noteDifference()
            }
        }
        #expect(readTwice == 11)
        // Where nothing is guessed, one match says what they all are.
        let sure = SourceTagRule()
        sure.noteMatch()
        for _ in 0..<9 { sure.noteDifference() }
        #expect(sure.isTelling)
    }

    @Test func `a known SHA-256 says more than any tag`() {
        let object = StoredObject(location: "x", byteCount: 100, entityTag: "\(Self.tag)-1")
        let digest = String(repeating: "0", count: 64)
        let item = MigrationItem(location: "x", targetKey: "x", sha256: digest)
        #expect(SourceTagCheck(of: object, item).matches(IngestDigest(hashesParts: false)) == nil)
    }
}
