package import Foundation
import GRDB

extension Catalog {
    /// Returns what is stored of the files that the user uploaded.
    package func usage(ofUser userID: String) throws(CatalogError) -> StorageUsage {
        try lookUp { db in try db.usage(of: .user, id: userID) }
    }

    /// Returns what is stored in the conversation.
    package func usage(ofConversation id: UUID) throws(CatalogError) -> StorageUsage {
        try lookUp { db in try db.usage(of: .conversation, id: id.text) }
    }
}

extension Database {
    /// Throws `quotaExceeded` where the attachment does not fit.
    ///
    /// To be called in the transaction that brings it in: what others bring in at the same time is counted before or
    /// after, never not at all.
    func holdQuotas(_ quotas: StorageQuotas, for attachment: Attachment) throws {
        if quotas.bounds(.user) {
            let usage = try usage(of: .user, id: attachment.uploadedBy)
            try refuse(quotas.breach(of: .user, usage: usage, adding: attachment.fileSize))
        }
        if quotas.bounds(.conversation) {
            let usage = try usage(ofConversationOf: attachment.messageID)
            try refuse(quotas.breach(of: .conversation, usage: usage, adding: attachment.fileSize))
        }
    }

    fileprivate func usage(of owner: QuotaBreach.Owner, id: String) throws -> StorageUsage {
        let row = try row(
            sql: "SELECT files, bytes FROM storage_usage WHERE owner_kind = ? AND owner_id = ?",
            arguments: [owner.rawValue, id]
        )
        return try row.map { row in StorageUsage(files: try row.value("files"), bytes: try row.value("bytes")) }
            ?? .none
    }

    private func usage(ofConversationOf messageID: UUID) throws -> StorageUsage {
        let id = try texts(sql: "SELECT conversation_id FROM message WHERE id = ?", arguments: [messageID.text]).first
        guard let id else { return .none }
        return try usage(of: .conversation, id: id)
    }

    private func refuse(_ breach: QuotaBreach?) throws {
        guard let breach else { return }
        throw CatalogError(
            code: .quotaExceeded,
            message: "the quota of the \(breach.owner.rawValue) has no room for the file",
            breach: breach
        )
    }
}
