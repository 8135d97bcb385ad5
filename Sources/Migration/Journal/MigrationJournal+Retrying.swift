import Foundation
import GRDB
import Synchronization

// What the operator has done again.
extension MigrationJournal {
    /// Has what failed, is missing or in conflict tried again by the next run, and returns how many; nil stands for all codes.
    ///
    /// A key that two items want, or that no storage can take, stays a conflict.
    package func retry(_ codes: Set<MigrationError.Code>? = nil) async throws(MigrationError) -> Int {
        let list = codes.map { codes in
            " AND failure_code IN (" + codes.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ") + ")"
        }
        return try await change(
            sql: """
                UPDATE object SET \(Self.afresh) WHERE failure_code IS NOT NULL AND is_barred = 0\(list ?? "")
                """
        )
    }

    /// Has the catalog told anew of everything that arrived, by the next run and without copying: after a rollback.
    ///
    /// Returns how many objects that is.
    package func forgetRecords() async throws(MigrationError) -> Int {
        try await change(sql: "UPDATE object SET state = 'verified', recorded_at = NULL WHERE state = 'recorded'")
    }

    /// Makes ready for a run: what failed, or was not there, gets another chance, but for conflicts.
    func beginRun() async throws(MigrationError) -> Int64 {
        let id = Mutex<Int64>(0)
        try await writer.commit { db in
            try db.execute(
                sql: """
                    UPDATE object SET \(Self.afresh)
                    WHERE failure_code IS NOT NULL AND is_barred = 0 AND state <> 'conflict'
                    """
            )
            try db.execute(sql: "INSERT INTO run (began_at) VALUES (?)", arguments: [Date().milliseconds])
            id.withLock { $0 = db.lastInsertedRowID }
        }
        return id.withLock { $0 }
    }

    /// Writes down how a run ended.
    func endRun(_ id: Int64, as outcome: MigrationRunRecord.Outcome) async throws(MigrationError) {
        try await writer.commit { db in
            try db.execute(
                sql: "UPDATE run SET ended_at = ?, outcome = ? WHERE id = ?",
                arguments: [Date().milliseconds, outcome.rawValue, id]
            )
        }
    }

    /// What is verified is only recorded again, what changed is looked at again; an upload that is open goes on; else it is begun anew.
    private static let afresh = """
        failure_code = NULL, failure_message = NULL, failed_at = NULL, is_transient = 0,
        state = CASE WHEN state IN ('verified', 'changed') THEN state WHEN upload_id IS NOT NULL THEN 'copying' ELSE 'planned' END
        """

    func change(sql: String) async throws(MigrationError) -> Int {
        guard !isReadOnly else { throw MigrationError(.journal, "\(path) was opened for reading") }
        let count = Mutex(0)
        try await writer.commit { db in
            try db.execute(sql: sql)
            count.withLock { $0 = db.changesCount }
        }
        return count.withLock { $0 }
    }
}
