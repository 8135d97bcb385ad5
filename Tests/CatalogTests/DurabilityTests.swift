import Catalog
import Foundation
import TestSupport
import Testing

struct DurabilityTests {
    @Test func `the writer syncs every commit in WAL mode, checks references and waits for locks`() async throws {
        let fixture = try await CatalogFixture()
        let writer = try fixture.catalog.writerSettings()
        #expect(writer.journalMode == "wal")
        #expect(writer.synchronous == 2)
        #expect(writer.enforcesForeignKeys)
        #expect(writer.busyTimeoutMilliseconds == 5000)
        #expect(writer.isDurable)

        let reader = try fixture.catalog.readerSettings()
        #expect(reader.journalMode == "wal")
        #expect(reader.enforcesForeignKeys)
        #expect(reader.busyTimeoutMilliseconds >= 5000)
    }

    @Test func `the writer keeps its settings after commits, refusals and a second catalog on the file`() async throws {
        let fixture = try await CatalogFixture()
        let other = try Catalog.open(path: fixture.path)
        for _ in 0..<3 {
            try await fixture.commit(fixture.attachment())
            _ = try? await fixture.commit(fixture.attachment(uploadedBy: "stranger"))
            try await other.recordActivity(fixture.activity(.fileDownloaded, of: fixture.attachment()))
        }
        #expect(try fixture.catalog.writerSettings().synchronous == 2)
        #expect(try other.writerSettings().synchronous == 2)
    }

    @Test func `a hundred writers over two catalogs on one file never meet a lock`() async throws {
        let fixture = try await CatalogFixture()
        let catalogs = try [fixture.catalog, Catalog.open(path: fixture.path)]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<100 {
                group.addTask {
                    let catalog = catalogs[index % 2]
                    let attachment = fixture.attachment()
                    try await catalog.insertIntent(fixture.intent(for: attachment))
                    _ = try await catalog.commitUpload(
                        attachment: attachment,
                        activity: fixture.activity(.fileUploaded, of: attachment),
                        leaseUntil: fixture.start
                    )
                }
            }
            try await group.waitForAll()
        }
        #expect(try await fixture.catalog.attachments(messageID: fixture.message.id).count == 100)
        #expect(try await fixture.catalog.nextJobs(limit: 1000).count == 100)
        #expect(try await fixture.catalog.intents().isEmpty)
    }

    @Test func `an upload is committed though its task was cancelled before`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await fixture.commit(attachment)
            return Task.isCancelled
        }
        #expect(try await task.value)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
        #expect(try await fixture.catalog.intents().isEmpty)
        #expect(try await fixture.catalog.job(attachmentID: attachment.id, kind: .process) != nil)
    }

    @Test func `an upload is deleted, and a read answered, though the task was cancelled before`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        try await fixture.commit(attachment)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            let deleted = try await fixture.catalog.deleteAttachment(
                id: attachment.id,
                activity: fixture.activity(.fileDeleted, of: attachment)
            )
            let left = try await fixture.catalog.attachment(id: attachment.id)
            return deleted != nil && left == nil
        }
        #expect(try await task.value)
    }

    @Test func `what was committed is there after the process died without closing the file`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        try await fixture.commit(attachment)

        // The files as they are at this moment, the log not yet merged: what a restart would find.
        let crashed = fixture.directory.file("crashed.sqlite")
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: fixture.path + suffix, toPath: crashed + suffix)
        }
        let reopened = try Catalog.open(path: crashed)
        try reopened.requireCurrentSchema()
        #expect(try await reopened.attachment(id: attachment.id) == attachment)
        #expect(try await reopened.activities(limit: 10).count == 1)
        #expect(try await reopened.nextJobs(limit: 10, now: fixture.start).map(\.attachmentID) == [attachment.id])
    }

    @Test func `a closed catalog refuses every call`() async throws {
        let fixture = try await CatalogFixture()
        try await fixture.catalog.ping()
        try fixture.catalog.close()
        await #expect(throws: CatalogError.self) { try await fixture.catalog.ping() }
    }
}
