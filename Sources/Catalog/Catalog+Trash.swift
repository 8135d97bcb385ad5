package import Foundation
import GRDB

extension Catalog {
    /// Deletes the attachment on the terms, and writes the log; nil where there was none.
    ///
    /// One transaction, by which it is decided, its jobs are over and, where it can be restored, its objects are still referred to. One that
    /// is held back is never kept: nobody has seen it, and it may be what nobody should. Only what a migration was to bring stays in its old
    /// place for as long, see `deferOldDeletions`.
    package func discardAttachment(
        id: UUID,
        activity: Activity,
        terms: DeletionTerms
    ) async throws(CatalogError) -> DeletionOutcome? {
        let webhooks = webhooks
        return try await write(changing: .attachment(id)) { db -> DeletionOutcome? in
            guard let row = try db.row(sql: "SELECT * FROM attachment WHERE id = ?", arguments: [id.text]) else {
                return nil
            }
            let attachment = try Attachment(db, row: row)
            guard terms.keeps, attachment.hold == nil else {
                let deleted = try db.deleteAttachment(attachment, activity: activity, telling: webhooks)
                try db.deferOldDeletions(ofAttachments: [id.text], terms: terms, at: activity.occurredAt)
                return .deleted(deleted)
            }
            try db.recordEvent(.deleted, of: attachment, at: activity.occurredAt, for: webhooks)
            try db.noteCancelledJobs(ofAttachments: [id.text], because: .trashed, at: activity.occurredAt)
            let trashed = try db.moveToTrash(row, terms: terms, at: activity.occurredAt)
            if trashed.isRevoking { try db.hastenPurges(attachmentIDs: [id.text], at: activity.occurredAt) }
            try activity.insert(db)
            return .trashed(trashed)
        }
    }

    /// Returns a deleted attachment that can be restored; nil where there is none.
    package func trashed(id: UUID) throws(CatalogError) -> TrashedAttachment? {
        try lookUp { db in try db.trashed(id: id) }
    }

    /// Returns a page of what can be restored, the latest deletion first: what comes after the place, or the first.
    package func trash(
        _ filter: TrashFilter = TrashFilter(),
        after position: TrashPosition? = nil,
        limit: Int
    ) async throws(CatalogError) -> [TrashedAttachment] {
        var conditions = ["true"]
        var arguments: StatementArguments = []
        if let id = filter.conversationID {
            conditions.append("conversation_id = ?")
            arguments += [id.text]
        }
        if let id = filter.messageID {
            conditions.append("message_id = ?")
            arguments += [id.text]
        }
        if let userID = filter.deletedBy {
            conditions.append("deleted_by = ?")
            arguments += [userID]
        }
        if let position {
            conditions.append("(deleted_at, id) < (?, ?)")
            arguments += [position.deletedAt, position.id.text]
        }
        arguments += [max(0, limit)]
        let (condition, values) = (conditions.joined(separator: " AND "), arguments)
        return try await read { db in
            try db.rows(
                sql: "SELECT * FROM trash WHERE \(condition) ORDER BY deleted_at DESC, id DESC LIMIT ?",
                arguments: values
            )
            .map { row in try TrashedAttachment(row: row) }
        }
    }

    /// Returns how many files are in the trash, and the bytes of their originals.
    package func trashUsage(of owner: UsageOwner = .everyone) async throws(CatalogError) -> StoredAmount {
        let (condition, arguments): (String, StatementArguments) =
            switch owner {
            case .everyone: ("true", [])
            case .user(let id): ("uploaded_by = ?", [id])
            case .conversation(let id): ("conversation_id = ?", [id.text])
            }
        return try await read { db in
            let row = try db.row(
                sql: "SELECT count(*) AS files, coalesce(sum(file_size), 0) AS bytes FROM trash WHERE \(condition)",
                arguments: arguments
            )
            return try row.map { StoredAmount(files: try $0.value("files"), bytes: try $0.value("bytes")) }
                ?? StoredAmount()
        }
    }

    /// Has a deleted attachment back as it was: same id, same objects, and the work that was still to be done.
    ///
    /// Throws `quotaExceeded` where it does not fit into a quota any more.
    package func restoreAttachment(
        id: UUID,
        activity: Activity,
        quotas: StorageQuotas = StorageQuotas()
    ) async throws(CatalogError) -> RestoreOutcome {
        let webhooks = webhooks
        return try await write(changing: .attachment(id)) { db in
            guard let trashed = try db.trashed(id: id), let record = try db.trashRecord(id: id) else {
                return .notTrashed
            }
            let attachment = record.attachment
            let isThere = try db.exists(
                "SELECT 1 FROM message WHERE id = ? AND conversation_id = ?",
                [attachment.messageID.text, trashed.conversationID.text]
            )
            guard isThere else { return .messageGone }
            try db.holdQuotas(quotas, for: attachment)
            try attachment.insert(db)
            try db.run(
                sql: """
                    UPDATE old_place SET state = 'waiting', changed_at = ?
                    WHERE attachment_id = ? AND state = 'trashed'
                    """,
                arguments: [activity.occurredAt.milliseconds, id.text]
            )
            // After the row is in: an attachment that is neither here nor there dooms what is in old places.
            try db.run(sql: "DELETE FROM trash WHERE id = ?", arguments: [id.text])
            try db.resume(record, isRevoking: trashed.isRevoking, at: activity.occurredAt)
            try activity.insert(db)
            guard let restored = try Attachment.fetch(db, id: id) else {
                throw CatalogError(code: .other, message: "the restored attachment is not there")
            }
            try db.recordEvent(.restored, of: restored, at: activity.occurredAt, for: webhooks)
            return .restored(restored)
        }
    }

    /// Purges what is in the trash for longer than it was to be kept, at most `limit` attachments, and returns how many.
    ///
    /// One transaction: the rows go, the deletion of their objects is queued in full lots, and each is written to the log.
    package func purgeTrash(limit: Int, now: Date = Date()) async throws(CatalogError) -> Int {
        try await write(changing: .nothing) { db in
            let ids = try db.texts(
                sql: "SELECT id FROM trash WHERE purge_after <= ? ORDER BY purge_after, id LIMIT ?",
                arguments: [now.milliseconds, max(0, limit)]
            )
            _ = try db.purgeTrash(ids: ids, by: nil, because: .retentionOver, at: now)
            return ids.count
        }
    }

    /// Purges one attachment of the trash now, and returns the queued deletion of its objects; nil where it is not there.
    ///
    /// `userID` is who wanted it.
    package func purgeTrashed(id: UUID, by userID: String, at date: Date = Date()) async throws(CatalogError) -> Job? {
        try await write(changing: .nothing) { db in
            guard try db.exists("SELECT 1 FROM trash WHERE id = ?", [id.text]) else { return nil }
            return try db.purgeTrash(ids: [id.text], by: userID, because: .deleted, at: date)
        }
    }
}

extension Database {
    /// Moves the attachments that meet the condition into the trash, but for those that are held back; some at a time, since
    /// a conversation may have very many.
    func trashAttachments(
        where condition: String,
        _ arguments: StatementArguments,
        terms: DeletionTerms,
        at date: Date
    ) throws {
        var revoking: [String] = []
        while true {
            let found = try rows(
                sql: "SELECT * FROM attachment WHERE \(condition) AND hold IS NULL LIMIT 256",
                arguments: arguments
            )
            guard !found.isEmpty else { break }
            let ids: [String] = try found.map { row in try row.value("id") }
            try noteCancelledJobs(ofAttachments: ids, because: .trashed, at: date)
            let trashed = try found.map { row in try moveToTrash(row, terms: terms, at: date) }
            revoking += zip(ids, trashed).filter(\.1.isRevoking).map(\.0)
        }
        try hastenPurges(attachmentIDs: revoking, at: date)
    }

    /// Moves the attachment of a row of the table into the trash.
    ///
    /// Its jobs go with the row: that they end has to be noted before.
    fileprivate func moveToTrash(_ row: Row, terms: DeletionTerms, at date: Date) throws -> TrashedAttachment {
        let attachment = try Attachment(self, row: row)
        let id = attachment.id.text
        let jobs = try rows(
            sql: "SELECT kind, name, \(Job.restingStage) AS stage FROM job WHERE attachment_id = ? ORDER BY id",
            arguments: [id]
        )
        .map { row in
            TrashRecord.Work(kind: try row.choice("kind"), name: try row.value("name"), stage: try row.value("stage"))
        }
        let isRevoking = terms.revokesURLs || jobs.contains { $0.kind == .revoke }
        let conversationID: UUID = try row.value("conversation_id")
        let record = TrashRecord(attachment, jobs: jobs.filter { $0.kind != .revoke })
        let trashed = TrashedAttachment(
            attachment: record.attachment,
            conversationID: conversationID,
            deletedBy: terms.userID,
            deletedAt: date,
            purgeAfter: date.addingTimeInterval(terms.retention),
            isRevoking: isRevoking
        )
        try insertRow(
            into: "trash",
            [
                "id": id.databaseValue,
                "conversation_id": conversationID.text.databaseValue,
                "message_id": attachment.messageID.text.databaseValue,
                "uploaded_by": attachment.uploadedBy.databaseValue,
                "file_size": attachment.fileSize.databaseValue,
                "deleted_by": terms.userID.databaseValue,
                "deleted_at": date.milliseconds.databaseValue,
                "purge_after": trashed.purgeAfter.milliseconds.databaseValue,
                "is_revoking": isRevoking.databaseValue,
                "record": try record.text.databaseValue,
            ]
        )
        try run(
            sql: "INSERT INTO trash_object (object_key, attachment_id) SELECT value, ? FROM json_each(?)",
            arguments: [id, try keyList(attachment.objectKeys)]
        )
        try run(
            sql: """
                UPDATE old_place SET state = 'trashed', touched_at = NULL, changed_at = ?
                WHERE attachment_id = ? AND state = 'waiting'
                """,
            arguments: [date.milliseconds, id]
        )
        try deleteRenditions(attachmentID: attachment.id)
        try run(sql: "DELETE FROM attachment WHERE id = ?", arguments: [id])
        return trashed
    }

    fileprivate func trashed(id: UUID) throws -> TrashedAttachment? {
        try row(sql: "SELECT * FROM trash WHERE id = ?", arguments: [id.text])
            .map { row in try TrashedAttachment(row: row) }
    }

    func trashRecord(id: UUID) throws -> TrashRecord? {
        try texts(sql: "SELECT record FROM trash WHERE id = ?", arguments: [id.text]).first
            .map { text in try TrashRecord(text: text) }
    }

    /// Queues what was still to be done about an attachment when it was deleted.
    fileprivate func resume(_ record: TrashRecord, isRevoking: Bool, at date: Date) throws {
        let id = record.attachment.id
        for work in record.jobs {
            // What is held is not kept in the trash: a scan is of a file that a migration brought there.
            let priority: Job.Priority = work.kind == .import || work.kind == .scan ? .low : .ordinary
            _ = try enqueue(
                work.kind,
                attachmentID: id,
                name: work.name,
                at: date,
                priority: priority,
                stage: work.stage
            )
        }
        let isHeld = record.attachment.hold != nil
        if record.attachment.status == .processing, !isHeld, !record.jobs.contains(where: \.kind.isMediaWork) {
            _ = try enqueue(.process, attachmentID: id, at: date)
        }
        if isRevoking { _ = try enqueue(.revoke, attachmentID: id, at: date) }
    }

    /// Takes the rows out, logs it, and queues the deletion of their objects, in the turns of those who deleted them; returns the last of
    /// the jobs.
    func purgeTrash(ids: [String], by userID: String?, because cause: PurgeCause, at date: Date) throws -> Job? {
        guard !ids.isEmpty else { return nil }
        let list = try keyList(ids)
        let objects = try rows(
            sql: """
                SELECT object_key, coalesce(?, deleted_by, uploaded_by) AS taker
                FROM trash_object JOIN trash ON trash.id = attachment_id
                WHERE attachment_id IN (SELECT value FROM json_each(?))
                ORDER BY attachment_id, object_key
                """,
            arguments: [userID, list]
        )
        var keys: [String: [String]] = [:]
        for row in objects { keys[try row.value("taker"), default: []].append(try row.value("object_key")) }
        try run(
            sql: """
                INSERT INTO activity (user_id, action, description, attachment_id, occurred_at, cause)
                SELECT coalesce(?, deleted_by, uploaded_by), 'file_purged',
                    'Purged ' || (record ->> '$.attachment.fileName'), id, ?, ?
                FROM trash WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id
                """,
            arguments: [userID, date.milliseconds, cause.rawValue, list]
        )
        try run(sql: "DELETE FROM trash WHERE id IN (SELECT value FROM json_each(?))", arguments: [list])
        try hastenPurges(attachmentIDs: ids, at: date)
        for taker in keys.keys.sorted() { try enqueueDeletion(of: keys[taker, default: []], userID: taker, at: date) }
        return keys.isEmpty ? nil : try job(id: lastInsertedRowID)
    }
}

extension TrashedAttachment {
    init(row: Row) throws {
        let text: String = try row.value("record")
        self.init(
            attachment: try TrashRecord(text: text).attachment,
            conversationID: try row.value("conversation_id"),
            deletedBy: try row.value("deleted_by"),
            deletedAt: try row.date("deleted_at"),
            purgeAfter: try row.date("purge_after"),
            isRevoking: try row.value("is_revoking")
        )
    }
}
