package import Foundation
import GRDB
import Synchronization

extension Catalog {
    /// Compares the storage that the catalog's objects are in with the one that is configured, and has the objects wait in
    /// the source where that is the storage of before; to be called at each start.
    ///
    /// `current` is the identity of the configured storage, `source` that of the migration's source, where there is one.
    /// Throws `inUse` where objects would have to wait and the catalog was not opened exclusively: a server that still runs
    /// with the storage of before would go on to store there. So would a worker beside it, and delete there: as long as one is
    /// known to be alive, nothing else is noted.
    ///
    /// From now on this value's jobs are claimed for `current` alone, unless that contradicts what is noted.
    package func settleStorage(
        current: String,
        source: String?,
        at date: Date = Date()
    ) async throws(CatalogError) -> StorageSettlement {
        let isExclusive = self.isExclusive
        let settlement = try await write { db in
            let settlement = try db.settlement(current: current, source: source, isExclusive: isExclusive)
            switch settlement {
            case .unchanged, .contradicts, .unknown:
                return settlement
            case .noted:
                if try db.meta(.storage) != nil { try db.refuseWhileWorked(at: date) }
                try db.setMeta(.storage, to: current)
                return settlement
            case .placed:
                guard isExclusive, let source else { throw CatalogError.sharedCatalog }
                try db.refuseWhileWorked(at: date)
                let count = try db.placeAll(inStore: source, current: current, at: date)
                try db.setMeta(.storage, to: current)
                return .placed(objects: count)
            }
        }
        if case .contradicts = settlement { return settlement }
        ownStorage.withLock { $0 = current }
        return settlement
    }

    /// Returns the storage that the objects are in by now where it is not the one that this process settled for; nil where it is.
    ///
    /// Who works beside the server has to end then: what it deletes in its own is not what is served.
    package func otherStorage() async throws(CatalogError) -> String? {
        guard let own = ownStorage.withLock({ $0 }) else { return nil }
        return try await read { db in try db.otherStorage(than: own) }
    }

    /// Returns what `settleStorage` would find at the start of a server, and changes nothing; `placed` comes without a count.
    package func foreseeStorage(
        current: String,
        source: String?
    ) async throws(CatalogError) -> StorageSettlement {
        try await read { db in try db.settlement(current: current, source: source, isExclusive: true) }
    }

    /// Marks every object as waiting in the store, under the key that it has; those that wait somewhere already stay so.
    ///
    /// Answers how many. What `settleStorage` does where the configuration shows that it must be done; for everything else
    /// that is to say so by itself. Throws `inUse` where the catalog was not opened exclusively, or a worker is alive.
    package func placeAll(
        inStore store: String,
        current: String,
        at date: Date = Date()
    ) async throws(CatalogError) -> Int {
        guard isExclusive else { throw CatalogError.sharedCatalog }
        return try await write { db in
            try db.refuseWhileWorked(at: date)
            let count = try db.placeAll(inStore: store, current: current, at: date)
            try db.setMeta(.storage, to: current)
            return count
        }
    }
}

extension CatalogError {
    fileprivate static var sharedCatalog: CatalogError {
        CatalogError(
            code: .inUse,
            message:
                "the storage of all objects can only be changed at the start of the server: restart it with the new one"
        )
    }
}

extension Database {
    /// The noted storage where it is another one.
    func otherStorage(than own: String) throws -> String? {
        guard let noted = try meta(.storage), noted != own else { return nil }
        return noted
    }

    /// Throws `inUse` where a process beside the server is alive: it works in the storage of before.
    func refuseWhileWorked(at date: Date) throws {
        let bound = date.addingTimeInterval(-JobRunner.patience).milliseconds
        let workers = try Int64.fetchAll(
            cachedStatement(
                sql: "SELECT process_id FROM job_runner WHERE kind = 'work' AND seen_at >= ? ORDER BY process_id"
            ),
            arguments: [bound]
        )
        guard !workers.isEmpty else { return }
        throw CatalogError(
            code: .inUse,
            message: """
                the storage cannot be changed while `satchel work` goes on with the one of before (process \
                \(workers.map(String.init).joined(separator: ", "))): stop it first; one that was killed is taken for dead \
                \(Int(JobRunner.patience)) s after its last sign of life
                """
        )
    }

    /// How the configured storage stands to the one that the objects are in.
    fileprivate func settlement(current: String, source: String?, isExclusive: Bool) throws -> StorageSettlement {
        guard let noted = try meta(.storage) else {
            // Objects were never in a directory; of a bucket it cannot be told whether it is a foreign one.
            let isCertain = source == nil || source?.hasPrefix("directory:") == true
            let isEmpty = try !exists("SELECT 1 FROM attachment UNION ALL SELECT 1 FROM trash", [])
            return isCertain || isEmpty ? .noted : .unknown
        }
        if noted == current { return .unchanged }
        if noted == source { return .placed(objects: 0) }
        // Where nothing was ever stored, nothing is lost by another storage. A server that runs may be about to store there.
        return try isExclusive && !mayHaveObjects() ? .noted : .contradicts(noted: noted)
    }

    /// Whether anything is, comes to be, or is still to be deleted in the storage.
    private func mayHaveObjects() throws -> Bool {
        try exists(
            """
            SELECT 1 FROM attachment UNION ALL SELECT 1 FROM trash UNION ALL SELECT 1 FROM upload_intent
            UNION ALL SELECT 1 FROM job WHERE kind = 'purge'
            """,
            []
        )
    }

    fileprivate func placeAll(inStore store: String, current: String, at date: Date) throws -> Int {
        let now = date.milliseconds
        // What a scanner did not let pass has no object.
        try run(
            sql: Self.placing("id", of: "attachment", size: "file_size", where: "hold IS NOT 'infected'"),
            arguments: [store, now]
        )
        var count = changesCount
        try run(sql: Self.placing("attachment_id", of: "rendition", size: "byte_count"), arguments: [store, now])
        count += changesCount
        try placeTrash(inStore: store, at: date)
        count += changesCount
        // What was to be deleted, or was given up, is in the store of before, and nowhere else.
        try run(
            sql: """
                INSERT INTO old_place (object_key, store, attachment_id, location, state, changed_at)
                SELECT key, ?, NULL, key, 'deleted', ? FROM (
                    SELECT doomed.value AS key FROM job, json_each(job.object_keys) AS doomed
                    WHERE job.kind = 'purge'
                    UNION
                    SELECT object_key FROM upload_intent
                )
                WHERE true
                ON CONFLICT DO NOTHING
                """,
            arguments: [store, now]
        )
        try enqueueDeletion(of: forgottenKeys(in: current), at: date)
        try run(
            sql: "UPDATE old_place SET state = 'gone' WHERE store = ? AND state = 'deleted' AND location = object_key",
            arguments: [current]
        )
        // After the above, which leaves out what waits: of that the one of before has nothing.
        try forgetPlaces(in: current)
        return count
    }

    /// What can be restored is in the store of before as well.
    private func placeTrash(inStore store: String, at date: Date) throws {
        try run(
            sql: """
                INSERT INTO old_place (object_key, store, attachment_id, location, state, changed_at)
                SELECT object_key, ?, attachment_id, object_key, 'trashed', ?
                FROM trash_object
                WHERE NOT EXISTS (
                    SELECT 1 FROM old_place
                    WHERE old_place.object_key = trash_object.object_key AND old_place.state = 'trashed'
                )
                ON CONFLICT (object_key, store) DO UPDATE SET
                    attachment_id = excluded.attachment_id, location = excluded.location, state = 'trashed',
                    touched_at = NULL, changed_at = excluded.changed_at
                """,
            arguments: [store, date.milliseconds]
        )
    }

    /// On the way back the store of before is the storage again: what waits there, or was moved from there, is in its place.
    private func forgetPlaces(in current: String) throws {
        try run(
            sql: """
                DELETE FROM old_place
                WHERE store = ? AND location = object_key AND state IN ('waiting', 'moved', 'replaced', 'trashed')
                """,
            arguments: [current]
        )
    }

    /// Keys of objects that are still to be deleted in the storage that was an old place so far.
    private func forgottenKeys(in current: String) throws -> [String] {
        let keys = try texts(
            sql: "SELECT object_key FROM old_place WHERE store = ? AND state = 'deleted' AND location = object_key",
            arguments: [current]
        )
        let referenced = try referencedObjectKeys(among: keys)
        return keys.filter { !referenced.contains($0) }
    }

    private static func placing(
        _ id: String,
        of table: String,
        size: String,
        where condition: String = "true"
    ) -> String {
        """
        INSERT INTO old_place (object_key, store, attachment_id, location, state, byte_count, changed_at)
        SELECT object_key, ?, \(id), object_key, 'waiting', \(size), ?
        FROM \(table)
        WHERE \(condition) AND NOT EXISTS (
            SELECT 1 FROM old_place WHERE old_place.object_key = \(table).object_key AND old_place.state = 'waiting'
        )
        ON CONFLICT (object_key, store) DO UPDATE SET
            attachment_id = excluded.attachment_id, location = excluded.location, state = 'waiting',
            byte_count = excluded.byte_count, touched_at = NULL, changed_at = excluded.changed_at
        """
    }
}
