package import Foundation
import GRDB

/// By what the stored files are summed up.
package enum UsageGrouping: String, Sendable, CaseIterable {
    case fileType = "file_type"
    case user
    case conversation
}

/// Whose files are summed up by their type.
package enum UsageOwner: Sendable, Equatable {
    case everyone
    case user(String)
    case conversation(UUID)
}

/// How much is stored of one type, by one user, or in one conversation; renditions do not count.
package struct Usage: Sendable, Equatable {
    /// The type, the user's id, or the conversation's id.
    package let key: String
    /// The number of files.
    package let files: Int64
    /// Their bytes in the storage.
    package let bytes: Int64
}

extension Catalog {
    /// Returns the sums by type, in the order of the types; a type without a file is left out.
    ///
    /// Reads an index of as many entries as the owner has files.
    package func usageByFileType(of owner: UsageOwner = .everyone) async throws(CatalogError) -> [Usage] {
        let sums = "count(*) AS files, sum(file_size) AS bytes"
        let (condition, arguments): (String, StatementArguments) =
            switch owner {
            case .everyone: ("", [])
            case .user(let id): ("WHERE uploaded_by = ?", [id])
            case .conversation(let id): ("WHERE conversation_id = ?", [id.text])
            }
        // The plus keeps SQLite from the index by type, which lacks the sizes and would cost a look at each row.
        return try await read { db in
            try db.rows(
                sql: "SELECT file_type AS key, \(sums) FROM attachment \(condition) GROUP BY +file_type ORDER BY 1",
                arguments: arguments
            )
            .map { row in try Usage(row: row) }
        }
    }

    /// Returns a page of sums by user or by conversation, in the order of the ids: those after the given one, or the first.
    package func usage(
        by grouping: UsageGrouping,
        after key: String? = nil,
        limit: Int
    ) async throws(CatalogError) -> [Usage] {
        let column =
            switch grouping {
            case .fileType: "file_type"
            case .user: "uploaded_by"
            case .conversation: "conversation_id"
            }
        return try await read { db in
            try db.rows(
                sql: """
                    SELECT \(column) AS key, count(*) AS files, sum(file_size) AS bytes FROM attachment
                    WHERE \(column) > ? GROUP BY \(column) ORDER BY \(column) LIMIT ?
                    """,
                arguments: [key ?? "", max(0, limit)]
            )
            .map { row in try Usage(row: row) }
        }
    }
}

extension Usage {
    fileprivate init(row: Row) throws {
        self.init(key: try row.value("key"), files: try row.value("files"), bytes: try row.value("bytes"))
    }
}
