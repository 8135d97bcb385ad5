package import Foundation
import GRDB

extension Catalog {
    /// Stores an intent; to be called before the first call to the storage.
    package func insertIntent(_ intent: UploadIntent) async throws(CatalogError) {
        try await insertIntents([intent])
    }

    /// Stores intents, all or none; to be called before the first call to the storage.
    ///
    /// Throws `constraint` where a key is taken by another intent or, with `refusingKeysInDeletion`, where the deletion of
    /// an object of that key is queued: it could come after the object that is to be put. So could an object that is on its way
    /// from an old place, hence `constraint`, too, where a rendition of `renditionsOf` waits in one.
    package func insertIntents(
        _ intents: [UploadIntent],
        refusingKeysInDeletion: Bool = false,
        renditionsOf attachmentID: UUID? = nil
    ) async throws(CatalogError) {
        let token = runnerToken
        try await write(changing: .nothing) { db in
            if let attachmentID { try db.refuseWaitingRenditions(of: attachmentID) }
            if refusingKeysInDeletion { try db.refuseKeysInDeletion(intents.map(\.objectKey)) }
            for intent in intents { try db.insertIntent(intent, owner: token) }
        }
    }

    /// Notes the multipart upload that the intent led to.
    ///
    /// Throws `missingIntent` when the intent is gone, or another process's.
    package func setIntentUploadID(id: UUID, uploadID: String) async throws(CatalogError) {
        let token = runnerToken
        try await write(changing: .nothing) { db in
            try db.run(
                sql: "UPDATE upload_intent SET upload_id = ? WHERE id = ? AND owner = ?",
                arguments: [uploadID, id.text, token]
            )
            guard db.changesCount == 1 else { throw CatalogError.missingIntent }
        }
    }

    /// Removes an intent of this process whose objects are gone.
    ///
    /// Returns false when there was none.
    @discardableResult
    package func removeIntent(id: UUID) async throws(CatalogError) -> Bool {
        let token = runnerToken
        return try await write(changing: .nothing) { db in
            try db.run(sql: "DELETE FROM upload_intent WHERE id = ? AND owner = ?", arguments: [id.text, token])
            return db.changesCount > 0
        }
    }

    /// Removes intents of this process under which nothing was stored; those that are gone, or another's by now, are passed over.
    package func removeIntents(ids: [UUID]) async throws(CatalogError) {
        let token = runnerToken
        try await write(changing: .nothing) { db in try db.removeIntents(ids, owner: token) }
    }

    /// Returns the intent, or nil when there is none (any more).
    package func intent(id: UUID) async throws(CatalogError) -> UploadIntent? {
        try lookUp { db in
            try db.row(sql: "SELECT * FROM upload_intent WHERE id = ?", arguments: [id.text])
                .map { row in try UploadIntent(row: row) }
        }
    }

    /// Returns every intent, oldest first.
    package func intents() async throws(CatalogError) -> [UploadIntent] {
        try await read { db in
            try db.rows(sql: "SELECT * FROM upload_intent ORDER BY created_at, id")
                .map { row in try UploadIntent(row: row) }
        }
    }

    /// Turns an intent into an attachment: attachment in, intent out, job queued if media work is to come, log written.
    ///
    /// Returns the queued job, nil when the attachment's status needs none: the scan where the attachment is held for that, which
    /// comes before the media work. The caller has claimed it already and works on it; nobody else gets it until the lease is over.
    ///
    /// Throws `notFound` when the message is gone, `forbidden` when the uploader has left the conversation meanwhile
    /// (unless participation is not required, as for the app's own back end), `missingIntent` when the intent for this
    /// id and object key is gone or another process's, `quotaExceeded` when the file does not fit into a quota.
    ///
    /// With it, and only with it, `reserved` is stored, the intent of a later upload, and the intents `released` go, under which
    /// nothing was stored. One of a crowd waits a moment longer, so that more share a commit.
    package func commitUpload(
        attachment: Attachment,
        activity: Activity,
        requiresParticipation: Bool = true,
        quotas: StorageQuotas = StorageQuotas(),
        reserving reserved: UploadIntent? = nil,
        releasing released: [UUID] = [],
        isOfCrowd: Bool = false,
        leaseUntil: Date = Date(timeIntervalSinceNow: Job.leaseDuration)
    ) async throws(CatalogError) -> Job? {
        let token = runnerToken
        let webhooks = webhooks
        return try await write(changing: .nothing, isOfCrowd: isOfCrowd) { db in
            let conversationID = try db.authorizeUpload(attachment, requiresParticipation: requiresParticipation)
            try db.endIntent(of: attachment, owner: token, followedBy: reserved)
            if !released.isEmpty { try db.removeIntents(released, owner: token) }
            try db.holdQuotas(quotas, for: attachment)
            try attachment.insert(db, conversationID: conversationID)
            try activity.insert(db)
            try db.recordEvent(.created, of: attachment, at: activity.occurredAt, for: webhooks)
            guard attachment.status == .processing else {
                try db.recordEvent(.ready, of: attachment, at: activity.occurredAt, for: webhooks)
                return nil
            }
            if attachment.hold == .scan {
                return try db.enqueueScan(
                    of: attachment,
                    at: attachment.uploadedAt,
                    leaseUntil: leaseUntil,
                    owner: token
                )
            }
            return try db.enqueueProcessing(
                of: attachment,
                at: attachment.uploadedAt,
                leaseUntil: leaseUntil,
                owner: token
            )
        }
    }
}

extension Database {
    func insertIntent(_ intent: UploadIntent, owner token: String) throws {
        try insertRow(
            into: "upload_intent",
            [
                "id": intent.id.text.databaseValue,
                "object_key": intent.objectKey.databaseValue,
                "upload_id": intent.uploadID.databaseValue,
                "user_id": intent.userID.databaseValue,
                "created_at": intent.createdAt.milliseconds.databaseValue,
                "owner": token.databaseValue,
            ]
        )
    }

    /// Takes the attachment's intent out, or has it become another one of the same process, which costs less than to store that anew.
    fileprivate func endIntent(
        of attachment: Attachment,
        owner token: String,
        followedBy next: UploadIntent?
    ) throws {
        if let next {
            try run(
                sql: """
                    UPDATE upload_intent SET id = ?, object_key = ?, upload_id = ?, user_id = ?, created_at = ?
                    WHERE id = ? AND object_key = ? AND owner = ?
                    """,
                arguments: [
                    next.id.text, next.objectKey, next.uploadID, next.userID, next.createdAt.milliseconds,
                    attachment.id.text, attachment.objectKey, token,
                ]
            )
        } else {
            try run(
                sql: "DELETE FROM upload_intent WHERE id = ? AND object_key = ? AND owner = ?",
                arguments: [attachment.id.text, attachment.objectKey, token]
            )
        }
        guard changesCount == 1 else { throw CatalogError.missingIntent }
    }

    fileprivate func removeIntents(_ ids: [UUID], owner token: String) throws {
        try run(
            sql: "DELETE FROM upload_intent WHERE owner = ? AND id IN (SELECT value FROM json_each(?))",
            arguments: [token, try keyList(ids.map(\.text))]
        )
    }

    fileprivate func refuseKeysInDeletion(_ keys: [String]) throws {
        guard try !hasDeletion(ofAny: keys) else {
            throw CatalogError(code: .constraint, message: "an object of that key is still to be deleted")
        }
    }

    fileprivate func refuseWaitingRenditions(of attachmentID: UUID) throws {
        guard try !hasWaitingRenditions(of: attachmentID) else {
            throw CatalogError(
                code: .constraint,
                message: "an earlier rendition is still to be moved from its old place"
            )
        }
    }

    /// The conversation that the message is of.
    fileprivate func authorizeUpload(_ attachment: Attachment, requiresParticipation: Bool) throws -> String {
        let found = try first(
            sql: """
                SELECT conversation_id, EXISTS (
                    SELECT 1 FROM participant
                    WHERE participant.conversation_id = message.conversation_id AND participant.user_id = ?
                ) AS participates
                FROM message WHERE id = ?
                """,
            arguments: [attachment.uploadedBy, attachment.messageID.text]
        ) { row in
            let participates = try row.decode(Bool.self, atIndex: 1)
            return (conversationID: try row.decode(String.self, atIndex: 0), participates: participates)
        }
        guard let found else {
            throw CatalogError(code: .notFound, message: "there is no such message")
        }
        guard found.participates || !requiresParticipation else {
            throw CatalogError(code: .forbidden, message: "the uploader is no participant of the conversation")
        }
        return found.conversationID
    }
}

extension CatalogError {
    /// The intent under which something was stored is not this process's any more: the object may be gone.
    package static var missingIntent: CatalogError {
        CatalogError(code: .missingIntent, message: "there is no such upload intent")
    }
}
