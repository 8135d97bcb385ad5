package import Foundation
import GRDB

extension Catalog {
    /// Returns the objects that wait in the store, in the order of their keys: those after the given key, or the first.
    package func waitingPlaces(
        store: String,
        after key: String? = nil,
        limit: Int
    ) async throws(CatalogError) -> [OldPlace] {
        try await oldPlaces(store: store, state: .waiting, after: key, limit: limit)
    }

    /// Returns the objects of the store that are in a state, in the order of their keys: those after the given key, or the
    /// first.
    package func oldPlaces(
        store: String,
        state: OldPlace.State,
        after key: String? = nil,
        limit: Int
    ) async throws(CatalogError) -> [OldPlace] {
        try await read { db in
            try db.rows(
                sql: """
                    SELECT * FROM old_place WHERE store = ? AND state = ? AND object_key > ?
                    ORDER BY object_key LIMIT ?
                    """,
                arguments: [store, state.rawValue, key ?? "", max(0, limit)]
            )
            .map { row in try OldPlace(row: row) }
        }
    }

    /// Returns the place of an object in the store, in whatever state; nil where it has none there.
    package func oldPlace(objectKey: String, store: String) throws(CatalogError) -> OldPlace? {
        try lookUp { db in try db.oldPlace(objectKey: objectKey, store: store) }
    }

    /// Returns the places in the store of all objects that belong to these attachments, or did, in whatever state.
    package func oldPlaces(attachmentIDs ids: [UUID], store: String) async throws(CatalogError) -> [OldPlace] {
        try await read { db in
            try db.rows(
                sql: """
                    SELECT * FROM old_place WHERE store = ? AND attachment_id IN (SELECT value FROM json_each(?))
                    ORDER BY object_key
                    """,
                arguments: [store, try keyList(ids.map(\.text))]
            )
            .map { row in try OldPlace(row: row) }
        }
    }

    /// Notes that somebody asked for objects that wait, so that they are moved first; the first time counts.
    package func touch(objectKeys: [String], at date: Date = Date()) async throws(CatalogError) {
        try await write { db in
            try db.run(
                sql: """
                    UPDATE old_place SET touched_at = ?
                    WHERE state = 'waiting' AND touched_at IS NULL
                        AND object_key IN (SELECT value FROM json_each(?))
                    """,
                arguments: [date.milliseconds, try keyList(objectKeys)]
            )
        }
    }

    /// Returns the keys of objects that somebody asked for and that still wait in the store, the longest-waiting first.
    package func keysAskedFor(store: String, limit: Int) async throws(CatalogError) -> [String] {
        try await read { db in
            try db.texts(
                sql: """
                    SELECT object_key FROM old_place
                    WHERE store = ? AND state = 'waiting' AND touched_at IS NOT NULL
                    ORDER BY touched_at, object_key LIMIT ?
                    """,
                arguments: [store, max(0, limit)]
            )
        }
    }

    /// Returns how many objects there are by store and state.
    ///
    /// It looks at every row: ask seldom.
    package func oldPlaceCounts() async throws(CatalogError) -> [OldPlaceCount] {
        try await read { db in
            try db.rows(
                sql: """
                    SELECT store, state, count(*) AS objects, coalesce(sum(byte_count), 0) AS bytes
                    FROM old_place GROUP BY store, state ORDER BY store, state
                    """
            )
            .map { row in
                OldPlaceCount(
                    store: try row.value("store"),
                    state: try row.choice("state"),
                    objects: try row.value("objects"),
                    bytes: try row.value("bytes")
                )
            }
        }
    }

    /// Returns objects of deleted attachments whose deletion in the store is due, the longest-waiting first.
    ///
    /// With an attachment, only those that were its. None while an inventory of the store is read (`beginInventory`).
    package func doomedPlaces(
        store: String,
        attachmentID: UUID? = nil,
        limit: Int,
        now: Date = Date()
    ) async throws(CatalogError) -> [OldPlace] {
        try await read { db in
            guard try db.inventoryBegan(store: store) == nil else { return [] }
            return
                try db.rows(
                    sql: """
                        SELECT * FROM old_place
                        WHERE store = ? AND state = 'deleted' AND changed_at <= ? \(attachmentID == nil ? "" : "AND attachment_id = ?")
                        ORDER BY changed_at, object_key LIMIT ?
                        """,
                    arguments: [store, now.milliseconds] + (attachmentID.map { [$0.text] } ?? []) + [max(0, limit)]
                )
                .map { row in try OldPlace(row: row) }
        }
    }

    /// Whether nothing that is not deleted has its bytes at the place, so that they may go.
    ///
    /// Two attachments of the old system may be of one file. Nothing new comes to a place of which something is still to be
    /// deleted (`adoptAttachments`), unless that is held back for an inventory, so the answer holds until that is noted as done.
    package func mayDelete(_ place: OldPlace) throws(CatalogError) -> Bool {
        try lookUp { db in
            try !db.exists(
                """
                SELECT 1 FROM old_place
                WHERE store = ? AND location = ? AND state IN ('waiting', 'moved', 'replaced', 'trashed')
                """,
                [place.store, place.location]
            )
        }
    }

    /// Whether an object is served from that place, or will be once its attachment is restored, so that the file there must
    /// stay.
    package func isServed(location: String, store: String) throws(CatalogError) -> Bool {
        try lookUp { db in
            try db.exists(
                "SELECT 1 FROM old_place WHERE store = ? AND location = ? AND state IN ('waiting', 'trashed')",
                [store, location]
            )
        }
    }

    /// Returns how an attachment is held that has, or had, an object at that place; nil where none is.
    ///
    /// What a scanner did not let pass counts before what it is still to look through.
    package func hold(location: String, store: String) throws(CatalogError) -> AttachmentHold? {
        try lookUp { db in
            let holds = try db.texts(
                sql: """
                    SELECT attachment.hold FROM old_place JOIN attachment ON attachment.id = old_place.attachment_id
                    WHERE old_place.store = ? AND old_place.location = ? AND attachment.hold IS NOT NULL
                    ORDER BY attachment.hold LIMIT 1
                    """,
                arguments: [store, location]
            )
            return holds.first.flatMap(AttachmentHold.init(rawValue:))
        }
    }

    /// Returns how the attachment is held; nil where it is not, or is not there.
    package func hold(attachmentID id: UUID) throws(CatalogError) -> AttachmentHold? {
        try lookUp { db in
            let sql = "SELECT hold FROM attachment WHERE id = ? AND hold IS NOT NULL"
            return try db.texts(sql: sql, arguments: [id.text]).first.flatMap(AttachmentHold.init(rawValue:))
        }
    }

    /// Returns how many attachments that came from the store wait for a scan; it looks at every scan that is queued.
    package func waitingScans(store: String) async throws(CatalogError) -> Int64 {
        try await read { db in
            try Int64.fetchOne(
                db,
                sql: """
                    SELECT count(*) FROM job WHERE kind = 'scan' AND EXISTS (
                        SELECT 1 FROM old_place WHERE old_place.attachment_id = job.attachment_id AND store = ?
                    )
                    """,
                arguments: [store]
            ) ?? 0
        }
    }

    /// Puts the deletion of an object in its old place off.
    package func deferOldDeletion(of place: OldPlace, until date: Date) async throws(CatalogError) {
        try await write { db in
            guard try db.oldPlace(objectKey: place.objectKey, store: place.store)?.state == .deleted else { return }
            try db.setState(.deleted, of: place, at: date)
        }
    }

    /// Returns when an object of the attachment was last moved from a store that has URLs of its own; nil where none was.
    ///
    /// With keys, only those of its objects count.
    package func lastMove(attachmentID: UUID, among keys: [String]? = nil) throws(CatalogError) -> Date? {
        try lookUp { db in
            try Int64.fetchOne(
                db,
                sql: """
                    SELECT max(changed_at) FROM old_place
                    WHERE attachment_id = ?1 AND state IN ('moved', 'replaced') AND store NOT LIKE 'directory:%'
                        AND (?2 IS NULL OR object_key IN (SELECT value FROM json_each(?2)))
                    """,
                arguments: [attachmentID.text, try keys.map { keys in try keyList(keys) }]
            )
            .map { Date(timeIntervalSince1970: Double($0) / 1000) }
        }
    }

    /// Notes that nothing is left to be done about a deleted attachment's object in its old place.
    package func finishOldDeletion(of place: OldPlace, at date: Date = Date()) async throws(CatalogError) {
        try await write { db in
            guard try db.oldPlace(objectKey: place.objectKey, store: place.store)?.state == .deleted else { return }
            try db.setState(.gone, of: place, at: date)
        }
    }
}

extension Database {
    /// Has the files of attachments that were deleted for good stay in their old places for as long as the trash would have kept them.
    ///
    /// Who deletes by mistake what is held back cannot restore it, and the file there may be the only copy.
    func deferOldDeletions(ofAttachments ids: [String], terms: DeletionTerms, at date: Date) throws {
        guard terms.keeps, !ids.isEmpty else { return }
        try run(
            sql: """
                UPDATE old_place SET changed_at = ?
                WHERE attachment_id IN (SELECT value FROM json_each(?)) AND state = 'deleted'
                """,
            arguments: [date.addingTimeInterval(terms.retention).milliseconds, try keyList(ids)]
        )
    }
}
