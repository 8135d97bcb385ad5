import Catalog
import Crypto
import Foundation
import Migration
import NIOCore
import S3
import TestSupport
import Testing

/// What the source does not have because it was stored in the target to begin with.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct PresentInTargetTests {
    private let content = MigrationFixture.noise(3000)

    private var digest: String { SHA256.hash(data: content).map { String(format: "%02x", $0) }.joined() }

    private func store(_ content: [UInt8], in fixture: MigrationFixture) async throws {
        _ = try await fixture.plain.putObject(
            key: "key/0",
            body: .bytes(ByteBuffer(bytes: content)),
            contentType: "text/plain"
        )
    }

    private func item(sha256: String?, rendition: String? = nil, attachmentID: UUID? = UUID()) -> MigrationItem {
        MigrationItem(
            location: "key/0",
            targetKey: "key/0",
            byteCount: 3000,
            sha256: sha256,
            attachmentID: attachmentID,
            rendition: rendition
        )
    }

    @Test(arguments: [false, true])
    func `an upload that is in the target alone has arrived, and is recorded`(isRendition: Bool) async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("another", [1])
        try await store(content, in: fixture)
        let log = RecordLog()
        let item = isRendition ? item(sha256: nil, rendition: "thumbnail") : item(sha256: digest)
        let totals = try await fixture.run([item], recorder: log)
        #expect(totals.done.objects == 1)
        #expect(totals.failed.isEmpty)
        #expect(log.recorded.map(\.sha256) == [digest])
        #expect(log.recorded.map(\.byteCount) == [3000])
        #expect(try await fixture.content("key/0") == content)
    }

    @Test func `other bytes, another length, an unknown digest and a bare object are missing as before`() async throws {
        var other = content
        other[7] ^= 1
        let cases: [([UInt8], MigrationItem)] = [
            (other, item(sha256: digest)), (content + [0], item(sha256: digest)), (content, item(sha256: nil)),
            (content, item(sha256: digest, attachmentID: nil)),
        ]
        for (stored, item) in cases {
            let fixture = try await MigrationFixture()
            try fixture.write("another", [1])
            try await store(stored, in: fixture)
            let log = RecordLog()
            let totals = try await fixture.run([item], recorder: log)
            #expect(totals.failed[.sourceMissing]?.objects == 1)
            #expect(log.recorded == [])
        }
    }
}
