package import Foundation
import GRDB

/// Which attachments a list is of.
package enum AttachmentScope: Sendable, Equatable {
    case message(UUID)
    case conversation(UUID)
}

/// A place in a list of attachments, which are in the order of their upload and, of the same millisecond, of their id.
package struct AttachmentPosition: Sendable, Equatable {
    /// Milliseconds since 1970 UTC.
    package let uploadedAt: Int64
    /// The attachment's id.
    package let id: UUID

    /// A place that a client remembered.
    package init(uploadedAt: Int64, id: UUID) {
        self.uploadedAt = uploadedAt
        self.id = id
    }

    /// The place of an attachment.
    package init(of attachment: Attachment) {
        self.init(uploadedAt: attachment.uploadedAt.milliseconds, id: attachment.id)
    }
}

extension Catalog {
    /// Returns a page of attachments, newest first: those before the given place, or the newest; none for an unknown
    /// message or conversation.
    ///
    /// Each page is read from an index, so that the last costs as little as the first.
    package func attachments(
        in scope: AttachmentScope,
        kind: FileKind? = nil,
        before position: AttachmentPosition? = nil,
        limit: Int
    ) async throws(CatalogError) -> [Attachment] {
        let query = AttachmentPage(scope: scope, kind: kind, position: position, limit: limit)
        return try await read { db in
            try db.rows(sql: query.sql, arguments: query.arguments).map { row in try Attachment(db, row: row) }
        }
    }
}

/// The statement that finds a page of attachments.
struct AttachmentPage: Sendable {
    let scope: AttachmentScope
    let kind: FileKind?
    let position: AttachmentPosition?
    let limit: Int

    var sql: String {
        let owner =
            switch scope {
            case .message: "message_id = ?"
            case .conversation: "conversation_id = ?"
            }
        let type = kind == nil ? "" : " AND file_type = ?"
        let place = position == nil ? "" : " AND (uploaded_at, id) < (?, ?)"
        return "SELECT * FROM attachment WHERE \(owner)\(type)\(place) ORDER BY uploaded_at DESC, id DESC LIMIT ?"
    }

    var arguments: StatementArguments {
        let owner =
            switch scope {
            case .message(let id), .conversation(let id): id
            }
        var values: [DatabaseValue] = [owner.text.databaseValue]
        if let kind { values.append(kind.rawValue.databaseValue) }
        if let position { values += [position.uploadedAt.databaseValue, position.id.text.databaseValue] }
        values.append(max(0, limit).databaseValue)
        return StatementArguments(values)
    }
}
