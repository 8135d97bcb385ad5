import Foundation
import GRDB

// What a prune asks, and writes down.
extension MigrationJournal {
    /// Whether another object that did not arrive yet has its bytes at the same place.
    func isAwaited(_ location: String) async throws(MigrationError) -> Bool {
        try await read { db in
            try Bool.fetchOne(
                db,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM object WHERE location = ?
                        AND state NOT IN ('recorded', 'unwanted', 'pruned'))
                    """,
                arguments: [location]
            ) ?? true
        }
    }

    /// What is at the place is about to be deleted at the source; durable when it returns.
    ///
    /// After a death it is known by this that the file was deleted, and is not away with its disk. It counts for all objects
    /// that have their bytes there.
    func noteDeleting(_ location: String) async throws(MigrationError) {
        let now = Date().milliseconds
        try await writer.commit { db in
            try db.cachedStatement(
                sql: "UPDATE object SET prune_begun_at = ? WHERE location = ? AND state = 'recorded'"
            )
            .execute(arguments: [now, location])
        }
    }

    /// The source did not let it be deleted: it is there.
    func noteNotDeleted(_ location: String) throws(MigrationError) {
        try writer.add { db in
            try db.execute(sql: "UPDATE object SET prune_begun_at = NULL WHERE location = ?", arguments: [location])
        }
    }

    /// Whether a prune was about to delete what the object has its bytes from, this one or one that died.
    func isDeletionBegun(_ id: Int64) async throws(MigrationError) -> Bool {
        try await read { db in
            try Bool.fetchOne(
                db,
                sql: "SELECT EXISTS (SELECT 1 FROM object WHERE id = ? AND prune_begun_at IS NOT NULL)",
                arguments: [id]
            ) ?? false
        }
    }

    /// The source has it no more.
    func notePruned(_ id: Int64) throws(MigrationError) {
        let now = Date().milliseconds
        try writer.add { db in
            try db.execute(
                sql: "UPDATE object SET state = 'pruned', pruned_at = ? WHERE id = ?",
                arguments: [now, id]
            )
        }
    }
}
