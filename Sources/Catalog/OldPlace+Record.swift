import Foundation
import GRDB

extension OldPlace {
    init(row: Row) throws {
        let touched: Int64? = try row.value("touched_at")
        self.init(
            objectKey: try row.value("object_key"),
            attachmentID: try row.value("attachment_id"),
            store: try row.value("store"),
            location: try row.value("location"),
            state: try row.choice("state"),
            byteCount: try row.value("byte_count"),
            touchedAt: touched.map { Date(timeIntervalSince1970: Double($0) / 1000) },
            changedAt: try row.date("changed_at")
        )
    }

    func insert(_ db: Database) throws {
        try db.insertRow(
            into: "old_place",
            [
                "object_key": objectKey.databaseValue,
                "attachment_id": (attachmentID?.text).databaseValue,
                "store": store.databaseValue,
                "location": location.databaseValue,
                "state": state.rawValue.databaseValue,
                "byte_count": byteCount.databaseValue,
                "touched_at": (touchedAt?.milliseconds).databaseValue,
                "changed_at": changedAt.milliseconds.databaseValue,
            ]
        )
    }
}

extension Database {
    /// The places of the attachment's objects that are not in the storage yet.
    func waitingPlaces(attachmentID: UUID) throws -> [OldPlace] {
        try rows(
            sql: "SELECT * FROM old_place WHERE attachment_id = ? AND state = 'waiting' ORDER BY object_key",
            arguments: [attachmentID.text]
        )
        .map { row in try OldPlace(row: row) }
    }

    func oldPlace(objectKey: String, store: String) throws -> OldPlace? {
        try row(
            sql: "SELECT * FROM old_place WHERE object_key = ? AND store = ?",
            arguments: [objectKey, store]
        )
        .map { row in try OldPlace(row: row) }
    }

    /// Notes that other objects have the part of these now: what is in the old place is not moved, or not moved back, again.
    ///
    /// Of what was moved before, the time stays that of the move: since then no URL of the old place is handed out.
    func replacePlaces(attachmentID: UUID, objectKeys keys: [String], at date: Date) throws {
        try run(
            sql: """
                UPDATE old_place
                SET state = 'replaced', touched_at = NULL, changed_at = iif(state = 'waiting', ?, changed_at)
                WHERE attachment_id = ? AND state IN ('waiting', 'moved')
                    AND object_key IN (SELECT value FROM json_each(?))
                """,
            arguments: [date.milliseconds, attachmentID.text, try keyList(keys)]
        )
    }

    func setState(_ state: OldPlace.State, of place: OldPlace, at date: Date) throws {
        try run(
            sql: """
                UPDATE old_place SET state = ?, touched_at = NULL, changed_at = ? WHERE object_key = ? AND store = ?
                """,
            arguments: [state.rawValue, date.milliseconds, place.objectKey, place.store]
        )
    }
}
