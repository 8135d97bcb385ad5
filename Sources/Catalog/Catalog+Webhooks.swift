import Foundation
import GRDB

extension Catalog {
    /// Returns the event, or nil when there is none.
    package func webhookEvent(id: Int64) async throws(CatalogError) -> WebhookEvent? {
        try await read { db in
            try db.row(sql: "SELECT * FROM webhook_event WHERE id = ?", arguments: [id])
                .map { row in try WebhookEvent(row: row) }
        }
    }
}

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
