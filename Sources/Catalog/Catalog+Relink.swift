package import Foundation
import GRDB

/// An object that a row says is in the storage.
package struct RowObject: Sendable, Equatable {
    /// The attachment whose object it is.
    package let attachmentID: UUID
    /// The key that the row names.
    package let objectKey: String
    /// Whether it is of the original; else it is of a rendition.
    package let isOriginal: Bool
    /// Whether the attachment was deleted and can be restored.
    package let isTrashed: Bool
    /// Its length in bytes; nil where the catalog does not know.
    package let byteCount: Int64?
    /// Its SHA-256 as 64 lower-case hex digits; nil where the catalog does not know.
    package let sha256: String?
}

// Objects that lie under another key than their row names: a database of before a revocation names the keys of then.
extension Catalog {
    /// Returns what the rows of the attachments with these ids refer to, deleted ones that can be restored among them; of an
    /// id without a row there is nothing, and of an infected file as well, whose objects are to be gone.
    package func rowObjects(ofAttachments ids: Set<UUID>) async throws(CatalogError) -> [UUID: [RowObject]] {
        try await read { db in
            var found: [UUID: [RowObject]] = [:]
            for id in ids {
                let objects = try db.rowObjects(ofAttachment: id)
                if !objects.isEmpty { found[id] = objects }
            }
            return found
        }
    }

    /// Has a row refer to another object, which holds the same bytes; answers whether it does.
    ///
    /// One transaction. Nothing changes where the row is not as given any more, its object is still in an old place, or
    /// something refers to the other key, uploads to it or deletes it. An attachment that was failed because the object was missing is ready
    /// again, and the work on it that ended for that is queued anew, as far as the history still has it; so is media work that is queued.
    package func relink(
        _ object: RowObject,
        to key: String,
        at date: Date = Date()
    ) async throws(CatalogError) -> Bool {
        let (id, webhooks) = (object.attachmentID, webhooks)
        return try await write(changing: .attachment(id)) { db in
            guard try db.rowObjects(ofAttachment: id).contains(object), try db.heldKeys(among: [key]).isEmpty,
                try db.keysInOldPlaces(among: [object.objectKey]).isEmpty
            else { return false }
            try db.replacePlaces(attachmentID: id, objectKeys: [object.objectKey], at: date)
            if object.isTrashed {
                try db.relinkTrash(object, to: key)
                return true
            }
            let table = object.isOriginal ? "attachment" : "rendition"
            try db.run(
                sql: "UPDATE \(table) SET object_key = ? WHERE object_key = ?",
                arguments: [key, object.objectKey]
            )
            try db.requeueMediaWork(
                ofAttachment: id,
                because: "An object was found under another key: the work is queued anew.",
                at: date
            )
            guard object.isOriginal else { return true }
            try db.resumeFound(id, at: date, telling: webhooks)
            return true
        }
    }
}

extension Database {
    /// Ends that an attachment is failed for its object: it is ready, or to be processed where that work ended for it.
    fileprivate func resumeFound(_ id: UUID, at date: Date, telling webhooks: WebhookTargets) throws {
        // What has facts or pictures was ready before that work was asked for, and stays so whatever comes of it.
        let known = try Attachment.fetch(self, id: id)
        let wasReady = known.map { $0.width != nil || $0.durationMilliseconds != nil || !$0.renditions.isEmpty } == true
        let isUnknown =
            try !wasReady && cancelledJobs(ofAttachment: id, because: .missing).contains { $0.kind == .process }
        // Nobody has looked it through yet.
        let isHeld = known?.hold == .scan
        let status: AttachmentStatus = isUnknown || isHeld ? .processing : .ready
        try run(
            sql: """
                UPDATE attachment SET status = ?, failure_reason = NULL
                WHERE id = ? AND status = 'failed' AND failure_reason = 'object_missing' AND hold IS NOT 'infected'
                """,
            arguments: [status.rawValue, id.text]
        )
        guard changesCount > 0 else { return }
        try resumeJobs(ofAttachment: id, cancelledBecause: .missing, at: date)
        if isHeld, try !exists("SELECT 1 FROM job WHERE attachment_id = ? AND kind = 'scan'", [id.text]) {
            try enqueueScan(ofFound: id, at: date)
        }
        guard status == .ready, let ready = try Attachment.fetch(self, id: id) else { return }
        try recordEvent(.ready, of: ready, at: date, for: webhooks)
    }

    fileprivate func rowObjects(ofAttachment id: UUID) throws -> [RowObject] {
        if let attachment = try Attachment.fetch(self, id: id) {
            return attachment.hold == .infected ? [] : attachment.rowObjects(isTrashed: false)
        }
        return try trashRecord(id: id)?.attachment.rowObjects(isTrashed: true) ?? []
    }

    fileprivate func relinkTrash(_ object: RowObject, to key: String) throws {
        guard var record = try trashRecord(id: object.attachmentID) else { return }
        if record.attachment.objectKey == object.objectKey { record.attachment.objectKey = key }
        for index in record.attachment.renditions.indices
        where record.attachment.renditions[index].objectKey == object.objectKey {
            record.attachment.renditions[index].objectKey = key
        }
        try run(
            sql: "UPDATE trash SET record = ? WHERE id = ?",
            arguments: [try record.text, object.attachmentID.text]
        )
        try run(
            sql: "UPDATE trash_object SET object_key = ? WHERE object_key = ?",
            arguments: [key, object.objectKey]
        )
    }
}

extension Attachment {
    fileprivate func rowObjects(isTrashed: Bool) -> [RowObject] {
        let original = RowObject(
            attachmentID: id,
            objectKey: objectKey,
            isOriginal: true,
            isTrashed: isTrashed,
            byteCount: fileSize,
            sha256: storedSHA256
        )
        return [original]
            + renditions.map { rendition in
                RowObject(
                    attachmentID: id,
                    objectKey: rendition.objectKey,
                    isOriginal: false,
                    isTrashed: isTrashed,
                    byteCount: rendition.byteCount,
                    sha256: rendition.sha256
                )
            }
    }
}
