package import Catalog
package import Foundation

// Who may see what is asked anew each time: of the catalog, or of the app where that keeps it.
extension AttachmentService {
    /// The requester's role: the one in the catalog, unless the app is to be asked.
    ///
    /// The app's own back end is nobody's participant and needs none.
    func role(
        of requester: Requester,
        conversationID: UUID,
        stored: ParticipantRole?
    ) async throws -> ParticipantRole? {
        guard let memberships, !requester.isService else { return stored }
        return try await memberships.role(conversationID: conversationID, userID: requester.userID)
    }

    /// Whether the requester may see what the conversation holds.
    func admits(_ requester: Requester, to membership: MessageMembership) async throws -> Bool {
        if requester.isService { return true }
        let conversationID = membership.message.conversationID
        return try await role(of: requester, conversationID: conversationID, stored: membership.role) != nil
    }

    /// The message, for a requester who may see it; nil for others, as for one that does not exist.
    package func message(id: UUID, for requester: Requester) async throws -> Message? {
        guard
            let membership = try await catalog.membership(messageID: id, userID: requester.userID),
            try await admits(requester, to: membership)
        else {
            return nil
        }
        return membership.message
    }

    /// Whether there is the conversation, and the requester may see what it holds.
    func isVisible(conversationID: UUID, to requester: Requester) async throws -> Bool {
        let (isKnown, stored) = try await catalog.role(conversationID: conversationID, userID: requester.userID)
        guard isKnown, !requester.isService else { return isKnown }
        return try await role(of: requester, conversationID: conversationID, stored: stored) != nil
    }

    /// Whether memberships are the app's to tell, and not the catalog's.
    package var asksForMembership: Bool { memberships != nil }

    /// Changes the participants that the catalog keeps, as `Catalog.changeParticipants` does, and forgets what the app said of
    /// the users, so that it is asked anew.
    ///
    /// Where the app keeps the memberships, the catalog cannot know who was removed: then the URLs end where said, whoever it
    /// was.
    package func changeParticipants(
        conversationID: UUID,
        put: [Participant],
        remove: [String] = [],
        replacing: Bool = false,
        revoking: Bool = false
    ) async throws(CatalogError) -> ParticipantChange {
        let change = try await catalog.changeParticipants(
            conversationID: conversationID,
            put: put,
            remove: remove,
            replacing: replacing,
            revoking: revoking
        )
        guard let memberships else { return change }
        for userID in put.map(\.userID) + remove + change.removed {
            memberships.forget(conversationID: conversationID, userID: userID)
        }
        guard revoking, change.removed.isEmpty, replacing || !remove.isEmpty else { return change }
        return ParticipantChange(
            removed: [],
            revocations: try await catalog.revokeConversation(id: conversationID)
        )
    }
}
