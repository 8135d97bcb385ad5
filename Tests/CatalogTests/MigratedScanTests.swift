import Catalog
import Foundation
import TestSupport
import Testing

/// Files that a migration brings, held back until a scanner has passed them.
struct MigratedScanTests {
    private static let targets = WebhookTargets([WebhookTargets.Receiver(name: "app")]) { event, attachment, _ in
        "{\"type\":\"\(event.rawValue)\",\"reason\":\"\(attachment.failureReason ?? "-")\"}"
    }

    private func events(_ fixture: CatalogFixture) throws -> [String] {
        try fetchTexts("SELECT type FROM webhook_event ORDER BY id", at: fixture.path)
    }

    /// A clip with a thumbnail that waits in a media root and for a scan.
    private func held(
        _ fixture: CatalogFixture,
        sha256: String? = nil,
        location: String? = nil
    ) async throws -> AdoptionCandidate {
        var candidate = fixture.candidate(sha256: sha256, location: location)
        candidate.attachment.hold = .scan
        #expect(try await fixture.adopt(candidate) == .adopted)
        return candidate
    }

    /// The scan of an attachment, claimed.
    private func scan(_ candidate: AdoptionCandidate, _ fixture: CatalogFixture) async throws -> Job {
        let queued = try #require(try await fixture.catalog.job(attachmentID: candidate.attachment.id, kind: .scan))
        let later = Date(timeIntervalSinceNow: 60)
        return try #require(try await fixture.catalog.claimJob(queued, leaseUntil: later))
    }

    @discardableResult
    private func pass(
        _ candidate: AdoptionCandidate,
        _ fixture: CatalogFixture,
        sha256: String? = CatalogFixture.digest
    ) async throws -> CatalogAttachment? {
        let passed = try await fixture.catalog.passScan(
            attachmentID: candidate.attachment.id,
            job: try await scan(candidate, fixture),
            needsMediaWork: true,
            lacksMediaWork: { _ in true },
            sha256: sha256
        )
        #expect(passed?.work == nil)
        return passed?.attachment
    }

    private func fail(_ candidate: AdoptionCandidate, _ fixture: CatalogFixture) async throws -> CatalogAttachment? {
        try await fixture.catalog.failScan(
            attachmentID: candidate.attachment.id,
            reason: "infected",
            isFinding: true,
            job: try await scan(candidate, fixture)
        )
    }

    @Test func `what is to be scanned comes in held back, with its scan behind those of uploads`() async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        let candidate = try await held(fixture)
        let id = candidate.attachment.id
        let stored = try #require(try await fixture.catalog.attachment(id: id))
        #expect(stored.hold == .scan)
        #expect(stored.status == .processing)
        #expect(stored.waitingPlaces.count == 2)
        var upload = fixture.attachment()
        upload.hold = .scan
        let early = try #require(try await fixture.commit(upload))
        let first = try await fixture.catalog.dueJobsInTurns(kind: .scan, limit: 9).jobs
        #expect(first.map(\.id) == [early.id])
        let job = try #require(try await fixture.catalog.job(attachmentID: id, kind: .scan))
        #expect(job.priority == .low)
        #expect(job.userID == "ann")
        #expect(!job.isLeased)
        #expect(try await fixture.catalog.waitingScans(store: CatalogFixture.store) == 1)
        #expect(try await fixture.catalog.waitingScans(store: "directory:/elsewhere") == 0)
        #expect(try events(fixture) == ["attachment.created"])
    }

    @Test func `a second adoption neither holds back what has passed nor queues anything`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = try await held(fixture)
        let id = candidate.attachment.id
        #expect(try await fixture.adopt(candidate) == .alreadyThere)
        #expect(try await fixture.catalog.jobCount(kind: .scan) == 1)
        try await pass(candidate, fixture)
        var again = candidate
        again.attachment.hold = .scan
        #expect(try await fixture.adopt(again) == .alreadyThere)
        #expect(try await fixture.catalog.jobCount(kind: .scan) == 0)
        #expect(try await fixture.catalog.attachment(id: id)?.hold == nil)
    }

    @Test func `what passes while it waits is ready, and its media work comes with its last object`() async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        let candidate = try await held(fixture)
        let id = candidate.attachment.id
        let passed = try #require(try await pass(candidate, fixture))
        #expect(passed.hold == nil)
        #expect(passed.status == .ready)
        #expect(passed.sha256 == nil)
        #expect(try events(fixture) == ["attachment.ready"])
        #expect(try await fixture.catalog.jobCount(kind: .import) == 0)
        for key in candidate.attachment.objectKeys { #expect(try await fixture.arrive(key) == .moved) }
        #expect(try await fixture.catalog.job(attachmentID: id, kind: .import)?.priority == .low)
        #expect(try await fixture.catalog.attachment(id: id)?.sha256 == CatalogFixture.digest)
        #expect(try await fixture.catalog.jobCount(kind: .scan) == 0)
    }

    @Test func `what arrives before its scan stays held, and its media work comes after that`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = try await held(fixture)
        let id = candidate.attachment.id
        for key in candidate.attachment.objectKeys { #expect(try await fixture.arrive(key) == .moved) }
        #expect(try await fixture.catalog.attachment(id: id)?.hold == .scan)
        #expect(try await fixture.catalog.jobCount(kind: .import) == 0)
        #expect(try await pass(candidate, fixture)?.status == .ready)
        #expect(try await fixture.catalog.job(attachmentID: id, kind: .import)?.priority == .low)
        #expect(try await fixture.catalog.jobCount(kind: .process) == 0)
    }

    @Test func `bytes that changed between the scan and the move are held back again`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = try await held(fixture)
        let (id, key) = (candidate.attachment.id, candidate.attachment.objectKey)
        try await pass(candidate, fixture, sha256: String(repeating: "0a", count: 32))
        #expect(try await fixture.arrive(key) == .moved)
        let changed = try #require(try await fixture.catalog.attachment(id: id))
        #expect(changed.hold == .scan)
        #expect(changed.status == .processing)
        #expect(changed.sha256 == CatalogFixture.digest)
        #expect(changed.storedSHA256 == CatalogFixture.digest)
        // What the scanner sees now has to be what is stored now.
        let other = try await errorCode {
            try await pass(candidate, fixture, sha256: String(repeating: "0a", count: 32))
        }
        #expect(other == .digestMismatch)
        let job = try #require(try await fixture.catalog.job(attachmentID: id, kind: .scan))
        #expect(job.isOfMigrated)
        try await fixture.catalog.releaseJob(job)
        #expect(try await pass(candidate, fixture)?.hold == nil)
    }

    @Test func `bytes that changed while it was in the trash are held back when it is restored`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = try await held(fixture)
        let (id, keys) = (candidate.attachment.id, candidate.attachment.objectKeys)
        try await pass(candidate, fixture, sha256: String(repeating: "0a", count: 32))
        let deletion = try await fixture.catalog.discardAttachment(
            id: id,
            activity: fixture.activity(.fileDeleted, of: candidate.attachment),
            terms: DeletionTerms(retention: 86_400, userID: "ann")
        )
        guard case .trashed = deletion else {
            Issue.record("what has passed did not go to the trash")
            return
        }
        for key in keys { #expect(try await fixture.arrive(key) == .moved) }
        #expect(try await fixture.catalog.cutOver(store: CatalogFixture.store).isOver)
        let outcome = try await fixture.catalog.restoreAttachment(
            id: id,
            activity: fixture.activity(.fileRestored, of: candidate.attachment)
        )
        guard case .restored(let restored) = outcome else {
            Issue.record("it was not restored")
            return
        }
        #expect(restored.hold == .scan)
        #expect(restored.status == .processing)
        #expect(restored.storedSHA256 == CatalogFixture.digest)
        #expect(try await fixture.catalog.job(attachmentID: id, kind: .scan)?.isOfMigrated == true)
        for kind in [JobKind.process, .import] { #expect(try await fixture.catalog.jobCount(kind: kind) == 0) }
        #expect(try await pass(candidate, fixture)?.status == .ready)
        #expect(try await fixture.catalog.jobCount(kind: .import) == 1)
    }

    @Test func `what is found leaves the source alone, and is neither served nor moved from there`() async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        let candidate = try await held(fixture, location: "one.mp4")
        let (key, thumbnail) = (candidate.attachment.objectKey, candidate.attachment.renditions[0].objectKey)
        #expect(try await fixture.arrive(thumbnail) == .moved)
        #expect(try fixture.catalog.hold(location: "one.mp4", store: CatalogFixture.store) == .scan)
        let failed = try #require(try await fail(candidate, fixture))
        #expect(failed.hold == .infected)
        #expect(failed.failureReason == "infected")
        #expect(failed.waitingPlaces == [])
        #expect(try events(fixture) == ["attachment.failed"])
        for object in [key, thumbnail] { #expect(try fixture.state(object) == .replaced) }
        #expect(try await fixture.catalog.doomedPlaces(store: CatalogFixture.store, limit: 9) == [])
        #expect(try fixture.catalog.hold(location: "one.mp4", store: CatalogFixture.store) == .infected)
        #expect(try fixture.catalog.hold(location: "two.mp4", store: CatalogFixture.store) == nil)
        let purges = try await fixture.catalog.nextJobs(kinds: [.purge], limit: 9)
        #expect(Set(purges.flatMap(\.objectKeys)) == [key, thumbnail])
        // Nothing waits, nothing comes back, and a copy that arrives late goes.
        #expect(try await fixture.catalog.cutOver(store: CatalogFixture.store).isOver)
        let all = candidate.attachment.objectKeys
        #expect(try await fixture.catalog.returnToOldPlace(objectKeys: all, store: CatalogFixture.store) == 0)
        #expect(try await fixture.arrive(key) == .unwanted)
        #expect(try await fixture.adopt(candidate) == .alreadyThere)
        // A user's deletion is one in both places.
        #expect(try await fixture.delete(candidate.attachment) != nil)
        let doomed = try await fixture.catalog.doomedPlaces(store: CatalogFixture.store, limit: 9)
        #expect(Set(doomed.map(\.objectKey)) == Set(all))
    }

    @Test func `what is found in one of two attachments of one file keeps the file for the other's sake`() async throws
    {
        let fixture = try await CatalogFixture()
        let first = try await held(fixture, location: "one.mp4")
        let second = try await held(fixture, location: "one.mp4")
        _ = try await fail(first, fixture)
        #expect(try await fixture.delete(second.attachment) != nil)
        let doomed = try await fixture.catalog.doomedPlaces(store: CatalogFixture.store, limit: 9)
        let place = try #require(doomed.first { $0.location == "one.mp4" })
        #expect(try !fixture.catalog.mayDelete(place))
    }

    @Test func `what had failed elsewhere has failed after its scan, too`() async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        var candidate = fixture.candidate()
        candidate.attachment.status = .failed
        candidate.attachment.failureReason = "invalid_data"
        candidate.attachment.hold = .scan
        #expect(try await fixture.adopt(candidate) == .adopted)
        let passed = try #require(try await pass(candidate, fixture))
        #expect(passed.hold == nil)
        #expect(passed.status == .failed)
        #expect(passed.failureReason == "invalid_data")
        #expect(try events(fixture) == [])
    }

    @Test func `what another installation has found something in waits for nothing`() async throws {
        let fixture = try await CatalogFixture()
        var candidate = fixture.candidate(location: "one.mp4")
        candidate.attachment.status = .failed
        candidate.attachment.failureReason = "infected"
        candidate.attachment.hold = .infected
        #expect(try await fixture.adopt(candidate) == .adopted)
        let note = try #require(try await fixture.catalog.attachment(id: candidate.attachment.id))
        #expect(note.hold == .infected)
        #expect(note.waitingPlaces == [])
        #expect(try await fixture.catalog.jobCount(kind: .scan) == 0)
        for key in candidate.attachment.objectKeys { #expect(try fixture.state(key) == .replaced) }
        // Else no cut-over ever came to its end, for no run moves it.
        #expect(try await fixture.catalog.cutOver(store: CatalogFixture.store).isOver)
        #expect(try fixture.catalog.hold(location: "one.mp4", store: CatalogFixture.store) == .infected)
        #expect(try await fixture.arrive(candidate.attachment.objectKey) == .unwanted)
        #expect(try await fixture.adopt(candidate) == .alreadyThere)
    }

    @Test func `other bytes in the old place than those of a known digest do not pass`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = try await held(fixture, sha256: String(repeating: "0f", count: 32))
        let code = try await errorCode { try await pass(candidate, fixture) }
        #expect(code == .digestMismatch)
        #expect(try await fixture.catalog.attachment(id: candidate.attachment.id)?.hold == .scan)
        #expect(try await fixture.catalog.jobCount(kind: .scan) == 1)
    }
}
