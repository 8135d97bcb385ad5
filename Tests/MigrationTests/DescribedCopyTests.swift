import Crypto
import Migration
import NIOCore
import S3
import TestSupport
import Testing

/// What describes an object goes along where the storage copies it by itself, too.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct DescribedCopyTests {
    private func sha256(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    @Test(arguments: [Int64(5) << 30, 5 << 20])
    func `a copy of the storage's own, in one piece or in parts, has all that describes the object`(
        copyLimit: Int64
    ) async throws {
        let fixture = try await MigrationFixture()
        let bytes = MigrationFixture.noise(6 << 20, seed: 3)
        let word = "=?UTF-8?B?R3LDvMOfZSDmlofku7Y=?="
        let headers = S3ObjectHeaders(
            contentType: "video/mp4",
            contentDisposition: "attachment; filename*=UTF-8''n%C3%A4me.mp4",
            cacheControl: "private, max-age=60",
            contentEncoding: "br",
            contentLanguage: "de, ja",
            metadata: [
                (name: "owner", value: "user-7"), (name: "some_name", value: "with spaces"),
                (name: "title", value: word), (name: "mtime", value: "1600000000.5"),
            ]
        )
        for key in ["old/plain", "old/told"] {
            _ = try await fixture.plain.putObject(
                key: key,
                body: .bytes(ByteBuffer(bytes: bytes)),
                headers: headers
            )
        }
        var configuration = fixture.quick
        configuration.copyByteCount = copyLimit
        var told = MigrationItem(location: "told", targetKey: "new/told")
        // What an inventory has of it counts before what the source has, and need not be ASCII.
        told.headers = ItemHeaders(
            contentLanguage: "fr",
            metadata: ["title": "Gr\u{FC}\u{DF}e \u{6587}\u{4EF6}", "mtime": "1600000000.5"]
        )
        let totals = try await fixture.run(
            [MigrationItem(location: "plain", targetKey: "new/plain"), told],
            from: BucketStore(client: fixture.client, prefix: "old"),
            configuration
        )
        #expect(totals.done.objects == 2)
        #expect(fixture.count("UploadPart") == (copyLimit > 6 << 20 ? 0 : 4))
        let plain = try await fixture.plain.headObject(key: "new/plain")
        let other = try await fixture.plain.headObject(key: "new/told")
        for head in [plain, other] {
            #expect(head.contentType == "video/mp4")
            #expect(head.contentDisposition == "attachment; filename*=UTF-8''n%C3%A4me.mp4")
            #expect(head.cacheControl == "private, max-age=60")
            #expect(head.contentEncoding == "br")
        }
        #expect(plain.contentLanguage == "de, ja")
        #expect(other.contentLanguage == "fr")
        let own = { (head: S3ObjectHead) in head.metadata.filter { !$0.key.hasPrefix("satchel-") } }
        #expect(
            own(plain) == [
                "owner": "user-7", "some_name": "with spaces", "title": word, "mtime": "1600000000.5",
            ]
        )
        #expect(own(other) == ["title": word, "mtime": "1600000000.5"])
        let digest = sha256(bytes)
        for key in ["new/plain", "new/told"] {
            let found = sha256(try await fixture.content(key))
            #expect(found == digest)
        }
        let journal = try MigrationJournal.openForReading(path: fixture.journalPath)
        let rows = try await journal.rows()
        #expect(rows.map(\.sha256) == [digest, digest])
        #expect(rows.allSatisfy { $0.proof == .reread && $0.remark == nil })
        try await journal.close()
    }
}
