import Catalog
import Crypto
import Foundation
import SigV4

/// One question to the app, whether a user takes part in a conversation.
struct MembershipQuestion: Hashable, Sendable {
    let conversationID: UUID
    let userID: String

    static func == (left: MembershipQuestion, right: MembershipQuestion) -> Bool {
        left.conversationID == right.conversationID && ExactText(left.userID) == ExactText(right.userID)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(conversationID)
        hasher.combine(ExactText(userID))
    }

    /// The query as it goes on the wire and is signed: names in order, all but unreserved characters percent-encoded (RFC 3986
    /// section 2.3).
    var query: String {
        "conversation_id=\(conversationID.text)&user_id=\(PercentEncoding.encode(userID))"
    }

    /// The value of `X-Satchel-Signature`: HMAC-SHA256 (RFC 2104) of the time, a full stop and the query, in hex.
    func signature(timestamp: Int64, secret: String) -> String {
        let code = HMAC<SHA256>
            .authenticationCode(
                for: Array("\(timestamp).\(query)".utf8),
                using: SymmetricKey(data: Array(secret.utf8))
            )
        return "v1=\(String(hexOf: code))"
    }
}
