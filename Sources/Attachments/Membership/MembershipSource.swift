package import Catalog
package import Foundation

/// Who knows who takes part in which conversation, where that is not the catalog.
package protocol MembershipSource: Sendable {
    /// The user's role in the conversation, nil for who does not take part.
    ///
    /// Throws `membership_unavailable` where that cannot be told: then nobody takes part.
    func role(conversationID: UUID, userID: String) async throws(AttachmentError) -> ParticipantRole?

    /// Forgets what is remembered of the user, and of questions that are under way: a change takes effect at once.
    func forget(conversationID: UUID, userID: String)
}
