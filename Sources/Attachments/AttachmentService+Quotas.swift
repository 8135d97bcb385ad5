import Catalog
import Foundation

extension AttachmentService {
    /// The quotas that hold for uploads of the requester: the app's back end is no user, and has no user's quota.
    func quotas(for requester: Requester) -> StorageQuotas {
        let quotas = limits.current.quotas
        return requester.isService ? quotas.withoutUsers : quotas
    }

    /// Throws `quota_exceeded` where a file of so many bytes does not fit into the quota of the requester now.
    ///
    /// Spares the client the sending of what would be refused. What counts is the look of the commit: until then others
    /// may bring in as much as is left.
    func checkUserQuota(of requester: Requester, adding byteCount: Int64) throws {
        let quotas = quotas(for: requester)
        guard quotas.bounds(.user) else { return }
        let usage = try catalog.usage(ofUser: requester.userID)
        if let breach = quotas.breach(of: .user, usage: usage, adding: byteCount) {
            throw AttachmentError.quotaExceeded(breach)
        }
    }

    /// The same for the quota of a conversation.
    func checkConversationQuota(_ id: UUID, for requester: Requester, adding byteCount: Int64) throws {
        let quotas = quotas(for: requester)
        guard quotas.bounds(.conversation) else { return }
        let usage = try catalog.usage(ofConversation: id)
        if let breach = quotas.breach(of: .conversation, usage: usage, adding: byteCount) {
            throw AttachmentError.quotaExceeded(breach)
        }
    }
}
