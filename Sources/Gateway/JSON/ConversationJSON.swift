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
struct MessageJSON: JSONWritable {
    let message: Message
    let attachments: [AttachmentView]

    init(_ message: Message, attachments: [AttachmentView]) {
        self.message = message
        self.attachments = attachments
    }

    func write(to json: inout JSONText) {
        json.object { json in
            json.field("id", message.id.text)
            json.field("conversation_id", message.conversationID.text)
            json.field("sender_id", message.senderID)
            json.field("created_at", message.createdAt)
            json.field("attachments", attachments) { json, view in AttachmentJSON(view: view).write(to: &json) }
        }
    }
}
