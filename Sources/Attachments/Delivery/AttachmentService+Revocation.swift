import Catalog
package import Foundation
import Logging
import S3

extension AttachmentService {
    /// Ends the URLs of an attachment that were handed out: its uploader, an admin of the conversation or a service may.
    ///
    /// Throws `conflict` while an object of it waits in an old place, or was moved from an old bucket so lately that a URL of
    /// that may still be good.
    ///
    /// The objects are copied to other keys inside the storage, the attachment then refers to the copies, and the objects of
    /// before are deleted. All that is a durable job. It usually is over before this returns; where `isOver` is false it goes
    /// on, and is finished also after a crash.
    package func revoke(id: UUID, by requester: Requester) async throws -> (view: AttachmentView, isOver: Bool) {
        let found = try await managedAttachment(id: id, for: requester, what: "end the URLs of this attachment")
        try found.requireDelivery()
        try await refuseOldURLs(of: found)
        var isOver = false
        switch try await catalog.requestRevocation(attachmentID: id) {
        case .noAttachment: throw AttachmentError.attachmentNotFound
        case .alreadyQueued: break
        case .begun(let job):
            let work = runningJobs.begin(job.id) { await self.runRevocation(job, attachmentID: id) }
            isOver = await value(of: work, within: configuration.inlineWait) ?? false
        }
        guard let attachment = try await catalog.attachment(id: id) else { throw AttachmentError.attachmentNotFound }
        return (try view(of: attachment), isOver)
    }

    /// Does a claimed job: answers whether the URLs of before are dead now.
    ///
    /// Doing it twice does no harm. What a process leaves that dies half-way is a job whose lease ends, and copies that no row
    /// refers to, whose intents the sweep takes back; or, after the swap, the queued deletion of the objects of before.
    @discardableResult
    func runRevocation(_ job: Job, attachmentID id: UUID) async -> Bool {
        // A long one outlives its lease.
        guard beginRevocation(of: id) else { return false }
        defer { endRevocation(of: id) }
        FaultPoint.pass("revoke.claimed")
        do {
            guard let attachment = try await catalog.attachment(id: id), attachment.hold == nil else {
                try await catalog.removeJob(job)
                return true
            }
            guard attachment.waitingPlaces.isEmpty else {
                touch(attachment.waitingPlaces)
                throw ObjectWaits()
            }
            guard try oldURLLife(of: attachment) <= .zero else { throw ObjectWaits() }
            switch try await moveObjects(of: attachment, job: job) {
            case .swapped(_, let deletion):
                logger.info("The URLs of an attachment were ended", metadata: ["attachment": "\(id)"])
                return await runDeletion(deletion)
            case .attachmentGone, .nothingToMove:
                return true
            case .changedMeanwhile:
                try await catalog.releaseJob(job)
                return false
            }
        } catch {
            await postpone(job, error: error)
            return false
        }
    }

    /// Throws `conflict` while a URL of an old bucket may be good.
    ///
    /// Nothing ends those but the deletion of the source, which is kept until it is pruned. What waits is moved first from now on.
    private func refuseOldURLs(of attachment: Attachment) async throws {
        guard attachment.waitingPlaces.isEmpty else {
            touch(attachment.waitingPlaces)
            throw AttachmentError.beingMoved(retryAfter: .seconds(5))
        }
        let rest = try oldURLLife(of: attachment)
        guard rest <= .zero else { throw AttachmentError.beingMoved(retryAfter: rest) }
    }

    /// For how long a URL of an old bucket may still be good that was handed out before the last object was moved.
    ///
    /// Those of the steps of a stream are good for its playing time more.
    private func oldURLLife(of attachment: Attachment) throws -> Duration {
        func rest(after move: Date?, _ lifetime: Duration) -> Duration {
            guard let move else { return .zero }
            let end = move.addingTimeInterval(TimeInterval(lifetime.components.seconds))
            return .seconds(end.timeIntervalSinceNow.rounded(.up))
        }
        let (id, steps) = (attachment.id, attachment.renditions.filter(\.isLadderStep).map(\.objectKey))
        let ordinary = rest(after: try catalog.lastMove(attachmentID: id), configuration.urlLifetime)
        guard !steps.isEmpty else { return ordinary }
        let lastStep = try catalog.lastMove(attachmentID: id, among: steps)
        return max(ordinary, rest(after: lastStep, streamTimes(of: attachment).lifetime))
    }

    /// Copies the objects, and then has the catalog refer to the copies.
    private func moveObjects(of attachment: Attachment, job: Job) async throws -> RevocationOutcome {
        try await copyObjects(of: attachment) { copies in
            try await catalog.finishRevocation(of: attachment, copies: copies, job: job)
        }
    }

    /// Copies the objects under the protection of intents, and hands the copies' keys, by those that were copied, to what makes
    /// them the attachment's and takes the intents out.
    func copyObjects<Outcome: Sendable>(
        of attachment: Attachment,
        then finish: ([String: String]) async throws -> Outcome
    ) async throws -> Outcome {
        let moves = ObjectMove.all(of: attachment)
        let intents = moves.map { move in
            UploadIntent(
                id: .version7(),
                objectKey: move.destination,
                userID: attachment.uploadedBy,
                createdAt: Date()
            )
        }
        for intent in intents { takeInHand(intent.id) }
        defer { for intent in intents { endUpload(intent.id) } }
        try await catalog.insertIntents(intents)
        FaultPoint.pass("revoke.intents")
        do {
            var copies: [String: String] = [:]
            for (move, intent) in zip(moves, intents) {
                if try await copy(move) {
                    copies[move.source] = move.destination
                } else {
                    await withdraw(intent, after: nil)
                }
            }
            FaultPoint.pass("revoke.copied")
            let outcome = try await finish(copies)
            FaultPoint.pass("revoke.swapped")
            return outcome
        } catch {
            for intent in intents { await withdraw(intent, after: error) }
            throw error
        }
    }

    /// Answers false where there is no object: it has no URL to end, and must not keep the others from it.
    ///
    /// Of that only the object's own 404 tells. Anything else may have been answered by somebody on the way, or be about the copy,
    /// and what is deleted afterwards on the strength of it would have been the only one.
    private func copy(_ move: ObjectMove) async throws -> Bool {
        do throws(S3Error) {
            let byteCount: Int64
            if let known = move.byteCount {
                byteCount = known
            } else {
                byteCount = try await storage.headObject(key: move.source).byteCount
            }
            try await storage.copyObject(
                from: move.source,
                to: move.destination,
                byteCount: byteCount,
                contentType: move.mediaType
            )
            return true
        } catch {
            guard error.isNotFound, try await storage.headObject(ifPresent: move.source) == nil else { throw error }
            logger.error(
                "An object is missing in the bucket",
                metadata: ["key": "\(move.source)", "error": "\(error)"]
            )
            return false
        }
    }
}

/// One object on its way to another key.
private struct ObjectMove: Sendable {
    let source: String
    let destination: String
    let mediaType: String
    /// Nil where the catalog does not know.
    let byteCount: Int64?

    /// The moves of an attachment's original and renditions into a folder that there never was.
    static func all(of attachment: Attachment) -> [ObjectMove] {
        let original = ObjectKey.moved(id: attachment.id, at: attachment.uploadedAt)
        let first = ObjectMove(
            source: attachment.objectKey,
            destination: original,
            mediaType: attachment.mediaType,
            byteCount: attachment.fileSize
        )
        return [first]
            + attachment.renditions.map { rendition in
                ObjectMove(
                    source: rendition.objectKey,
                    destination: ObjectKey.rendition(rendition.name, mediaType: rendition.mediaType, of: original),
                    mediaType: rendition.mediaType,
                    byteCount: rendition.byteCount
                )
            }
    }
}
