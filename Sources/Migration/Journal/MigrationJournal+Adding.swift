import Foundation
import GRDB
import Synchronization

extension MigrationJournal {
    /// Takes in what is to be moved and returns how many were new; what is there already is left as it is.
    ///
    /// Of two items with one target key the second is kept as a `conflict`, and so is a key that storages cannot take
    /// unchanged. What an inventory says anew of an object that did not arrive yet replaces what it said before, and an
    /// upload that was opened with other headers is begun anew; one that arrived, and that it saw another version of, is
    /// looked at again by the next run.
    package func add(_ items: [MigrationItem]) async throws(MigrationError) -> Int {
        let now = Date().milliseconds
        let count = Mutex(0)
        try await writer.commit { db in
            for item in items where try Self.insert(item, at: now, in: db) {
                count.withLock { $0 += 1 }
            }
        }
        return count.withLock { $0 }
    }

    private static func insert(_ item: MigrationItem, at now: Int64, in db: Database) throws -> Bool {
        var item = item
        if let key = try knownKey(of: item, in: db) { item.targetKey = key }
        let bar = try bar(on: item, in: db)
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO object (location, target_key, state, is_barred, planned_bytes, planned_type, planned_disposition,
                    planned_headers, planned_sha256, modified_at, attachment_id, rendition, planned_at, failure_code,
                    failure_message, failed_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (target_key, location) DO NOTHING
                """
        )
        let headers = try item.headers.map { try $0.journalText }
        try statement.execute(arguments: [
            item.location, item.targetKey, (bar == nil ? MigrationState.planned : .conflict).rawValue, bar != nil,
            item.byteCount, item.contentType, item.contentDisposition, headers, item.sha256,
            item.modifiedAt?.timeIntervalSince1970, item.attachmentID?.uuidString.lowercased(), item.rendition, now,
            bar?.code.rawValue, bar?.message, bar == nil ? nil : now,
        ])
        guard db.changesCount == 0 else { return true }
        if let version = item.sourceVersion { try noteVersion(version, of: item, key: item.targetKey, in: db) }
        try db.cachedStatement(
            sql: """
                UPDATE object SET planned_bytes = ?1, planned_type = ?2, planned_disposition = ?3, planned_sha256 = ?4,
                    modified_at = ?5, attachment_id = ?6, rendition = ?7, planned_headers = ?10,
                    upload_version = CASE WHEN planned_type IS ?2 AND planned_disposition IS ?3 AND modified_at IS ?5
                        AND planned_headers IS ?10 THEN upload_version END
                WHERE target_key = ?8 AND location = ?9
                    AND state IN ('planned', 'copying', 'failed', 'missing', 'changed')
                """
        )
        .execute(arguments: [
            item.byteCount, item.contentType, item.contentDisposition, item.sha256,
            item.modifiedAt?.timeIntervalSince1970, item.attachmentID?.uuidString.lowercased(), item.rendition,
            item.targetKey, item.location, headers,
        ])
        return false
    }

    /// Why the item can never be moved to its key.
    private static func bar(on item: MigrationItem, in db: Database) throws -> MigrationError? {
        if let fault = MigrationKey.fault(in: item.targetKey) {
            return MigrationError(.invalidArgument, fault)
        }
        guard !item.location.utf8.contains(0) else {
            return MigrationError(.invalidArgument, "the location has a NUL in it, which no journal can hold")
        }
        let other = try String.fetchOne(
            db.cachedStatement(
                sql: "SELECT location FROM object WHERE target_key = ? AND is_barred = 0 AND location <> ?"
            ),
            arguments: [item.targetKey, item.location]
        )
        return other.map { other in
            MigrationError(
                .targetTaken,
                "\(other) goes to the same key \(item.targetKey): give one of them another key"
            )
        }
    }
}
