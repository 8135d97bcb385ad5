import Catalog
import Foundation
import NIOCore
import S3
import TestSupport
import Testing

@testable import Attachments

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct ProcessingRecoveryTests {
    @Test func `a job that a dead process had claimed is done from the bucket by the next, at once`() async throws {
        let fixture = try await ServiceFixture()
        let id = try await fixture.commitAndDie(try clip()).id
        #expect(try await fixture.catalog.nextJobs(limit: 10).isEmpty)
        try await fixture.restart()
        let record = try #require(try await fixture.runJob(of: id))
        #expect(record.status == .ready)
        #expect(record.width == 640)
        let key = try #require(record.thumbnail?.objectKey)
        #expect(try await fixture.storage.headObject(key: key).contentType == "image/jpeg")
        #expect(Set(try await fixture.remains()) == ["object \(record.objectKey)", "object \(key)"])
    }

    @Test func `without a worker a file stays processing however long, and is ready once there is one`() async throws {
        let fixture = try await ServiceFixture()
        let record = try await fixture.upload(try clip(), name: "clip.mp4").attachment
        let id = record.id
        #expect(record.status == .processing)
        let job = try #require(try await fixture.job(of: id))
        #expect(job.attempts == 0)
        #expect(job.delays == 1)
        #expect(!job.isLeased)
        #expect(job.lastError?.contains("worker_unavailable") == true)

        try await fixture.makeDue(id, afterDelays: 20)
        let isPutOff = try await fixture.runInBackground { try await fixture.job(of: id)?.delays == 22 }
        #expect(isPutOff)
        let later = try #require(try await fixture.job(of: id))
        #expect(later.attempts == 0)
        #expect(later.runAfter < Date(timeIntervalSinceNow: 301))
        #expect(try await fixture.catalog.attachment(id: id)?.status == .processing)

        try await fixture.restart()
        try await fixture.makeDue(id)
        let ready = try #require(try await fixture.runJob(of: id))
        #expect(ready.status == .ready)
        #expect(ready.thumbnail != nil)
    }

    @Test(arguments: zip([6, 7], [AttachmentStatus.ready, .failed]))
    func `a job that took its process down eight times is given up, not before`(
        deaths: Int,
        outcome: AttachmentStatus
    ) async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path)
        let id = try await fixture.commitAndDie(try clip()).id
        for _ in 0..<deaths { try await fixture.beginAndDie(id) }
        #expect(try await fixture.job(of: id)?.attempts == deaths + 1)
        let record = try #require(try await fixture.runJob(of: id))
        #expect(record.status == outcome)
        #expect(record.failureReason == (outcome == .failed ? "processing_failed" : nil))
    }

    @Test func `what a dead process left of renditions is swept up, and they are made anew`() async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path)
        let attachment = try await fixture.commitAndDie(try clip())
        // It died when one of two objects was put.
        let keys = ["thumbnail", "preview"]
            .map {
                ObjectKey.rendition($0, mediaType: "image/jpeg", of: attachment.objectKey)
            }
        try await fixture.catalog.insertIntents(
            keys.map { UploadIntent(id: .version7(), objectKey: $0, userID: "ann", createdAt: Date()) }
        )
        _ = try await fixture.storage.putObject(
            key: keys[0],
            body: .bytes(ByteBuffer(string: "half of a thumbnail")),
            contentType: "image/jpeg"
        )
        let isSwept = try await fixture.runInBackground { try await fixture.catalog.intents().isEmpty }
        #expect(isSwept)
        try await fixture.makeDue(attachment.id)
        let record = try #require(try await fixture.runJob(of: attachment.id))
        #expect(record.status == .ready)
        #expect(record.renditions.map(\.objectKey) == [keys[0]])
        #expect(Set(try await fixture.remains()) == ["object \(record.objectKey)", "object \(keys[0])"])
        let size = try await fixture.storage.headObject(key: keys[0]).byteCount
        #expect(size == record.thumbnail?.byteCount)
    }

    @Test func `an object that is not there costs an attempt, and the last one fails the file`() async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path)
        let attachment = try await fixture.commitAndDie(try clip())
        let id = attachment.id
        try await fixture.storage.deleteObject(key: attachment.objectKey)
        let isPutOff = try await fixture.runInBackground { try await fixture.job(of: id)?.delays != 0 }
        #expect(isPutOff)
        let job = try #require(try await fixture.job(of: id))
        #expect(job.attempts == 1 + job.delays)
        #expect(job.lastError?.contains("GetObject") == true)
        #expect(try await fixture.catalog.attachment(id: id)?.status == .processing)

        try await fixture.makeDue(id)
        while let attempts = try await fixture.job(of: id)?.attempts, attempts < 7 {
            try await fixture.beginAndDie(id)
        }
        let record = try #require(try await fixture.runJob(of: id))
        #expect(record.status == .failed)
        #expect(record.failureReason == "processing_failed")
    }

    @Test func `a shutdown in the middle of a job gives it back as if it had not been begun`() async throws {
        let worker = try HeldWorker()
        defer { withExtendedLifetime(worker) {} }
        let fixture = try await ServiceFixture(workerPath: worker.path)
        let id = try await fixture.commitAndDie(try clip()).id
        let isBegun = try await fixture.runInBackground { try await fixture.job(of: id)?.attempts == 2 }
        #expect(isBegun)
        let job = try #require(try await fixture.job(of: id))
        #expect(job.attempts == 1)
        #expect(job.delays == 0)
        #expect(!job.isLeased)
        #expect(try await fixture.catalog.nextJobs(limit: 10).map(\.id) == [job.id])
        #expect(try fixture.spoolFiles() == [])
        #expect(fixture.service.inHandCount == 0)
    }

    @Test func `an intent that cannot be swept up does not hold up the others`() async throws {
        let fixture = try await ServiceFixture()
        // No server lets an object be deleted by such a key.
        let stuck = UploadIntent(
            id: .version7(),
            objectKey: "attachments/../stuck",
            userID: "ann",
            createdAt: Date(timeIntervalSinceNow: -60)
        )
        let other = UploadIntent(id: .version7(), objectKey: "attachments/b/original", userID: "ann", createdAt: Date())
        try await fixture.catalog.insertIntent(stuck)
        try await fixture.catalog.insertIntent(other)
        _ = try await fixture.storage.putObject(
            key: other.objectKey,
            body: .bytes(ByteBuffer(string: "x")),
            contentType: "text/plain"
        )
        let isSwept = try await fixture.runInBackground {
            try await fixture.catalog.intents().map(\.id) == [stuck.id]
        }
        #expect(isSwept)
        #expect(try await fixture.storage.listObjects().isEmpty)
    }
}

@Suite(.enabled(if: SeaweedFS.canStart, "scripts/test brings the S3 server"))
struct ProcessingOutageTests {
    @Test func `a file whose storage is down stays processing, and is ready when that is back`() async throws {
        let server = try await SeaweedFS()
        let fixture = try await ServiceFixture(server: server, workerPath: WorkerBinary.path)
        let id = try await fixture.commitAndDie(try clip()).id
        await server.stop()
        let isPutOff = try await fixture.runInBackground { try await fixture.job(of: id)?.delays != 0 }
        #expect(isPutOff)
        let job = try #require(try await fixture.job(of: id))
        #expect(job.attempts == 1)
        #expect(job.lastError?.contains("GetObject") == true)
        #expect(try await fixture.catalog.attachment(id: id)?.status == .processing)

        try await server.restart()
        let record = try #require(try await fixture.runJob(of: id))
        #expect(record.status == .ready)
        await server.stop()
    }
}
