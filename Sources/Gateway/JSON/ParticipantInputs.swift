import Catalog
import Foundation

/// `PUT conversations/{id}/participants`: all participants from now on.
struct ParticipantsInput: Decodable {
    let participants: [ParticipantInput]
}

/// `PATCH conversations/{id}/participants`: those that are to be there, and those that are not.
struct ParticipantsPatch: Decodable {
    let participants: [ParticipantInput]?
    let remove: [UserID]?
}

extension Sequence<ParticipantInput> {
    /// The participants of a conversation; without a role one is a member.
    func participants(of conversationID: UUID) -> [Participant] {
        map { input in
            Participant(conversationID: conversationID, userID: input.userID.text, role: input.role ?? .member)
        }
    }
}

/// What the removal of a participant did.
struct RemovalJSON: Encodable {
    let message: String
    /// How many attachments' URLs are going to end; nil where that was not asked for.
    let revocations: Int?
}
