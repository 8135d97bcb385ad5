package import Foundation
import GRDB

/// What an operator needs to know of the event that a webhook's job tells.
package struct JobEvent: Sendable, Equatable {
    /// The identifier of the message: what the receiver finds in `webhook-id`.
    package let messageID: String
    /// What happened.
    package let type: AttachmentEvent
    /// To which attachment, which may be gone.
    package let attachmentID: UUID
}

extension Catalog {
    /// What the events of jobs are, by their numbers, without their messages; one that is forgotten is left out.
    package func jobEvents(ids: [Int64]) async throws(CatalogError) -> [Int64: JobEvent] {
        guard !ids.isEmpty else { return [:] }
        let list = "[\(ids.map(String.init).joined(separator: ","))]"
        return try await read { db in
            let rows = try db.rows(
                sql: """
                    SELECT id, message_id, type, attachment_id FROM webhook_event
                    WHERE id IN (SELECT value FROM json_each(?))
                    """,
                arguments: [list]
            )
            var events: [Int64: JobEvent] = [:]
            for row in rows {
                events[try row.value("id")] = JobEvent(
                    messageID: try row.value("message_id"),
                    type: try row.choice("type"),
                    attachmentID: try row.value("attachment_id")
                )
            }
            return events
        }
    }
}

/// Whether a row of jobs, queued or over, is about an attachment: by itself, or by the event that it tells.
///
/// The attachment's id is wanted twice.
let isAboutAttachment = """
    (attachment_id = ? OR event_id IN (SELECT id FROM webhook_event WHERE webhook_event.attachment_id = ?))
    """
