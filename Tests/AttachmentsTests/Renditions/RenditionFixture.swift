import Catalog
import Foundation
import Media
import TestSupport

@testable import Attachments

extension ServiceFixture {
    /// A video of ann that is ready and in the storage, as an upload and its media work leave it; jobs of the names are queued.
    func readyVideo(
        _ bytes: [UInt8],
        name: String = "film.mov",
        milliseconds: Int64,
        requests: [String]
    ) async throws -> Attachment {
        let committed = try await commitAndDie(bytes)
        try await catalog.registerRunner(.serve, processID: 1)
        guard let queued = try await job(of: committed.id),
            let job = try await catalog.claimJob(queued, leaseUntil: Date(timeIntervalSinceNow: 60))
        else { throw FixtureError() }
        let finished = try await catalog.finishProcessing(
            attachmentID: committed.id,
            outcome: MediaOutcome(
                facts: MediaFacts(
                    durationMilliseconds: milliseconds,
                    width: 1280,
                    height: 720,
                    codec: "h264",
                    capturedAt: "2024-05-01T12:34:56+02:00"
                ),
                requests: requests.map { RenditionRequest(kind: .transcode, name: $0) }
            ),
            job: job
        )
        guard let finished else { throw FixtureError() }
        return finished
    }

    /// The queued job for a rendition, claimed as a run of it is; nil where there is none.
    func claimedJob(_ name: String, of attachment: Attachment) async throws -> Job? {
        let jobs = try await catalog.nextJobs(limit: 100, now: .distantFuture)
        guard let job = jobs.first(where: { $0.attachmentID == attachment.id && $0.name == name }) else { return nil }
        return try await catalog.claimJob(job, leaseUntil: Date(timeIntervalSinceNow: 600), now: .distantFuture)
    }

    /// A spool file with the bytes, as the worker leaves one.
    func encoded(_ bytes: [UInt8]) throws -> SpoolFile {
        let file = service.spool.makeFile(id: UUID())
        let descriptor = try file.makeOutput(upTo: Int64(bytes.count))
        guard bytes.withUnsafeBytes({ pwrite(descriptor, $0.baseAddress, $0.count, 0) }) == bytes.count,
            try file.adopt() == bytes.count
        else { throw FixtureError() }
        return file
    }
}

/// A fixture could not be made.
struct FixtureError: Error {}

extension TranscodeSpecification {
    static let small = TranscodeSpecification(name: "360p", container: .mp4, shortEdge: 360, maxBitrate: 500)
    static let smallStep = TranscodeSpecification(
        name: "hls360p",
        container: .fragmented,
        shortEdge: 360,
        maxBitrate: 500
    )
}
