import HTTPTypes

/// Why the gateway itself refuses a request, before the product has a say.
struct RequestError: Error, Equatable, CustomStringConvertible {
    let status: HTTPResponse.Status
    /// The stable code that clients receive.
    let code: String
    /// What a client may read.
    let message: String
    /// The methods that the path knows, for a 405.
    var allowed: [HTTPRequest.Method] = []
    /// When the client may try again, where that helps.
    var retryAfter: Duration?
    /// Further headers of the answer.
    var headers: HTTPFields = [:]

    var description: String { "\(code): \(message)" }

    static let notFound = RequestError(status: .notFound, code: "not_found", message: "There is nothing at this path.")
    static let messageNotFound = RequestError(
        status: .notFound,
        code: "message_not_found",
        message: "There is no such message."
    )
    static let conversationNotFound = RequestError(
        status: .notFound,
        code: "conversation_not_found",
        message: "There is no such conversation."
    )
    static let attachmentNotFound = RequestError(
        status: .notFound,
        code: "attachment_not_found",
        message: "There is no such attachment."
    )
    static let participantNotFound = RequestError(
        status: .notFound,
        code: "participant_not_found",
        message: "There is no such participant in this conversation."
    )
    static let serviceOnly = RequestError(
        status: .forbidden,
        code: "forbidden",
        message: "Only a token with the service scope may do this."
    )
    static let readersOnly = RequestError(
        status: .forbidden,
        code: "forbidden",
        message: "Only a token with the read scope or the service scope may do this."
    )
    static let slowBody = RequestError(
        status: .requestTimeout,
        code: "request_timeout",
        message: "The body of the request came too slowly. Nothing was kept; send it again over a better connection."
    )
    static func invalid(_ message: String) -> RequestError {
        RequestError(status: .badRequest, code: "invalid_request", message: message)
    }

    static func unsupportedMediaType(_ message: String) -> RequestError {
        RequestError(status: .unsupportedMediaType, code: "unsupported_media_type", message: message)
    }

    static func bodyTooLarge(limit: Int) -> RequestError {
        RequestError(
            status: .contentTooLarge,
            code: "body_too_large",
            message: "The body of the request is longer than \(limit) bytes."
        )
    }

    static func methodNotAllowed(_ method: HTTPRequest.Method, allowed: [HTTPRequest.Method]) -> RequestError {
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        return RequestError(
            status: .methodNotAllowed,
            code: "method_not_allowed",
            message: "\(method.rawValue) is not possible here; \(names) is.",
            allowed: allowed
        )
    }
}
