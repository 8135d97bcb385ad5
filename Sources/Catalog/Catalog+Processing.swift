package import Foundation
import GRDB

extension Catalog {
    /// Stores what the media work found, sets the status ready, and removes the processing job.
    ///
    /// Returns nil when the attachment was deleted meanwhile; the deletion of the thumbnail is then queued. So is the
    /// deletion of an earlier thumbnail that this one replaces. Without a job id any processing job of the attachment
    /// is removed.
    package func finishProcessing(
        attachmentID: UUID,
        facts: MediaFacts,
        thumbnail: ThumbnailFacts?,
        jobID: Int64?,
        at date: Date = Date()
    ) async throws(CatalogError) -> Attachment? {
        try await write { db in
            guard let earlier = try Attachment.fetch(db, id: attachmentID) else {
                try db.enqueueDeletion(of: thumbnail.map { [$0.objectKey] } ?? [], at: date)
                return nil
            }
            try db.setFacts(facts, attachmentID: attachmentID)
            try db.execute(
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
            try db.removeProcessingJob(attachmentID: attachmentID, jobID: jobID)
            return try Attachment.fetch(db, id: attachmentID)
        }
    }

    /// Sets the status failed with the reason, keeps the facts that were found all the same, and removes the job.
    ///
    /// Returns nil when the attachment was deleted meanwhile. The reason must not be empty. Without facts the earlier
    /// ones stay. Without a job id any processing job of the attachment is removed.
    package func failProcessing(
        attachmentID: UUID,
        reason: String,
        facts: MediaFacts?,
        jobID: Int64?
    ) async throws(CatalogError) -> Attachment? {
        try await write { db in
            if let facts {
                try db.setFacts(facts, attachmentID: attachmentID)
            }
            try db.execute(
                sql: "UPDATE attachment SET status = 'failed', failure_reason = ? WHERE id = ?",
                arguments: [reason, attachmentID.text]
            )
            try db.removeProcessingJob(attachmentID: attachmentID, jobID: jobID)
            return try Attachment.fetch(db, id: attachmentID)
        }
    }
}

extension Database {
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
        try execute(
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
