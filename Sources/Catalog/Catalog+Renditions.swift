package import Foundation
import GRDB

/// What became of the wish to put a rendition in the original's place.
package enum OriginalReplacement: Sendable, Equatable {
    /// The attachment refers to it, and the object of before is going to be deleted.
    case replaced(Attachment)
    /// The attachment, or the rendition, is another by now; the job is over.
    case outdated
    /// Other work on the attachment goes first, or its objects were moved meanwhile; the job is still there.
    case busy
}

extension Catalog {
    /// Stores what a rendition's job made, and ends the job.
    ///
    /// The intents of the objects leave in the same transaction. A rendition of the same name goes, and the deletion of its object
    /// is queued where no row refers to it. With `replacement`, the name of the rendition that is to take the original's place,
    /// that is queued where this was the last such job of the attachment, the rendition is there, and none has taken the place before.
    /// Returns the attachment as it is then.
    ///
    /// Returns nil where the attachment or the job is gone: the deletion of what this process stored and no row refers to is
    /// then queued, also of that whose intents another has taken.
    ///
    /// Throws `lostJob` when the job is not any more as this process has claimed it, `missingIntent` when an intent is not
    /// this process's any more: its object may be gone. Then nothing changes.
    package func recordRenditions(
        _ renditions: [Rendition],
        attachmentID: UUID,
        job: Job,
        replacement: String? = nil,
        at date: Date = Date()
    ) async throws(CatalogError) -> Attachment? {
        let keys = renditions.map(\.objectKey)
        let names = renditions.map(\.name)
        let token = runnerToken
        return try await write(changing: .attachment(attachmentID)) { db in
            let covered = try db.takeOutIntents(objectKeys: keys, owner: token)
            guard let current = try Attachment.fetch(db, id: attachmentID),
                try db.exists("SELECT 1 FROM job WHERE id = ? AND attachment_id = ?", [job.id, attachmentID.text])
            else {
                try db.enqueueDeletion(ofUnreferenced: covered, at: date)
                try db.enqueueDeletion(ofLost: keys.filter { !covered.contains($0) }, at: date)
                return nil
            }
            try db.requireClaim(of: job, owner: token)
            try db.requireIntents(covered, for: keys)
            let earlierKeys = current.renditions.filter { names.contains($0.name) }.map(\.objectKey)
            try db.deleteRenditions(attachmentID: attachmentID, names: names)
            try db.replacePlaces(attachmentID: attachmentID, objectKeys: earlierKeys, at: date)
            try db.insertRenditions(renditions, attachmentID: attachmentID)
            try db.enqueueDeletion(ofUnreferenced: earlierKeys, at: date)
            try db.endJob(id: job.id, outcome: .done, error: nil, at: date)
            if let replacement { try db.enqueueReplacement(by: replacement, after: job, of: attachmentID, at: date) }
            return try Attachment.fetch(db, id: attachmentID)
        }
    }

    /// Ends a rendition's job that made nothing: `reason` says why.
    ///
    /// It is `done` where nothing is to be made.
    ///
    /// The attachment stays as it is; with `replacement` as in `recordRenditions`. A job that is over stays so.
    ///
    /// Throws `lostJob` when the job is not any more as this process has claimed it. Then nothing changes.
    package func endRendition(
        attachmentID: UUID,
        job: Job,
        outcome: JobOutcome,
        reason: String,
        replacement: String? = nil,
        at date: Date = Date()
    ) async throws(CatalogError) {
        let token = runnerToken
        try await write(changing: .attachment(attachmentID)) { db in
            guard try db.exists("SELECT 1 FROM job WHERE id = ?", [job.id]) else { return }
            try db.requireClaim(of: job, owner: token)
            try db.endJob(id: job.id, outcome: outcome, error: reason, at: date)
            if let replacement { try db.enqueueReplacement(by: replacement, after: job, of: attachmentID, at: date) }
        }
    }

    /// Puts a rendition in the place of the original, if both are still the ones that were verified, and ends the job.
    ///
    /// One transaction: the attachment takes the rendition's object, size, type and digest, and the facts and the name that are
    /// given, and notes the rendition's name for good; the rendition's row leaves; the deletion of the object of before is written to
    /// the log and queued for `purgeAfter`, until when URLs of it may be in use. What was received (`sha256`) stays as it was told.
    /// Where both are under other keys by now, it is `busy`, and nothing changes: what lies there is to be verified.
    ///
    /// Throws `lostJob` when the job is there, and not any more as this process has claimed it. Then nothing changes.
    package func replaceOriginal(
        of attachment: Attachment,
        by rendition: Rendition,
        facts: MediaFacts,
        fileName: String,
        job: Job,
        purgeAfter: Date,
        at date: Date = Date()
    ) async throws(CatalogError) -> OriginalReplacement {
        let token = runnerToken
        return try await write(changing: .attachment(attachment.id)) { db in
            guard try db.exists("SELECT 1 FROM job WHERE id = ?", [job.id]) else { return .outdated }
            try db.requireClaim(of: job, owner: token)
            guard let byteCount = rendition.byteCount, let current = try Attachment.fetch(db, id: attachment.id),
                current.replacedBy == nil, current.storedSHA256 == attachment.storedSHA256,
                current.renditions.contains(where: { $0.hasBytes(of: rendition) })
            else {
                try db.endJob(id: job.id, outcome: .done, error: "the files are others by now", at: date)
                return .outdated
            }
            // They are the same, and under other keys: URLs were ended meanwhile.
            guard current.objectKey == attachment.objectKey, current.renditions.contains(rendition) else {
                return .busy
            }
            let isBusy = try db.exists(
                "SELECT 1 FROM job WHERE attachment_id = ? AND id <> ?",
                [attachment.id.text, job.id]
            )
            guard !isBusy, current.status == .ready, current.waitingPlaces.isEmpty else { return .busy }
            try db.deleteRenditions(attachmentID: attachment.id, names: [rendition.name])
            try db.run(
                sql: """
                    UPDATE attachment
                    SET object_key = ?, file_size = ?, mime_type = ?, stored_sha256 = ?, file_name = ?,
                        replaced_by = ?
                    WHERE id = ?
                    """,
                arguments: [
                    rendition.objectKey, byteCount, rendition.mediaType, rendition.sha256, fileName,
                    rendition.name, attachment.id.text,
                ]
            )
            try db.setFacts(facts, attachmentID: attachment.id)
            try db.replacePlaces(attachmentID: attachment.id, objectKeys: [attachment.objectKey], at: date)
            try db.enqueueDeletion(of: [attachment.objectKey], userID: attachment.uploadedBy, at: purgeAfter)
            try attachment.purge(
                of: attachment.objectKey,
                because: .replaced,
                "Purged the original of \(attachment.fileName): \(rendition.name) took its place",
                at: date
            )
            .insert(db)
            try db.endJob(id: job.id, outcome: .done, error: nil, at: date)
            guard let replaced = try Attachment.fetch(db, id: attachment.id) else {
                throw CatalogError(code: .other, message: "the attachment is not there after its change")
            }
            return .replaced(replaced)
        }
    }
}

extension Rendition {
    /// Whether it is the other, wherever the object is.
    fileprivate func hasBytes(of other: Rendition) -> Bool {
        name == other.name && sha256 == other.sha256 && byteCount == other.byteCount
    }
}

extension Database {
    /// Queues what is asked for, at the priority of the media work that asks, but for what is there or queued already.
    ///
    /// What is queued at low priority waits no longer behind others where ordinary work asks for it.
    func enqueueRenditions(
        _ requests: [RenditionRequest],
        attachmentID: UUID,
        priority: Job.Priority,
        at date: Date
    ) throws {
        if priority == .ordinary {
            try run(
                sql: """
                    UPDATE job SET priority = 0
                    WHERE attachment_id = ? AND kind IN ('render', 'transcode') AND priority = 1
                    """,
                arguments: [attachmentID.text]
            )
        }
        for request in requests {
            let isThere = try exists(
                """
                SELECT 1 FROM rendition WHERE attachment_id = ?1 AND name = ?2
                UNION ALL
                SELECT 1 FROM job WHERE attachment_id = ?1 AND kind = ?3 AND name = ?2
                """,
                [attachmentID.text, request.name, request.kind.rawValue]
            )
            guard !isThere else { continue }
            _ = try enqueue(
                request.kind,
                attachmentID: attachmentID,
                name: request.name,
                at: date,
                priority: priority
            )
        }
    }

    /// Queues the replacement of the original after the end of a rendition's job, as the rule has it.
    ///
    /// The original stays where the one was cancelled that was to take its place, and where the replacement itself was.
    func enqueueReplacement(after job: Job, by rule: ReplacementRule, at date: Date) throws {
        guard job.kind == .render || job.kind == .transcode, job.name != Rendition.original,
            let id = job.attachmentID, let attachment = try Attachment.fetch(self, id: id),
            let name = rule.rendition(for: attachment)
        else { return }
        try enqueueReplacement(by: name, after: job, of: id, at: date)
    }

    /// Queues the replacement of the original by the rendition of that name, unless that is not there, other renditions are still
    /// to be made of the original, or it was replaced before; it waits behind others where the rendition's job did.
    fileprivate func enqueueReplacement(by name: String, after job: Job, of attachmentID: UUID, at date: Date) throws {
        let isWaiting = try exists(
            "SELECT 1 FROM job WHERE attachment_id = ? AND kind IN ('render', 'transcode')",
            [attachmentID.text]
        )
        guard !isWaiting else { return }
        let isReplaceable = try exists(
            """
            SELECT 1 FROM attachment JOIN rendition ON rendition.attachment_id = attachment.id
            WHERE attachment.id = ? AND attachment.replaced_by IS NULL AND rendition.name = ?
            """,
            [attachmentID.text, name]
        )
        guard isReplaceable else { return }
        _ = try enqueue(
            .transcode,
            attachmentID: attachmentID,
            name: Rendition.original,
            at: date,
            priority: job.priority
        )
    }
}
