import Catalog
import Foundation

/// The ends of jobs as the service brings them about: the job is claimed, and intents cover what was stored.
extension CatalogFixture {
    /// A video of a minute that is ready with a thumbnail, these renditions, and jobs for those of these names.
    func readyVideo(
        with renditions: [Rendition] = [],
        requests: [String] = []
    ) async throws -> CatalogAttachment {
        let attachment = attachment()
        guard let job = try await commit(attachment) else { throw FixtureError() }
        let thumbnail = Rendition.sample("thumbnail", "a/\(attachment.id.uuidString).thumbnail.jpg")
        let finished = try await finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(
                facts: MediaFacts(durationMilliseconds: 60_000, codec: "hevc"),
                renditions: [thumbnail] + renditions,
                requests: requests.map { RenditionRequest(kind: .transcode, name: $0) }
            ),
            job: job
        )
        guard let finished else { throw FixtureError() }
        return finished
    }

    /// The jobs of these kinds, due or not, the oldest first.
    func jobs(_ kinds: [JobKind] = [.transcode, .render]) async throws -> [Job] {
        try await catalog.nextJobs(limit: 100, now: .distantFuture).filter { kinds.contains($0.kind) }
            .sorted { $0.id < $1.id }
    }

    func finishProcessing(
        attachmentID: UUID,
        outcome: MediaOutcome,
        job: Job,
        at date: Date = Date()
    ) async throws -> CatalogAttachment? {
        try await cover(outcome.renditions.map(\.objectKey))
        let job = try await claimed(job)
        return try await catalog.finishProcessing(attachmentID: attachmentID, outcome: outcome, job: job, at: date)
    }

    func recordRenditions(
        _ renditions: [Rendition],
        attachmentID: UUID,
        job: Job,
        replacement: String? = nil
    ) async throws -> CatalogAttachment? {
        try await cover(renditions.map(\.objectKey))
        return try await catalog.recordRenditions(
            renditions,
            attachmentID: attachmentID,
            job: try await claimed(job),
            replacement: replacement
        )
    }

    func finishRevocation(
        of attachment: CatalogAttachment,
        copies: [String: String],
        job: Job,
        at date: Date = Date()
    ) async throws -> RevocationOutcome {
        try await cover(Array(copies.values))
        let job = try await claimed(job)
        return try await catalog.finishRevocation(of: attachment, copies: copies, job: job, at: date)
    }

    func finishTrashRevocation(
        of attachment: CatalogAttachment,
        copies: [String: String],
        at date: Date = Date()
    ) async throws -> Bool {
        try await cover(Array(copies.values))
        return try await catalog.finishTrashRevocation(of: attachment, copies: copies, at: date)
    }

    func endRendition(
        attachmentID: UUID,
        job: Job,
        outcome: JobOutcome,
        reason: String,
        replacement: String? = nil
    ) async throws {
        try await catalog.endRendition(
            attachmentID: attachmentID,
            job: try await claimed(job),
            outcome: outcome,
            reason: reason,
            replacement: replacement
        )
    }

    /// Stores intents for those of the keys that have none.
    private func cover(_ keys: [String]) async throws {
        let covered = try await catalog.intents().map(\.objectKey)
        try await catalog.insertIntents(
            Set(keys).subtracting(covered)
                .map {
                    UploadIntent(id: .version7(), objectKey: $0, userID: "ann", createdAt: start)
                }
        )
    }

    /// The job as it is when it is claimed, unless it is over, or another's, already.
    func claimed(_ job: Job) async throws -> Job {
        guard let queued = try await catalog.job(id: job.id) else { return job }
        guard !queued.isLeased else { return queued.owner == catalog.runnerToken ? queued : job }
        let end = Date(timeIntervalSinceNow: 60)
        return try await catalog.claimJob(queued, leaseUntil: end, now: .distantFuture) ?? job
    }
}

/// A fixture could not be made.
struct FixtureError: Error {}
