import Catalog
import Foundation
import TestSupport
import Testing

/// What happens in the catalog when an object arrives, or is to go back.
struct MoveTests {
    @Test func `what arrives is served from the storage, and the last object brings the media work`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = fixture.candidate()
        let (id, key) = (candidate.attachment.id, candidate.attachment.objectKey)
        let thumbnail = candidate.attachment.renditions[0].objectKey
        _ = try await fixture.adopt(candidate)
        #expect(try await fixture.arrive(key) == .moved)
        var stored = try #require(try await fixture.catalog.attachment(id: id))
        #expect(stored.waitingPlaces.map(\.objectKey) == [thumbnail])
        #expect(stored.sha256 == CatalogFixture.digest)
        #expect(stored.storedSHA256 == CatalogFixture.digest)
        #expect(stored.fileSize == 1_000)
        #expect(try fixture.catalog.usage(ofUser: "ann") == StorageUsage(files: 1, bytes: 1_000))
        #expect(try await fixture.catalog.jobCount(kind: .process) == 0)
        #expect(try await fixture.arrive(thumbnail) == .moved)
        stored = try #require(try await fixture.catalog.attachment(id: id))
        #expect(stored.waitingPlaces == [])
        #expect(stored.renditions.map(\.byteCount) == [1_000])
        #expect(stored.status == .ready)
        let job = try #require(try await fixture.catalog.job(attachmentID: id, kind: .import))
        #expect(job.priority == .low)
        // Once more, as after a death between the record and the journal.
        #expect(try await fixture.arrive(key) == .moved)
        #expect(try await fixture.catalog.jobCount(kind: .import) == 1)
    }

    @Test func `media work is asked for only where the caller says so`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = fixture.candidate()
        _ = try await fixture.adopt(candidate)
        for key in candidate.attachment.objectKeys { _ = try await fixture.arrive(key) { _ in false } }
        #expect(try await fixture.catalog.jobCount(kind: .import) == 0)
    }

    @Test func `a known digest takes no other bytes`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = fixture.candidate(sha256: String(repeating: "0f", count: 32))
        let key = candidate.attachment.objectKey
        _ = try await fixture.adopt(candidate)
        #expect(try await errorCode { _ = try await fixture.arrive(key) } == .digestMismatch)
        #expect(try fixture.state(key) == .waiting)
        #expect(try await fixture.arrive(key, sha256: String(repeating: "0f", count: 32)) == .moved)
    }

    @Test func `what was never known to be there is refused, and nothing is deleted`() async throws {
        let fixture = try await CatalogFixture()
        #expect(try await errorCode { _ = try await fixture.arrive("attachments/x/original") } == .notFound)
        #expect(try await fixture.catalog.jobCount(kind: .purge) == 0)
    }

    @Test func `what was deleted meanwhile is not wanted, and its copy is queued for deletion`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = fixture.candidate()
        let key = candidate.attachment.objectKey
        _ = try await fixture.adopt(candidate)
        let deletion = try #require(try await fixture.delete(candidate.attachment)).job
        try await fixture.catalog.removeJob(deletion)
        #expect(try await fixture.arrive(key) == .unwanted)
        let job = try #require(try await fixture.catalog.nextJobs(limit: 9).first)
        #expect(job.objectKeys == [key])
        #expect(try fixture.state(key) == .deleted)
    }

    @Test func `what goes back waits again, and can come once more without a new digest`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = fixture.candidate()
        let keys = candidate.attachment.objectKeys
        _ = try await fixture.adopt(candidate)
        for key in keys { _ = try await fixture.arrive(key) }
        let over = try await fixture.catalog.cutOver(store: CatalogFixture.store, at: fixture.start)
        #expect(over == CutOver(moved: 2, at: fixture.start))
        let all = keys + ["attachments/unknown"]
        #expect(try await fixture.catalog.returnToOldPlace(objectKeys: all, store: CatalogFixture.store) == 2)
        #expect(try await fixture.catalog.returnToOldPlace(objectKeys: all, store: CatalogFixture.store) == 0)
        #expect(try await fixture.catalog.attachment(id: candidate.attachment.id)?.waitingPlaces.count == 2)
        let state = try await fixture.catalog.cutOverState(store: CatalogFixture.store)
        #expect(state == CutOver(waiting: 2))
        #expect(try await !fixture.catalog.cutOver(store: CatalogFixture.store).isOver)
        for key in keys { #expect(try await fixture.arrive(key) == .moved) }
        #expect(try await fixture.catalog.cutOver(store: CatalogFixture.store).isOver)
    }

    @Test func `what is asked for comes first, the longest-waiting at the front`() async throws {
        let fixture = try await CatalogFixture()
        let candidates = (0..<3).map { _ in fixture.candidate() }
        for candidate in candidates { _ = try await fixture.adopt(candidate) }
        let keys = candidates.map(\.attachment.objectKey)
        try await fixture.catalog.touch(objectKeys: [keys[2]], at: fixture.start.addingTimeInterval(1))
        try await fixture.catalog.touch(objectKeys: [keys[2], keys[0]], at: fixture.start.addingTimeInterval(2))
        #expect(try await fixture.catalog.keysAskedFor(store: CatalogFixture.store, limit: 9) == [keys[2], keys[0]])
        _ = try await fixture.arrive(keys[2])
        #expect(try await fixture.catalog.keysAskedFor(store: CatalogFixture.store, limit: 9) == [keys[0]])
    }

    @Test func `pages of what waits hold each object once`() async throws {
        let fixture = try await CatalogFixture()
        for _ in 0..<5 { _ = try await fixture.adopt(fixture.candidate()) }
        var seen: [String] = []
        while true {
            let page = try await fixture.catalog.waitingPlaces(store: CatalogFixture.store, after: seen.last, limit: 3)
            seen += page.map(\.objectKey)
            guard page.count == 3 else { break }
        }
        #expect(seen.count == 10)
        #expect(seen == Set(seen).sorted())
    }

    @Test func `pictures made anew take the part of those that came from elsewhere`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = fixture.candidate()
        let (id, thumbnail) = (candidate.attachment.id, candidate.attachment.renditions[0].objectKey)
        _ = try await fixture.adopt(candidate)
        let new = Rendition.sample("thumbnail", thumbnail)
        // While the old one is on its way, nothing is put under its key.
        let early = try await errorCode {
            try await fixture.catalog.insertIntents(fixture.intents(for: [new]), renditionsOf: id)
        }
        #expect(early == .constraint)
        for key in candidate.attachment.objectKeys { _ = try await fixture.arrive(key) }
        try await fixture.catalog.insertIntents(fixture.intents(for: [new]), renditionsOf: id)
        let job = try #require(try await fixture.catalog.job(attachmentID: id, kind: .import))
        _ = try await fixture.finishProcessing(
            attachmentID: id,
            outcome: MediaOutcome(renditions: [new]),
            job: job
        )
        #expect(try fixture.state(thumbnail) == .replaced)
        let keys = candidate.attachment.objectKeys
        #expect(try await fixture.catalog.returnToOldPlace(objectKeys: keys, store: CatalogFixture.store) == 1)
        // The old one is not moved any more, and the new one is not deleted in its place.
        #expect(try await fixture.arrive(thumbnail) == .unwanted)
        #expect(try await fixture.catalog.jobCount(kind: .purge) == 0)
        _ = try await fixture.delete(candidate.attachment)
        #expect(try fixture.state(thumbnail) == .deleted)
    }

    @Test func `jobs of low priority come last, few at a time, until somebody asks for them`() async throws {
        let fixture = try await CatalogFixture()
        let candidates = (0..<20).map { _ in fixture.candidate() }
        for candidate in candidates {
            _ = try await fixture.adopt(candidate)
            for key in candidate.attachment.objectKeys { _ = try await fixture.arrive(key) }
        }
        let upload = fixture.attachment(uploadedBy: "bob")
        try await fixture.commit(upload)
        let jobs = try await fixture.catalog.nextJobs(limit: 64)
        #expect(jobs.first?.attachmentID == upload.id)
        #expect(jobs.count == 17)
        #expect(try await fixture.catalog.jobCount(kind: .process) == 1)
        let asked = candidates[19].attachment.id
        #expect(try await fixture.catalog.requestProcessing(attachmentID: asked)?.status == .processing)
        #expect(try await fixture.catalog.nextJobs(limit: 64).prefix(2).contains { $0.attachmentID == asked })
        #expect(try await fixture.catalog.jobCount(kind: .process) == 2)
        #expect(try await fixture.catalog.jobCount(kind: .import) == 19)
    }
}
