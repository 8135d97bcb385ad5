import Catalog
import Foundation
import NIOCore
import S3
import TestSupport
import Testing

@testable import Attachments

/// A worker process that is silent for two minutes in the middle of its work, and then goes on.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct IntentFenceTests {
    /// An attachment's original as a worker has copied it that was last seen at the time, and what the worker holds.
    private func copyAndPause(
        _ attachment: CatalogAttachment,
        _ fixture: ServiceFixture,
        seenAt: Date
    ) async throws -> (worker: Catalog, copy: String, job: Job) {
        let worker = try Catalog.open(path: fixture.directory.file("catalog.sqlite"))
        try await worker.registerRunner(.work, processID: 2, at: seenAt)
        guard case .begun(let job) = try await worker.requestRevocation(attachmentID: attachment.id) else {
            throw FixtureError()
        }
        let copy = ObjectKey.moved(id: attachment.id, at: attachment.uploadedAt)
        try await worker.insertIntent(
            UploadIntent(id: .version7(), objectKey: copy, userID: "ann", createdAt: seenAt)
        )
        try await fixture.storage.copyObject(
            from: attachment.objectKey,
            to: copy,
            byteCount: attachment.fileSize,
            contentType: attachment.mediaType
        )
        return (worker, copy, job)
    }

    @Test func `a worker whose copy was swept up does not finish, and the original stays`() async throws {
        let fixture = try await ServiceFixture()
        let bytes = document(byteCount: 20_000)
        let attachment = try await fixture.upload(bytes).attachment
        let (worker, copy, job) = try await copyAndPause(attachment, fixture, seenAt: Date(timeIntervalSinceNow: -121))
        // The first look deletes the copy; the intent is kept for one more look.
        try await fixture.service.sweepIntents()
        #expect(try await fixture.storage.listObjects().map(\.key) == [attachment.objectKey])
        #expect(try await fixture.catalog.intents().map(\.objectKey) == [copy])
        let error = await #expect(throws: CatalogError.self) {
            _ = try await worker.finishRevocation(of: attachment, copies: [attachment.objectKey: copy], job: job)
        }
        #expect(error?.code == .missingIntent)
        #expect(try #require(error.map { Setback($0) }) == .temporary)
        #expect(try await fixture.catalog.attachment(id: attachment.id)?.objectKeys == attachment.objectKeys)
        #expect(try await fixture.catalog.jobCount(kind: .purge) == 0)
        #expect(try await fixture.storage.bytes(of: attachment.objectKey) == bytes)
    }

    @Test func `the copy of a worker that is alive is left alone, and takes the place of the original`() async throws {
        let fixture = try await ServiceFixture()
        let bytes = document(byteCount: 20_000)
        let attachment = try await fixture.upload(bytes).attachment
        let (worker, copy, job) = try await copyAndPause(attachment, fixture, seenAt: Date())
        try await fixture.service.sweepIntents()
        let outcome = try await worker.finishRevocation(
            of: attachment,
            copies: [attachment.objectKey: copy],
            job: job
        )
        guard case .swapped(let swapped, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(swapped.objectKey == copy)
        #expect(try await fixture.storage.bytes(of: copy) == bytes)
    }

    @Test func `what a worker stores after its intents were swept up goes when it gives up`() async throws {
        let fixture = try await ServiceFixture()
        let bytes = document(byteCount: 20_000)
        let attachment = try await fixture.upload(bytes).attachment
        let server = try Catalog.open(path: fixture.directory.file("catalog.sqlite"))
        guard case .begun(let job) = try await fixture.catalog.requestRevocation(attachmentID: attachment.id) else {
            throw FixtureError()
        }
        #expect(
            try await server.claimJob(job, leaseUntil: Date(timeIntervalSinceNow: 60), now: .distantFuture) != nil
        )
        let error = await #expect(throws: CatalogError.self) {
            _ = try await fixture.service.copyObjects(of: attachment) { copies in
                // The server has found nothing under the keys, for the worker was about to copy.
                for intent in try await server.intents() {
                    let taken = try await server.takeIntent(id: intent.id)
                    #expect(taken == intent)
                    let isGone = try await server.removeIntent(id: intent.id)
                    #expect(isGone)
                }
                let stored = try await fixture.storage.listObjects().map(\.key)
                #expect(Set(stored) == Set(copies.values).union([attachment.objectKey]))
                return try await fixture.catalog.finishRevocation(of: attachment, copies: copies, job: job)
            }
        }
        #expect(error?.code == .lostJob)
        #expect(try await fixture.remains() == ["object \(attachment.objectKey)"])
        #expect(try await fixture.storage.bytes(of: attachment.objectKey) == bytes)
    }

    @Test func `the copy of a revocation stays where the original has gone since the database was copied`()
        async throws
    {
        let fixture = try await ServiceFixture()
        let bytes = document(byteCount: 20_000)
        let attachment = try await fixture.upload(bytes).attachment
        let (_, copy, _) = try await copyAndPause(attachment, fixture, seenAt: Date(timeIntervalSinceNow: -121))
        // Of the database's copy: the server went on, finished, and deleted the original.
        try await fixture.storage.deleteObject(key: attachment.objectKey)
        try await fixture.service.sweepIntents()
        #expect(try await fixture.storage.listObjects().map(\.key) == [copy])
        let intent = try #require(try await fixture.catalog.intents().first)
        // After the last look, too.
        fixture.service.remains.note(intent.id, isSettled: true)
        try await fixture.service.sweep(intent)
        #expect(try await fixture.remains() == ["object \(copy)"])
        #expect(try await fixture.storage.bytes(of: copy) == bytes)
    }

    @Test func `a process that gives up leaves its intent to who has taken it, and the object to a later job`()
        async throws
    {
        let fixture = try await ServiceFixture()
        let other = try Catalog.open(path: fixture.directory.file("catalog.sqlite"))
        let key = "attachments/a/original"
        let intent = UploadIntent(id: .version7(), objectKey: key, userID: "ann", createdAt: Date())
        try await fixture.catalog.insertIntent(intent)
        _ = try await fixture.storage.putObject(
            key: intent.objectKey,
            body: .bytes(ByteBuffer(string: "x")),
            contentType: "text/plain"
        )
        #expect(try await other.takeIntent(id: intent.id)?.objectKey == key)
        await fixture.service.withdraw(intent, after: nil)
        #expect(try await fixture.remains() == ["object \(key)", "intent \(key)"])
        #expect(try await other.removeIntent(id: intent.id))
        let purges = try await fixture.catalog.nextJobs(kinds: [.purge], limit: 9, now: .distantFuture)
        #expect(purges.map(\.objectKeys) == [[key]])
    }
}
