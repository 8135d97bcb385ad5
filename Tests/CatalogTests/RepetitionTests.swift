import Catalog
import Foundation
import TestSupport
import Testing

/// Media work that is done again of what is ready.
struct RepetitionTests {
    /// How the work is asked for again.
    enum Way: CaseIterable {
        /// For one attachment, for which somebody waits.
        case alone
        /// For many, behind everything else.
        case amongMany
        /// For many, and then for this one.
        case hastened
    }

    private let pictures: [Rendition] = [
        .sample("thumbnail", "attachments/one.thumbnail.jpg"), .sample("preview", "attachments/one.preview.jpg"),
    ]

    /// An attachment that is ready with two pictures, or with the reason why there is none.
    private func ready(_ fixture: CatalogFixture, without reason: String? = nil) async throws -> CatalogAttachment {
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        let outcome = MediaOutcome(
            facts: MediaFacts(durationMilliseconds: 2_000, width: 640, height: 360),
            renditions: reason == nil ? pictures : [],
            placeholder: reason == nil ? "1QcSHQRnh493V4dIh4eXh1h4kJUI" : nil,
            pictureFailure: reason
        )
        return try #require(
            try await fixture.finishProcessing(attachmentID: attachment.id, outcome: outcome, job: job)
        )
    }

    private func repeated(_ way: Way, _ attachment: CatalogAttachment, _ fixture: CatalogFixture) async throws -> Job {
        if way != .alone {
            #expect(try await fixture.catalog.requestReprocessing(of: [attachment.id]) == 1)
            #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
        }
        if way != .amongMany {
            let queued = try await fixture.catalog.requestProcessing(attachmentID: attachment.id)
            #expect(queued?.status == .processing)
        }
        let kind: JobKind = way == .amongMany ? .import : .process
        return try #require(try await fixture.catalog.job(attachmentID: attachment.id, kind: kind))
    }

    @Test(arguments: Way.allCases, [nil, "too_many_pixels"])
    func `what is ready stays as it was where the work fails, and nobody is told of a failure`(
        way: Way,
        reason: String?
    ) async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        let before = try await ready(fixture, without: reason)
        let job = try await repeated(way, before, fixture)
        let after = try await fixture.catalog.failProcessing(
            attachmentID: before.id,
            reason: "timed_out",
            facts: MediaFacts(width: 1, height: 1),
            job: try await fixture.claimed(job),
            outcome: .dead,
            error: "timed_out: It took longer than 1 s."
        )
        #expect(after == before)
        #expect(try await fixture.catalog.attachment(id: before.id) == before)
        let ended = try await fixture.catalog.endedJob(id: job.id)
        #expect(ended?.outcome == .dead)
        #expect(ended?.lastError == "timed_out: It took longer than 1 s.")
        #expect(try await fixture.catalog.jobCount(kind: .purge) == 0)
        #expect(try events(fixture) == ["attachment.created", "attachment.ready"])
        // What is tried once more, and fails once more, takes nothing away either.
        guard case .due(let again) = try await fixture.catalog.retryJob(id: job.id) else {
            Issue.record("the job is not due")
            return
        }
        _ = try await fixture.catalog.failProcessing(
            attachmentID: before.id,
            reason: "crashed",
            facts: nil,
            job: try await fixture.claimed(again)
        )
        #expect(try await fixture.catalog.attachment(id: before.id) == before)
    }

    @Test(arguments: Way.allCases)
    func `what is ready stays as it was where the work is cancelled`(way: Way) async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        let before = try await ready(fixture)
        let job = try await repeated(way, before, fixture)
        guard case .ended(let ended) = try await fixture.catalog.cancelJob(id: job.id) else {
            Issue.record("the job did not end")
            return
        }
        #expect(ended.outcome == .cancelled)
        #expect(try await fixture.catalog.attachment(id: before.id) == before)
        #expect(try events(fixture) == ["attachment.created", "attachment.ready"])
    }

    @Test(arguments: Way.allCases)
    func `what is ready stays so where the work was put off, deleted, restored or moved meanwhile`(
        way: Way
    ) async throws {
        let fixture = try await CatalogFixture()
        let before = try await ready(fixture)
        let listed = try await repeated(way, before, fixture)
        let lease = Date(timeIntervalSinceNow: 60)
        let claimed = try #require(try await fixture.catalog.claimJob(listed, leaseUntil: lease))
        #expect(claimed.isRepetition)
        let now = Date(timeIntervalSinceNow: -1)
        try await fixture.catalog.postponeJob(claimed, until: now, error: "crashed: 11", countsAttempt: true)
        let postponed = try #require(try await fixture.catalog.job(id: listed.id))
        let again = try #require(try await fixture.catalog.claimJob(postponed, leaseUntil: lease))
        try await fixture.catalog.releaseJob(again)
        #expect(try fixture.catalog.progress(attachmentID: before.id).map(\.stage) == [nil])
        _ = try await fixture.catalog.discardAttachment(
            id: before.id,
            activity: fixture.activity(.fileDeleted, of: before),
            terms: DeletionTerms(retention: 86_400, revokesURLs: false, userID: "ann")
        )
        _ = try await fixture.catalog.restoreAttachment(
            id: before.id,
            activity: fixture.activity(.fileRestored, of: before)
        )
        let kind: JobKind = way == .amongMany ? .import : .process
        let restored = try #require(try await fixture.catalog.job(attachmentID: before.id, kind: kind))
        #expect(restored.id != listed.id)
        guard case .begun(let revocation) = try await fixture.catalog.requestRevocation(attachmentID: before.id) else {
            Issue.record("the revocation was not begun")
            return
        }
        let current = try #require(try await fixture.catalog.attachment(id: before.id))
        let copies = Dictionary(uniqueKeysWithValues: current.objectKeys.map { ($0, "\($0).moved") })
        guard
            case .swapped = try await fixture.finishRevocation(of: current, copies: copies, job: revocation)
        else {
            Issue.record("the objects were not moved")
            return
        }
        let moved = try #require(try await fixture.catalog.job(attachmentID: before.id, kind: .process))
        let after = try await fixture.catalog.failProcessing(
            attachmentID: before.id,
            reason: "crashed",
            facts: nil,
            job: try await fixture.claimed(moved)
        )
        #expect(after?.status == .ready)
        #expect(after?.failureReason == nil)
        #expect(after?.renditions.map(\.objectKey) == before.renditions.map { "\($0.objectKey).moved" })
    }

    @Test(arguments: Way.allCases)
    func `what had failed has failed for the new reason`(way: Way) async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        let failed = fixture.attachment(status: .failed)
        try await fixture.commit(failed)
        let job = try await repeated(way, failed, fixture)
        let after = try await fixture.catalog.failProcessing(
            attachmentID: failed.id,
            reason: "crashed",
            facts: nil,
            job: try await fixture.claimed(job)
        )
        #expect(after?.status == .failed)
        #expect(after?.failureReason == "crashed")
        #expect(try events(fixture).last == "attachment.failed")
    }

    @Test func `what has failed since the work was asked for does not become ready by work that fails`() async throws {
        let fixture = try await CatalogFixture()
        let before = try await ready(fixture)
        let job = try await repeated(.amongMany, before, fixture)
        try executeSQL(
            "UPDATE attachment SET status = 'failed', failure_reason = 'object_missing'",
            at: fixture.path
        )
        func fail() async throws -> CatalogAttachment? {
            try await fixture.catalog.failProcessing(
                attachmentID: before.id,
                reason: "processing_failed",
                facts: nil,
                job: try await fixture.claimed(job)
            )
        }
        #expect(try await fail()?.failureReason == "object_missing")
        guard case .due = try await fixture.catalog.retryJob(id: job.id) else {
            Issue.record("the job is not due")
            return
        }
        #expect(try await fail()?.status == .failed)
    }

    @Test func `work that failed at first, and is tried again after it was done, takes nothing away`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let first = try #require(try await fixture.commit(attachment))
        func fail(_ job: Job) async throws -> CatalogAttachment? {
            try await fixture.catalog.failProcessing(
                attachmentID: attachment.id,
                reason: "crashed",
                facts: nil,
                job: try await fixture.claimed(job)
            )
        }
        #expect(try await fail(first)?.status == .failed)
        let second = try await repeated(.alone, attachment, fixture)
        let done = MediaOutcome(facts: MediaFacts(width: 640, height: 360), renditions: pictures)
        let ready = try await fixture.finishProcessing(attachmentID: attachment.id, outcome: done, job: second)
        guard case .due(let again) = try await fixture.catalog.retryJob(id: first.id) else {
            Issue.record("the job is not due")
            return
        }
        #expect(try await fail(again) == ready)
    }

    @Test func `media work is queued once, whether it is done again or not`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let first = try #require(try await fixture.commit(attachment))
        try await fixture.catalog.endJob(first, outcome: .failed)
        try executeSQL("UPDATE attachment SET status = 'ready'", at: fixture.path)
        #expect(try await fixture.catalog.requestReprocessing(of: [attachment.id]) == 1)
        guard case .replaced = try await fixture.catalog.retryJob(id: first.id) else {
            Issue.record("two jobs do the same")
            return
        }
    }

    @Test(arguments: [true, false])
    func `pictures that a limit kept from being made anew stay while they are wanted`(isLimit: Bool) async throws {
        let fixture = try await CatalogFixture()
        let before = try await ready(fixture)
        let job = try await repeated(.alone, before, fixture)
        var outcome = MediaOutcome(facts: MediaFacts(width: 640, height: 360), pictureFailure: "too_many_pixels")
        if isLimit {
            outcome.earlierPictures = EarlierPictures(names: ["preview"], reason: "too_many_pixels: It has 16,000,000.")
        }
        let after = try #require(
            try await fixture.finishProcessing(attachmentID: before.id, outcome: outcome, job: job)
        )
        #expect(after.status == .ready)
        // The thumbnail is not wanted any more.
        #expect(after.renditions == (isLimit ? [pictures[1]] : []))
        #expect(after.placeholder == (isLimit ? before.placeholder : nil))
        #expect(after.failureReason == (isLimit ? nil : "too_many_pixels"), "the reason why there is no picture")
        let purged = try await fixture.catalog.nextJobs(kinds: [.purge], limit: 9).flatMap(\.objectKeys)
        #expect(Set(purged) == Set((isLimit ? [pictures[0]] : pictures).map(\.objectKey)))
        let ended = try await fixture.catalog.endedJob(id: job.id)
        #expect(ended?.outcome == .done)
        #expect(ended?.lastError == (isLimit ? "too_many_pixels: It has 16,000,000." : nil))
    }

    @Test func `a new picture takes the place of the earlier one, whatever stays beside it`() async throws {
        let fixture = try await CatalogFixture()
        let before = try await ready(fixture)
        let job = try await repeated(.amongMany, before, fixture)
        let made = Rendition.sample("thumbnail", "attachments/one.thumbnail.webp")
        var outcome = MediaOutcome(facts: MediaFacts(width: 640, height: 360), renditions: [made], placeholder: "new")
        outcome.earlierPictures = EarlierPictures(names: ["thumbnail", "preview"], reason: "answer_too_large: 17 MB")
        let after = try #require(
            try await fixture.finishProcessing(attachmentID: before.id, outcome: outcome, job: job)
        )
        #expect(after.renditions == [made, pictures[1]])
        #expect(after.placeholder == "new")
        let purged = try await fixture.catalog.nextJobs(kinds: [.purge], limit: 9).flatMap(\.objectKeys)
        #expect(purged == [pictures[0].objectKey])
    }

    private static let targets = WebhookTargets([WebhookTargets.Receiver(name: "app")]) { _, _, _ in "{}" }

    /// The types of all events, in their order.
    private func events(_ fixture: CatalogFixture) throws -> [String] {
        try fetchTexts("SELECT type FROM webhook_event ORDER BY id", at: fixture.path)
    }
}
