package import Foundation
import GRDB

extension Catalog {
    /// Stores what the media work found, sets the status ready, and removes the processing job.
    ///
    /// Changes nothing when the job is over already, and returns the attachment as it is. Returns nil when that was
    /// deleted meanwhile; the deletion of the thumbnail is then queued. So is the deletion of an earlier thumbnail that
    /// this one replaces.
    package func finishProcessing(
        attachmentID: UUID,
        facts: MediaFacts,
        thumbnail: ThumbnailFacts?,
        jobID: Int64,
        at date: Date = Date()
    ) async throws(CatalogError) -> Attachment? {
        try await write { db in
            guard let earlier = try Attachment.fetch(db, id: attachmentID) else {
                try db.enqueueDeletion(of: thumbnail.map { [$0.objectKey] } ?? [], at: date)
                return nil
            }
            guard try db.removeProcessingJob(id: jobID, attachmentID: attachmentID) else { return earlier }
            try db.setFacts(facts, attachmentID: attachmentID)
            try db.run(
                sql: """
                    UPDATE attachment
                    SET status = 'ready', failure_reason = NULL,
                        thumbnail_key = ?, thumbnail_width = ?, thumbnail_height = ?
                    WHERE id = ?
                    """,
                arguments: [thumbnail?.objectKey, thumbnail?.width, thumbnail?.height, attachmentID.text]
            )
            if let earlierKey = earlier.thumbnailKey, earlierKey != thumbnail?.objectKey {
                try db.enqueueDeletion(of: [earlierKey], at: date)
            }
            return try Attachment.fetch(db, id: attachmentID)
        }
    }

    /// Sets the status failed with the reason, keeps the facts that were found all the same, and removes the job.
    ///
    /// Changes nothing when the job is over already, and returns the attachment as it is; nil when that was deleted
    /// meanwhile. The reason must not be empty. Without facts the earlier ones stay.
    package func failProcessing(
        attachmentID: UUID,
        reason: String,
        facts: MediaFacts?,
        jobID: Int64
    ) async throws(CatalogError) -> Attachment? {
        try await write { db in
            guard try db.removeProcessingJob(id: jobID, attachmentID: attachmentID) else {
                return try Attachment.fetch(db, id: attachmentID)
            }
            if let facts {
                try db.setFacts(facts, attachmentID: attachmentID)
            }
            try db.run(
                sql: "UPDATE attachment SET status = 'failed', failure_reason = ? WHERE id = ?",
                arguments: [reason, attachmentID.text]
            )
            return try Attachment.fetch(db, id: attachmentID)
        }
    }
}

extension Database {
    /// Returns false when there is no such job: it is over, or another's.
    fileprivate func removeProcessingJob(id: Int64, attachmentID: UUID) throws -> Bool {
        try run(
            sql: "DELETE FROM job WHERE id = ? AND attachment_id = ? AND kind = 'process'",
            arguments: [id, attachmentID.text]
        )
        return changesCount > 0
    }

    fileprivate func setFacts(_ facts: MediaFacts, attachmentID: UUID) throws {
        let values: [DatabaseValue] = [
            facts.durationMilliseconds.databaseValue,
            facts.width.databaseValue,
            facts.height.databaseValue,
            facts.bitrate.databaseValue,
            facts.frameRate.databaseValue,
            facts.codec.databaseValue,
            facts.audioCodec.databaseValue,
            facts.rotation.databaseValue,
            attachmentID.text.databaseValue,
        ]
        try run(
            sql: """
                UPDATE attachment
                SET duration_ms = ?, width = ?, height = ?, bitrate = ?, frame_rate = ?, codec = ?, audio_codec = ?,
                    rotation = ?
                WHERE id = ?
                """,
            arguments: StatementArguments(values)
        )
    }
}
