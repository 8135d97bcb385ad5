package import Foundation
import GRDB

extension Catalog {
    /// Returns the event, or nil when there is none.
    package func webhookEvent(id: Int64) async throws(CatalogError) -> WebhookEvent? {
        try await read { db in
            try db.row(sql: "SELECT * FROM webhook_event WHERE id = ?", arguments: [id])
                .map { row in try WebhookEvent(row: row) }
        }
    }

    /// Puts off what a receiver is to be told after the job's event, of the same attachment, as that was put off.
    ///
    /// It would have to wait anyway; but many that are due and have to wait would be looked at each time that jobs are read.
    package func putOffLaterWebhooks(than job: Job, until date: Date) async throws(CatalogError) {
        guard let eventID = job.eventID else { return }
        try await write(changing: .nothing) { db in
            try db.run(
                sql: """
                    UPDATE job SET run_after = max(run_after, ?)
                    WHERE leased = 0 AND name = ? AND event_id IN (\(laterEvents))
                    """,
                arguments: [date.milliseconds, job.name, eventID]
            )
        }
    }
}

/// The events of the same attachment that came after one.
private let laterEvents = """
    SELECT later.id
    FROM webhook_event AS told
    JOIN webhook_event AS later ON later.attachment_id = told.attachment_id AND later.id > told.id
    WHERE told.id = ?
    """

extension Database {
    /// Writes down what happened to an attachment, and queues a delivery to each receiver that is told of it.
    ///
    /// To be called in the transaction that makes it happen, with the attachment as it is after it, or before its deletion.
    func recordEvent(
        _ event: AttachmentEvent,
        of attachment: Attachment,
        at date: Date,
        for targets: WebhookTargets
    ) throws {
        let names = targets.names(for: event)
        guard !names.isEmpty else { return }
        let messageID = "msg_\(UUID.version7().text.replacing("-", with: ""))"
        try insertRow(
            into: "webhook_event",
            [
                "message_id": messageID.databaseValue,
                "type": event.rawValue.databaseValue,
                "attachment_id": attachment.id.text.databaseValue,
                "body": targets.body(event, of: attachment, at: date).databaseValue,
                "created_at": date.milliseconds.databaseValue,
            ]
        )
        let eventID = lastInsertedRowID
        for name in names {
            _ = try enqueue(.webhook, name: name, userID: attachment.uploadedBy, eventID: eventID, at: date)
        }
    }

    /// Makes what waited for a webhook to end due at once; for a job of another kind it changes nothing.
    func wakeWebhooks(afterEndedJob id: Int64, at date: Date) throws {
        let ended = try row(
            sql: "SELECT name, event_id FROM job_history WHERE id = ? AND event_id IS NOT NULL",
            arguments: [id]
        )
        guard let ended else { return }
        let name: String = try ended.value("name")
        let eventID: Int64 = try ended.value("event_id")
        try run(
            sql: """
                UPDATE job SET run_after = min(run_after, ?)
                WHERE leased = 0 AND name = ? AND event_id IN (\(laterEvents))
                """,
            arguments: [date.milliseconds, name, eventID]
        )
    }
}

extension WebhookEvent {
    init(row: Row) throws {
        self.init(
            id: try row.value("id"),
            messageID: try row.value("message_id"),
            type: try row.choice("type"),
            attachmentID: try row.value("attachment_id"),
            body: try row.value("body"),
            createdAt: try row.date("created_at")
        )
    }
}
