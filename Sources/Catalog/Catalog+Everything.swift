package import Foundation
import GRDB

extension Catalog {
    /// Returns a page of all attachments in the order of their ids: those after the given one, or the first.
    package func attachments(after id: UUID? = nil, limit: Int) async throws(CatalogError) -> [Attachment] {
        let start = id?.text ?? ""
        return try await read { db in
            try db.rows(
                sql: "SELECT * FROM attachment WHERE id > ? ORDER BY id LIMIT ?",
                arguments: [start, max(0, limit)]
            )
            .map { row in try Attachment(db, row: row) }
        }
    }
}
