package import Foundation
import GRDB

extension Catalog {
    /// Has an object that arrived in the storage served from there.
    ///
    /// Doing it twice does no harm. One transaction: the place is marked as moved, the digest and the size become those of
    /// the bytes, and when the last object of the attachment has arrived, and `needsMediaWork` says so of the attachment as it
    /// is then, media work is queued at low priority.
    ///
    /// Where a scan has passed other bytes than have arrived, the attachment is held again, and its scan queued. One that was put off
    /// is due at once when the original has arrived: the scanner may have waited for it.
    ///
    /// Of a deleted attachment that can be restored, the same is written down for then. Where the object is not wanted any more, the deletion of what arrived is queued, unless something else has its key.
    ///
    /// Throws `notFound` where the object was never known to be in that store, `digestMismatch` where the attachment's digest
    /// is known and another.
    package func finishMove(
        _ arrived: ArrivedObject,
        at date: Date = Date(),
        needsMediaWork: @escaping @Sendable (Attachment) -> Bool = { _ in false }
    ) async throws(CatalogError) -> MoveOutcome {
        try await write { db in
            guard let place = try db.oldPlace(objectKey: arrived.objectKey, store: arrived.store) else {
                throw CatalogError(code: .notFound, message: "the object was not known to be in the old place")
            }
            switch place.state {
            case .moved:
                return .moved
            case .trashed:
                try db.settleTrash(arrived, place, needsMediaWork: needsMediaWork, at: date)
                return .moved
            case .replaced, .deleted, .gone:
                let isReferenced = try !db.referencedObjectKeys(among: [arrived.objectKey]).isEmpty
                if !isReferenced { try db.enqueueDeletion(of: [arrived.objectKey], at: date) }
                return .unwanted
            case .waiting:
                try db.settle(arrived, at: date)
                try db.setState(.moved, of: place, at: date)
                try db.run(
                    sql: "UPDATE old_place SET byte_count = ? WHERE object_key = ? AND store = ?",
                    arguments: [arrived.byteCount, arrived.objectKey, arrived.store]
                )
                try db.hastenScan(ofOriginal: arrived.objectKey, at: date)
                if let id = place.attachmentID {
                    try db.queueMediaWork(ofMigrated: id, at: date, where: needsMediaWork)
                }
                return .moved
            }
        }
    }

    /// Has moved objects served from their old place again; answers how many.
    ///
    /// Only those that are moved and that an attachment still refers to by this key, and none that waits in another store: an object
    /// waits in one place. The caller has seen that the old store
    /// has each of them with its bytes. The copies in the storage stay.
    package func returnToOldPlace(
        objectKeys: [String],
        store: String,
        at date: Date = Date()
    ) async throws(CatalogError) -> Int {
        try await write { db in
            let referenced = try db.referencedObjectKeys(among: objectKeys)
            try db.run(
                sql: """
                    UPDATE old_place SET changed_at = ?, state = iif(
                        EXISTS (SELECT 1 FROM trash_object WHERE trash_object.object_key = old_place.object_key),
                        'trashed', 'waiting'
                    )
                    WHERE store = ? AND state = 'moved' AND object_key IN (SELECT value FROM json_each(?))
                        AND NOT EXISTS (
                            SELECT 1 FROM old_place AS other
                            WHERE other.object_key = old_place.object_key AND other.state IN ('waiting', 'trashed')
                        )
                    """,
                arguments: [date.milliseconds, store, try keyList(Array(referenced))]
            )
            let count = db.changesCount
            if count > 0 { try db.setMeta(.cutOver(store: store), to: nil) }
            return count
        }
    }

    /// Counts what is left in the store and, where nothing waits, notes that it is done with; the first time counts.
    ///
    /// What an inventory did not come to is left behind then, and holds no deletion back any more.
    package func cutOver(store: String, at date: Date = Date()) async throws(CatalogError) -> CutOver {
        try await write { db in
            var state = try db.cutOver(store: store)
            if state.waiting == 0 { try db.setMeta(.inventoryBegan(store: store), to: nil) }
            if state.waiting == 0, state.at == nil {
                try db.setMeta(.cutOver(store: store), to: String(date.milliseconds))
                state.at = Date(timeIntervalSince1970: Double(date.milliseconds) / 1000)
            }
            return state
        }
    }

    /// Returns how the store stands, and notes nothing.
    package func cutOverState(store: String) async throws(CatalogError) -> CutOver {
        try await read { db in try db.cutOver(store: store) }
    }
}

extension Database {
    /// Brings digest and size of the row to those of the bytes.
    fileprivate func settle(_ arrived: ArrivedObject, at date: Date) throws {
        let known = try row(
            sql: "SELECT id, sha256, stored_sha256 FROM attachment WHERE object_key = ?",
            arguments: [arrived.objectKey]
        )
        guard let known else {
            return try run(
                sql: "UPDATE rendition SET byte_count = ? WHERE object_key = ?",
                arguments: [arrived.byteCount > 0 ? arrived.byteCount : nil, arrived.objectKey]
            )
        }
        let digest: String? = try known.value("stored_sha256")
        let received: String? = try known.value("sha256")
        // One alone is that of a scan which read the file in its old place; the other comes with the bytes.
        let isOfScan = received == nil
        let isOther = digest != nil && digest != arrived.sha256
        guard !isOther || isOfScan else {
            throw CatalogError(
                code: .digestMismatch,
                message: "the bytes are not those that the attachment's digest is of"
            )
        }
        let id: String = try known.value("id")
        if isOther { try holdAgain(id, at: date) }
        try run(
            sql: """
                UPDATE attachment SET file_size = ?, stored_sha256 = ?, sha256 = coalesce(sha256, ?) WHERE id = ?
                """,
            arguments: [arrived.byteCount, arrived.sha256, arrived.sha256, id]
        )
    }

    /// Has a file that changed after its scan scanned anew: nobody has looked these bytes through.
    private func holdAgain(_ id: String, at date: Date) throws {
        try run(
            sql: """
                UPDATE attachment SET
                    hold = 'scan', failure_reason = iif(status = 'failed', failure_reason, NULL),
                    status = iif(status = 'failed', 'failed', 'processing')
                WHERE id = ? AND hold IS NULL
                """,
            arguments: [id]
        )
        guard changesCount == 1, let id = UUID(uuidString: id) else { return }
        try enqueueScan(ofMigrated: id, at: date)
    }

    /// Work before the last object has arrived would make pictures in the place of such as are still on their way.
    func queueMediaWork(
        ofMigrated id: UUID,
        at date: Date,
        where needsMediaWork: (Attachment) -> Bool
    ) throws {
        guard let attachment = try Attachment.fetch(self, id: id),
            attachment.waitingPlaces.isEmpty, attachment.hold == nil, needsMediaWork(attachment),
            try !exists("SELECT 1 FROM job WHERE attachment_id = ? AND kind IN ('process', 'import')", [id.text])
        else { return }
        _ = try enqueue(.import, attachmentID: id, at: date, priority: .low)
    }

    fileprivate func cutOver(store: String) throws -> CutOver {
        var state = CutOver()
        for row in try rows(
            sql: "SELECT state, count(*) AS objects FROM old_place WHERE store = ? GROUP BY state",
            arguments: [store]
        ) {
            let count: Int = try row.value("objects")
            let kind: OldPlace.State = try row.choice("state")
            switch kind {
            case .waiting, .trashed: state.waiting += count
            case .moved: state.moved = count
            case .replaced: state.replaced = count
            case .deleted: state.toDelete = count
            case .gone: break
            }
        }
        state.at = try meta(.cutOver(store: store)).flatMap(Int64.init)
            .map { Date(timeIntervalSince1970: Double($0) / 1000) }
        return state
    }
}
