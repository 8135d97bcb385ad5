import Attachments
import Catalog
import Foundation

/// A conversation with its participants.
struct ConversationJSON: Encodable {
    let id: String
    let createdAt: String
    let participants: [ParticipantJSON]

    private enum CodingKeys: String, CodingKey {
        case id, participants
        case createdAt = "created_at"
    }

    init(_ conversation: Conversation, participants: [Participant]) {
        id = conversation.id.text
        createdAt = conversation.createdAt.ISO8601Format()
        self.participants = participants.map(ParticipantJSON.init)
    }
}

/// A user's place in a conversation.
struct ParticipantJSON: Encodable {
    let userID: String
    let role: String

    private enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case role
    }

    init(_ participant: Participant) {
        userID = participant.userID
        role = participant.role.rawValue
    }
}

/// A message with its attachments, oldest first.
struct MessageJSON: Encodable {
    let id: String
    let conversationID: String
    let senderID: String
    let createdAt: String
    let attachments: [AttachmentJSON]

    private enum CodingKeys: String, CodingKey {
        case id, attachments
        case conversationID = "conversation_id"
        case senderID = "sender_id"
        case createdAt = "created_at"
    }

    init(_ message: Message, attachments: [AttachmentView]) {
        id = message.id.text
        conversationID = message.conversationID.text
        senderID = message.senderID
        createdAt = message.createdAt.ISO8601Format()
        self.attachments = attachments.map(AttachmentJSON.init)
    }
}
