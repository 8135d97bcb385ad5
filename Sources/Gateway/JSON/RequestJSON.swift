import Catalog
import Foundation
import NIOCore

/// `PUT conversations/{id}`; without participants the present ones stay.
struct ConversationInput: Decodable {
    var participants: [ParticipantInput]?
}

/// One participant of `PUT conversations/{id}`.
struct ParticipantInput: Decodable {
    let userID: UserID
    let role: ParticipantRole?

    private enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case role
    }
}

/// `PUT conversations/{id}/participants/{user}`.
struct RoleInput: Decodable {
    var role: ParticipantRole?
}

/// `PUT messages/{id}`.
struct MessageInput: Decodable {
    let conversationID: String
    let senderID: UserID

    private enum CodingKeys: String, CodingKey {
        case conversationID = "conversation_id"
        case senderID = "sender_id"
    }
}

/// A user's id, which some apps keep as a number.
struct UserID: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int64.self) {
            text = String(number)
        } else {
            text = try container.decode(String.self)
        }
        guard UserIDText.isPossible(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "it has \(UserIDText.rule)")
        }
    }
}

extension IncomingBody {
    /// Decodes the body, which may be absent where `empty` says what that means.
    func decode<Value: Decodable>(_ type: Value.Type, empty: Value? = nil) async throws -> Value {
        let bytes = try await collect(upTo: 256 * 1024)
        if bytes.readableBytes == 0, let empty { return empty }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes.readableBytesView))
        } catch let error as DecodingError {
            throw RequestError.invalid(error.sentence)
        } catch {
            throw RequestError.invalid("The body of the request is not JSON.")
        }
    }
}

extension DecodingError {
    /// What is wrong and where, for the client.
    fileprivate var sentence: String {
        switch self {
        case .keyNotFound(let key, let context): "\(Self.path(context.codingPath + [key])) is required."
        case .valueNotFound(_, let context): "\(Self.path(context.codingPath)) must not be null."
        case .typeMismatch(_, let context): "\(Self.path(context.codingPath)) has the wrong type."
        case .dataCorrupted(let context) where context.codingPath.isEmpty: "The body of the request is not JSON."
        case .dataCorrupted(let context): "\(Self.path(context.codingPath)) has a value that is not possible."
        @unknown default: "The body of the request is not what is expected here."
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        guard !keys.isEmpty else { return "The body of the request" }
        return keys.map { key in key.intValue.map(String.init) ?? key.stringValue }.joined(separator: ".")
    }
}
