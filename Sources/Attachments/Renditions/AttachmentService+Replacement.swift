import Catalog
import Curl
import Foundation
import Logging
import Media
import NIOCore
import S3

extension AttachmentService {
    /// Puts the largest rendition of a file in the place of its original, once all others are made of that.
    ///
    /// Before that the rendition is read back from the storage: it must be the bytes that were encoded, decode, and play as long as
    /// the original, each stream of it, or have its shape, and nothing of the original may have been passed over when it was made.
    /// Throws `ReplacementRefused` where it is not so; the original then stays.
    func replaceOriginal(of attachment: Attachment, job: Job, telling progress: WorkProgress) async throws {
        guard !configuration.transcoding.keepsOriginal else {
            return try await skip(job, of: attachment, because: "originals are kept")
        }
        guard attachment.replacedBy == nil else {
            return try await skip(job, of: attachment, because: "a rendition is the original already")
        }
        guard let rendition = replacement(of: attachment), let byteCount = rendition.byteCount,
            byteCount < attachment.fileSize
        else {
            return try await skip(job, of: attachment, because: "no rendition is smaller than the original")
        }
        guard attachment.waitingPlaces.isEmpty else {
            touch(attachment.waitingPlaces)
            throw ObjectWaits()
        }
        progress.tell(.verifying)
        let report = try await verify(rendition, byteCount: byteCount, of: attachment)
        FaultPoint.pass("transcode.verified")
        var facts = MediaFacts(report, kind: attachment.fileKind)
        // When it was recorded is not in the rendition, and what was heard or seen stays known.
        facts.capturedAt = facts.capturedAt ?? attachment.capturedAt
        let outcome = try await catalog.replaceOriginal(
            of: attachment,
            by: rendition,
            facts: facts,
            fileName: Self.fileName(
                attachment.fileName,
                withEnding: ObjectKey.endings[rendition.mediaType] ?? ObjectKey.otherEnding
            ),
            job: job,
            purgeAfter: Date(timeIntervalSinceNow: TimeInterval(configuration.urlLifetime.components.seconds))
        )
        switch outcome {
        case .replaced:
            FaultPoint.pass("transcode.replaced")
            logger.info(
                "A rendition took the original's place",
                metadata: ["attachment": "\(attachment.id)", "rendition": "\(rendition.name)"]
            )
        case .outdated:
            break
        case .busy:
            throw ObjectWaits()
        }
    }

    /// The largest of the configured files that can be made of the file; nil where it was not made, though smaller ones were.
    private func replacement(of attachment: Attachment) -> Rendition? {
        guard let video = configuration.transcoding.replacement(of: attachment) else { return nil }
        return attachment.renditions.first { $0.name == video.name && $0.isMadeLater && $0.sha256 != nil }
    }

    private func verify(
        _ rendition: Rendition,
        byteCount: Int64,
        of attachment: Attachment
    ) async throws -> MediaReport {
        let stored = try await storage.headObject(key: rendition.objectKey).byteCount
        guard stored == byteCount else {
            throw ReplacementRefused("the stored rendition has \(stored) bytes in the place of \(byteCount)")
        }
        let file = spool.makeFile(id: UUID())
        defer { file.remove() }
        try file.reserve(byteCount)
        var digest = IngestDigest(hashesParts: false)
        digest = try await storage.getObject(key: rendition.objectKey) { [digest] _, body in
            var digest = digest
            for try await chunk in body {
                try chunk.withUnsafeReadableBytes {
                    digest.update($0)
                    try file.append($0)
                }
            }
            return digest
        }
        guard digest.finish() == rendition.sha256 else {
            throw ReplacementRefused("the stored rendition has other bytes than were encoded")
        }
        let result = await media.run(
            MediaRequest(operation: .process, renditions: [.thumbnail], limits: mediaLimits),
            file: file.descriptor
        )
        if let failure = result.failure ?? result.reason {
            guard failure.tellsOfTheFile, !failure.isWorkerDeath else { throw failure }
            throw ReplacementRefused("the rendition does not decode: \(failure.message)")
        }
        guard let report = result.report else { throw ReplacementRefused("nothing is known of the rendition") }
        if let objection = ReplacementCheck.objection(to: rendition.transcodedStreams, report, of: attachment) {
            throw ReplacementRefused(objection)
        }
        let isTimeless = attachment.fileKind == .image
        guard isTimeless || Self.playsAsLong(report.durationMilliseconds, as: attachment.durationMilliseconds) else {
            let played = report.durationMilliseconds.map { "\($0) ms" } ?? "an unknown time"
            let expected = attachment.durationMilliseconds.map { "\($0) ms" } ?? "an unknown time"
            throw ReplacementRefused("the rendition plays \(played), the original \(expected)")
        }
        return report
    }

    /// To a hundredth, or the length of a few frames.
    static func playsAsLong(_ played: Int64?, as expected: Int64?) -> Bool {
        guard let played, let expected else { return false }
        return abs(played - expected) <= max(expected / 100, 100)
    }

    /// The name with the ending of what the file is now, no longer than the catalog takes.
    static func fileName(_ name: String, withEnding ending: String) -> String {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let hasEnding = parts.count > 1 && !(parts.last ?? "").isEmpty && (parts.last ?? "").count <= 5
        let stem = hasEnding ? parts.dropLast().joined(separator: ".") : name
        guard !stem.isEmpty else { return "\(name).\(ending)" }
        return "\(stem.prefix(255 - ending.count - 1)).\(ending)"
    }
}

/// A rendition that cannot take the original's place.
struct ReplacementRefused: Error, CustomStringConvertible {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }

    var description: String { "The original stays: \(reason)." }
}
