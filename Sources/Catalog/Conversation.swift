package import Foundation

/// A group of users who exchange messages.
package struct Conversation: Sendable, Equatable {
    /// The identifier that the chat back end gave.
    package let id: UUID
    /// When it was made known, to the millisecond.
    package let createdAt: Date

    /// Makes a value; nothing is stored by it.
    package init(id: UUID, createdAt: Date) {
        self.id = id
        self.createdAt = createdAt
    }
}

/// What a participant may do beyond reading and writing.
package enum ParticipantRole: String, Sendable, Codable, CaseIterable {
    case member
    case admin
}

/// A user's place in a conversation.
package struct Participant: Sendable, Equatable {
    /// The conversation.
    package let conversationID: UUID
    /// The user.
    package let userID: String
    /// What the user may do.
    package let role: ParticipantRole

    /// Makes a value; nothing is stored by it.
    package init(conversationID: UUID, userID: String, role: ParticipantRole) {
        self.conversationID = conversationID
        self.userID = userID
        self.role = role
    }
}

/// A message that attachments belong to.
///
/// Its text stays with the chat back end.
package struct Message: Sendable, Equatable {
    /// The identifier that the chat back end gave.
    package let id: UUID
    /// The conversation.
    package let conversationID: UUID
    /// The user who sent it.
    package let senderID: String
    /// When it was made known, to the millisecond.
    package let createdAt: Date

    /// Makes a value; nothing is stored by it.
    package init(id: UUID, conversationID: UUID, senderID: String, createdAt: Date) {
        self.id = id
        self.conversationID = conversationID
        self.senderID = senderID
        self.createdAt = createdAt
    }
}

/// A message, seen with one user's place in its conversation.
package struct MessageMembership: Sendable, Equatable {
    /// The message.
    package let message: Message
    /// The user's role, nil for a stranger.
    package let role: ParticipantRole?

    /// Makes a value; nothing is stored by it.
    package init(message: Message, role: ParticipantRole?) {
        self.message = message
        self.role = role
    }
}
