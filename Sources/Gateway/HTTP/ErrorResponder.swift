import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// Turns every error into an answer, and writes to the log what the operator must know and the client must not.
struct ErrorResponder: RequestLayer {
    /// The paths whose errors the old clients look for under `file` instead of `error`.
    let uploadPaths: Set<String>

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = try answer(to: error, request: request, context: context)
        }
        // The head tells the length, as for GET; a body would be taken for the next answer.
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(to error: any Error, request: Request, context: GatewayContext) throws -> Response {
        let answer = ErrorAnswer(error)
        context.logger.log(
            level: answer.isReported ? .error : .debug,
            "refused",
            metadata: ["code": .string(answer.code), "reason": .string("\(error)")]
        )
        var response = try Response.json(
            ErrorJSON(answer: answer, requestID: context.requestID, isUpload: isUpload(request.routedPath)),
            status: answer.status
        )
        for field in answer.headers { response.headers[field.name] = field.value }
        if let retryAfter = answer.retryAfter {
            response.headers[.retryAfter] = String(max(1, retryAfter.components.seconds))
        }
        return response
    }

    private func isUpload(_ path: String) -> Bool {
        uploadPaths.contains(path)
    }
}

/// An error as clients see it: `{"file": ["…"], …}` on the upload routes, `{"error": "…", …}` elsewhere.
private struct ErrorJSON: Encodable {
    let answer: ErrorAnswer
    let requestID: String
    let isUpload: Bool

    private enum CodingKeys: String, CodingKey {
        case file, error, code
        case requestID = "request_id"
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        if isUpload {
            try fields.encode([answer.message], forKey: .file)
        } else {
            try fields.encode(answer.message, forKey: .error)
        }
        try fields.encode(answer.code, forKey: .code)
        try fields.encode(requestID, forKey: .requestID)
    }
}
