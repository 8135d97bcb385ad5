import Foundation
import Migration
import NIOCore
import S3
import TestSupport
import Testing

/// What becomes of an object whose attachment is deleted, its file with it, before it has arrived.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct MigrationUnwantedTests {
    private func remove(_ name: String, _ fixture: MigrationFixture) throws {
        try FileManager.default.removeItem(atPath: fixture.source.file(name))
    }

    /// A run that broke off in the middle of an upload, after which the file was deleted.
    private func interrupted() async throws -> MigrationFixture {
        let fixture = try await MigrationFixture()
        try fixture.write("large", MigrationFixture.noise(21 << 20))
        try fixture.write("other", [1])
        fixture.decide { request in
            request.operation == "UploadPart" && request.operationNumber >= 2
                ? .status(500, code: "InternalError") : .none
        }
        var configuration = fixture.quick
        configuration.maxAttempts = 1
        try await fixture.run([MigrationItem(location: "large", targetKey: "large")], configuration)
        fixture.decide { _ in .none }
        #expect(try await fixture.plain.listMultipartUploads(prefix: "large").count == 1)
        try remove("large", fixture)
        return fixture
    }

    @Test func `an upload that was under way is ended, and the object is no failure`() async throws {
        let fixture = try await interrupted()
        let recorder = RecordLog(outcome: .unwanted)
        let totals = try await fixture.run(recorder: recorder)
        #expect(totals.failed.isEmpty)
        #expect(totals.remaining.objects == 0)
        let row = try #require(try await fixture.row())
        #expect(row.state == .unwanted)
        #expect(row.uploadID == nil)
        #expect(row.failure == nil)
        #expect(try await fixture.plain.listMultipartUploads(prefix: "large").isEmpty)
        // There was nothing to delete.
        #expect(recorder.recorded.isEmpty)
        #expect(try await fixture.run(recorder: recorder).failed.isEmpty)
    }

    @Test func `what is still wanted is missing, and its upload can go on`() async throws {
        let fixture = try await interrupted()
        let totals = try await fixture.run(recorder: RecordLog())
        #expect(totals.failed[.sourceMissing]?.objects == 1)
        #expect(try await fixture.plain.listMultipartUploads(prefix: "large").count == 1)
    }

    @Test func `the last file of a directory can be deleted, too`() async throws {
        let fixture = try await interrupted()
        try remove("other", fixture)
        let totals = try await fixture.run(recorder: RecordLog(outcome: .unwanted))
        #expect(totals.failed.isEmpty)
        #expect(try await fixture.row()?.state == .unwanted)
    }

    @Test(arguments: [true, false])
    func `what got through before the death is deleted where it is ours`(isOurs: Bool) async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a", Array("ours".utf8))
        try fixture.write("other", [1])
        try await fixture.run([MigrationItem(location: "a", targetKey: "a")])
        // The journal's last commits were lost with the process.
        try fixture.alterJournal(
            "UPDATE object SET state = 'planned', sha256 = NULL, proof = NULL, verified_at = NULL, recorded_at = NULL"
        )
        if !isOurs {
            _ = try await fixture.plain.putObject(
                key: "a",
                body: .bytes(ByteBuffer(string: "ours")),
                contentType: "text/plain"
            )
        }
        try remove("a", fixture)
        let recorder = RecordLog(outcome: .unwanted)
        let totals = try await fixture.run(recorder: recorder)
        #expect(totals.failed.isEmpty)
        #expect(try await fixture.row()?.state == .unwanted)
        // The catalog queues the deletion of what it is told of.
        #expect(recorder.recorded.map(\.item.targetKey) == (isOurs ? ["a"] : []))
        #expect(recorder.recorded.allSatisfy { $0.byteCount == 4 })
        #expect(try await fixture.content("a") == Array("ours".utf8))
    }

    @Test(arguments: [true, false])
    func `a key that a picture made anew has is a conflict only as long as the old one is wanted`(
        isWanted: Bool
    ) async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("thumb.jpg", Array("the old picture".utf8))
        let new = Array("made anew".utf8)
        _ = try await fixture.plain.putObject(
            key: "a.thumbnail.jpg",
            body: .bytes(ByteBuffer(bytes: new)),
            contentType: "image/jpeg"
        )
        let recorder = RecordLog(outcome: isWanted ? .recorded : .unwanted)
        let item = MigrationItem(location: "thumb.jpg", targetKey: "a.thumbnail.jpg", rendition: "thumbnail")
        let totals = try await fixture.run([item], recorder: recorder)
        #expect(totals.failed[.targetTaken]?.objects == (isWanted ? 1 : nil))
        #expect(try await fixture.row()?.state == (isWanted ? .conflict : .unwanted))
        // It is not ours: nobody is told to delete it, and nothing is sent.
        #expect(recorder.recorded.isEmpty)
        #expect(fixture.count("PutObject") == 0)
        #expect(try await fixture.content("a.thumbnail.jpg") == new)
        // That holds for the next run, too.
        #expect(try await fixture.run([item], recorder: recorder).failed.isEmpty == !isWanted)
    }
}
