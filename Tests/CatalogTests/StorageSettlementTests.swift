import Catalog
import Foundation
import TestSupport
import Testing

/// Which storage the objects are in, from start to start.
struct StorageSettlementTests {
    private let old = "s3:http://127.0.0.1:8333/old"
    private let new = "s3:http://127.0.0.1:9000/new"
    private let directory: TemporaryDirectory
    private let fixture: CatalogFixture

    init() async throws {
        directory = try TemporaryDirectory()
        fixture = try await CatalogFixture()
    }

    /// The fixture's file, as the one server has it.
    private func exclusive() throws -> Catalog {
        try fixture.catalog.close()
        return try Catalog.open(path: fixture.path, exclusively: true)
    }

    @Test func `the first start notes it, and later ones hold it against the configuration`() async throws {
        try await fixture.commit(fixture.attachment())
        let catalog = try exclusive()
        #expect(try await catalog.settleStorage(current: old, source: "s3:http://127.0.0.1:1/foreign") == .unknown)
        #expect(try await catalog.storageIdentity() == nil)
        #expect(try await catalog.settleStorage(current: old, source: nil) == .noted)
        #expect(try await catalog.settleStorage(current: old, source: "directory:/srv/media") == .unchanged)
        #expect(try await catalog.settleStorage(current: new, source: nil) == .contradicts(noted: old))
        #expect(try await catalog.settleStorage(current: new, source: "directory:/a") == .contradicts(noted: old))
        #expect(try await catalog.storageIdentity() == old)
    }

    @Test func `without a file, or with a directory as the source, there is no doubt`() async throws {
        let catalog = try exclusive()
        #expect(try await catalog.settleStorage(current: new, source: old) == .noted)
        #expect(try await catalog.settleStorage(current: new, source: old) == .unchanged)
    }

    @Test func `another storage beside the old one has every object wait there, and later ones not`() async throws {
        var attachment = fixture.attachment(status: .ready)
        attachment.renditions = [.sample("thumbnail", "attachments/1/thumbnail.jpg")]
        try await fixture.commit(attachment)
        let gone = fixture.attachment(status: .ready)
        try await fixture.commit(gone)
        _ = try await fixture.delete(gone)
        let unfinished = fixture.attachment()
        try await fixture.catalog.insertIntent(fixture.intent(for: unfinished))
        let catalog = try exclusive()
        #expect(try await catalog.settleStorage(current: old, source: nil) == .noted)
        #expect(try await catalog.settleStorage(current: new, source: old) == .placed(objects: 2))
        #expect(try await catalog.settleStorage(current: new, source: old) == .unchanged)
        let waiting = try await catalog.waitingPlaces(store: old, limit: 9)
        #expect(Set(waiting.map(\.objectKey)) == Set(attachment.objectKeys))
        #expect(waiting.allSatisfy { $0.location == $0.objectKey && $0.attachmentID == attachment.id })
        let doomed = try await catalog.doomedPlaces(store: old, limit: 9)
        #expect(Set(doomed.map(\.location)) == [gone.objectKey, unfinished.objectKey])
        // A file that comes now is in the new one.
        let later = fixture.attachment(status: .ready)
        try await catalog.insertIntent(fixture.intent(for: later))
        _ = try await catalog.commitUpload(attachment: later, activity: fixture.activity(.fileUploaded, of: later))
        #expect(try await catalog.settleStorage(current: new, source: old) == .unchanged)
        #expect(try await catalog.attachment(id: later.id)?.waitingPlaces == [])
    }

    @Test func `a storage without a file may be changed by the one server, and by nobody beside it`() async throws {
        _ = try await fixture.catalog.settleStorage(current: old, source: nil)
        #expect(try await fixture.catalog.settleStorage(current: new, source: nil) == .contradicts(noted: old))
        let catalog = try exclusive()
        #expect(try await catalog.foreseeStorage(current: new, source: nil) == .noted)
        #expect(try await catalog.storageIdentity() == old)
        #expect(try await catalog.settleStorage(current: new, source: nil) == .noted)
        #expect(try await catalog.storageIdentity() == new)
        // An upload that is under way may have stored something already.
        try await catalog.insertIntent(fixture.intent(for: fixture.attachment()))
        #expect(try await catalog.settleStorage(current: old, source: nil) == .contradicts(noted: new))
    }

    @Test func `another name is taken by a process that is alone, unless objects wait in that place`() async throws {
        try await fixture.commit(fixture.attachment())
        _ = try await fixture.catalog.settleStorage(current: old, source: nil)
        let code = try await errorCode { try await fixture.catalog.adoptStorage(new) }
        #expect(code == .inUse)
        let catalog = try exclusive()
        try await catalog.adoptStorage(new)
        #expect(try await catalog.settleStorage(current: new, source: nil) == .unchanged)
        #expect(try await catalog.waitingPlaces(store: old, limit: 9) == [])
        guard case .placed = try await catalog.settleStorage(current: old, source: new) else {
            Issue.record("the object was not placed")
            return
        }
        let refusal = try await errorCode { try await catalog.adoptStorage(new) }
        #expect(refusal == .inUse)
    }

    @Test func `a sample has the latest, no more than asked for, and nothing that waits elsewhere`() async throws {
        var all: [CatalogAttachment] = []
        for _ in 0..<30 {
            let attachment = fixture.attachment(status: .ready)
            try await fixture.commit(attachment)
            all.append(attachment)
        }
        let sample = try await fixture.catalog.storedSample(limit: 20)
        #expect(sample.count == 20)
        let sizes = Dictionary(uniqueKeysWithValues: all.map { ($0.objectKey, $0.fileSize) })
        #expect(Set(sample.map(\.objectKey)).count == 20)
        #expect(sample.allSatisfy { sizes[$0.objectKey] == $0.byteCount })
        let latest = all.sorted { $0.id.uuidString < $1.id.uuidString }.suffix(10).map(\.objectKey)
        #expect(Set(latest).isSubset(of: sample.map(\.objectKey)))
        let catalog = try exclusive()
        _ = try await catalog.placeAll(inStore: old, current: new)
        #expect(try await catalog.storedSample(limit: 20) == [])
    }

    @Test func `the way back finds in its place what never left`() async throws {
        let (moved, left) = (fixture.attachment(status: .ready), fixture.attachment(status: .ready))
        try await fixture.commit(moved)
        try await fixture.commit(left)
        let catalog = try exclusive()
        _ = try await catalog.settleStorage(current: old, source: nil)
        _ = try await catalog.settleStorage(current: new, source: old)
        let arrived = ArrivedObject(
            objectKey: moved.objectKey,
            store: old,
            byteCount: moved.fileSize,
            sha256: String(repeating: "0f", count: 32)
        )
        #expect(try await catalog.finishMove(arrived) == .moved)
        let later = fixture.attachment(status: .ready)
        try await catalog.insertIntent(fixture.intent(for: later))
        _ = try await catalog.commitUpload(attachment: later, activity: fixture.activity(.fileUploaded, of: later))
        // All are in the new one now, but for what had not left: which is where it is looked for.
        guard case .placed = try await catalog.settleStorage(current: old, source: new) else {
            Issue.record("the storage of before was not taken for one")
            return
        }
        let waiting = try await catalog.waitingPlaces(store: new, limit: 9).map(\.objectKey)
        #expect(Set(waiting) == [moved.objectKey, later.objectKey])
        #expect(try await catalog.attachment(id: left.id)?.waitingPlaces == [])
        #expect(try await catalog.waitingPlaces(store: old, limit: 9) == [])
    }

    @Test func `a process that shares the database does not change the storage`() async throws {
        try await fixture.commit(fixture.attachment())
        _ = try await fixture.catalog.settleStorage(current: old, source: nil)
        let code = try await errorCode { _ = try await fixture.catalog.settleStorage(current: new, source: old) }
        #expect(code == .inUse)
        #expect(try await fixture.catalog.storageIdentity() == old)
    }

    @Test func `the storage stays while a worker is alive, and one that was not seen for long gets no job after`()
        async throws
    {
        let start = fixture.start
        try await fixture.commit(fixture.attachment(status: .ready))
        let gone = fixture.attachment(status: .ready)
        try await fixture.commit(gone)
        _ = try await fixture.delete(gone)
        let worker = try Catalog.open(path: fixture.path)
        #expect(try await worker.settleStorage(current: old, source: nil) == .noted)
        try await worker.registerRunner(.work, processID: 4711, at: start)
        let job = try #require(try await worker.nextJobs(kinds: [.purge], limit: 1).first)
        let catalog = try exclusive()
        let lastMoment = start.addingTimeInterval(120)
        do {
            _ = try await catalog.settleStorage(current: new, source: old, at: lastMoment)
            Issue.record("the storage was changed under a worker")
        } catch {
            #expect(error.code == .inUse)
            #expect(error.message.contains("4711"))
        }
        let placing = try await errorCode { _ = try await catalog.placeAll(inStore: old, current: new, at: start) }
        let adopting = try await errorCode { try await catalog.adoptStorage(new, at: lastMoment) }
        #expect(placing == .inUse)
        #expect(adopting == .inUse)
        #expect(try await catalog.storageIdentity() == old)
        #expect(try await worker.otherStorage() == nil)
        let later = start.addingTimeInterval(121)
        #expect(try await catalog.settleStorage(current: new, source: old, at: later) == .placed(objects: 1))
        #expect(try await worker.otherStorage() == new)
        #expect(try await worker.claimJob(job, leaseUntil: .distantFuture) == nil)
        #expect(try await catalog.otherStorage() == nil)
        #expect(try await catalog.claimJob(job, leaseUntil: .distantFuture)?.id == job.id)
    }

    @Test func `the secret for URLs is made once`() async throws {
        let secret = try await fixture.catalog.urlSecret()
        #expect(secret.count == 32)
        #expect(try await fixture.catalog.urlSecret() == secret)
        let other = try await CatalogFixture()
        #expect(try await other.catalog.urlSecret() != secret)
    }
}
