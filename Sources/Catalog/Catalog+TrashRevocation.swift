package import Foundation
import GRDB

// The URLs of deleted attachments that can be restored: they end when the objects move to other keys.
extension Catalog {
    /// Returns deleted attachments whose URLs are still to be ended, at most `limit`, the longest due first; those of which an
    /// object is still in an old place, and cannot be moved, are left out.
    package func trashToRevoke(limit: Int, now: Date = Date()) async throws(CatalogError) -> [TrashedAttachment] {
        try await read { db in
            try db.rows(
                sql: """
                    SELECT * FROM trash WHERE is_revoking = 1 AND revoke_after <= ? AND NOT EXISTS (
                        SELECT 1 FROM old_place WHERE attachment_id = trash.id AND state = 'trashed'
                    )
                    ORDER BY revoke_after, id LIMIT ?
                    """,
                arguments: [now.milliseconds, max(0, limit)]
            )
            .map { row in try TrashedAttachment(row: row) }
        }
    }

    /// Puts the end of a deleted attachment's URLs off after a failure, for a time that doubles with each, up to five minutes, so
    /// that others have their turn.
    ///
    /// One that is not in the trash any more, or whose URLs have been ended, stays as it is.
    package func postponeTrashRevocation(id: UUID, at date: Date = Date()) async throws(CatalogError) {
        try await write(changing: .nothing) { db in
            try db.run(
                sql: """
                    UPDATE trash SET
                        revoke_after = ? + 1000 * min(300, 1 << min(revoke_delays, 16)),
                        revoke_delays = revoke_delays + 1
                    WHERE id = ? AND is_revoking = 1
                    """,
                arguments: [date.milliseconds, id.text]
            )
        }
    }

    /// Puts copies in the place of a deleted attachment's objects, if those are still the ones that were copied, and queues
    /// the deletion of the ones of before; answers whether it did.
    ///
    /// One transaction, with the copies' intents. Where the attachment is not in the trash any more, or its objects are
    /// others, the deletion of the copies is queued. `copies` leads from each key to that of its copy.
    ///
    /// Throws `missingIntent` when an intent is not this process's any more: the copy may be gone, and the object of before
    /// must not go. Then nothing changes.
    package func finishTrashRevocation(
        of attachment: Attachment,
        copies: [String: String],
        at date: Date = Date()
    ) async throws(CatalogError) -> Bool {
        let token = runnerToken
        return try await write(changing: .nothing) { db in
            let copyKeys = copies.values.sorted()
            let covered = try db.takeOutIntents(objectKeys: copyKeys, owner: token)
            guard var record = try db.trashRecord(id: attachment.id),
                record.attachment.objectKeys == attachment.objectKeys
            else {
                try db.enqueueDeletion(of: covered, at: date)
                try db.enqueueDeletion(ofLost: copyKeys.filter { !covered.contains($0) }, at: date)
                return false
            }
            try db.requireIntents(covered, for: copyKeys)
            try db.replacePlaces(attachmentID: attachment.id, objectKeys: Array(copies.keys), at: date)
            record.attachment.replaceKeys(copies)
            try db.run(
                sql: """
                    UPDATE trash SET record = ?, is_revoking = 0, revoke_after = 0, revoke_delays = 0 WHERE id = ?
                    """,
                arguments: [try record.text, attachment.id.text]
            )
            for (old, new) in copies {
                try db.run(sql: "UPDATE trash_object SET object_key = ? WHERE object_key = ?", arguments: [new, old])
            }
            try db.hastenPurges(attachmentIDs: [attachment.id.text], at: date)
            try db.enqueueDeletion(of: copies.keys.sorted(), at: date)
            return true
        }
    }
}

extension Database {
    /// Has the URLs of the deleted attachments that meet the condition end; what was put off is due at once.
    func revokeTrash(where condition: String, _ arguments: StatementArguments) throws {
        try run(sql: "UPDATE trash SET is_revoking = 1, revoke_after = 0 WHERE \(condition)", arguments: arguments)
    }
}

extension Database {
    /// Has an object of a deleted attachment that arrived be in the storage, should that be restored.
    ///
    /// Where a scan has passed other bytes than have arrived, it is restored held, and with its scan.
    ///
    /// Throws `digestMismatch` as for any other.
    func settleTrash(
        _ arrived: ArrivedObject,
        _ place: OldPlace,
        needsMediaWork: (Attachment) -> Bool,
        at date: Date
    ) throws {
        guard let id = place.attachmentID, var record = try trashRecord(id: id) else {
            throw CatalogError(code: .notFound, message: "the deleted attachment is not there")
        }
        try record.attachment.settle(arrived)
        try setState(.moved, of: place, at: date)
        try run(
            sql: "UPDATE old_place SET byte_count = ? WHERE object_key = ? AND store = ?",
            arguments: [arrived.byteCount, arrived.objectKey, arrived.store]
        )
        let isLast = try !exists(
            "SELECT 1 FROM old_place WHERE attachment_id = ? AND state = 'trashed'",
            [id.text]
        )
        if record.attachment.hold == .scan {
            if !record.jobs.contains(where: { $0.kind == .scan }) {
                record.jobs.append(TrashRecord.Work(kind: .scan, name: ""))
            }
        } else if isLast, needsMediaWork(record.attachment), !record.jobs.contains(where: \.kind.isMediaWork) {
            record.jobs.append(TrashRecord.Work(kind: .import, name: ""))
        }
        try run(
            sql: "UPDATE trash SET record = ?, file_size = ? WHERE id = ?",
            arguments: [try record.text, record.attachment.fileSize, id.text]
        )
    }
}

extension Attachment {
    /// Brings digest and size to those of the bytes that arrived.
    fileprivate mutating func settle(_ arrived: ArrivedObject) throws {
        guard objectKey == arrived.objectKey else {
            for index in renditions.indices where renditions[index].objectKey == arrived.objectKey {
                renditions[index].byteCount = arrived.byteCount > 0 ? arrived.byteCount : nil
            }
            return
        }
        let isOther = storedSHA256 != nil && storedSHA256 != arrived.sha256
        // One alone is that of a scan which read the file in its old place.
        guard !isOther || sha256 == nil else {
            throw CatalogError(
                code: .digestMismatch,
                message: "the bytes are not those that the attachment's digest is of"
            )
        }
        if isOther {
            hold = .scan
            if status != .failed { (status, failureReason) = (.processing, nil) }
        }
        fileSize = arrived.byteCount
        storedSHA256 = arrived.sha256
        sha256 = sha256 ?? arrived.sha256
    }

    fileprivate mutating func replaceKeys(_ copies: [String: String]) {
        objectKey = copies[objectKey] ?? objectKey
        for index in renditions.indices {
            renditions[index].objectKey = copies[renditions[index].objectKey] ?? renditions[index].objectKey
        }
    }
}
