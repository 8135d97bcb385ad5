import Attachments
import Catalog
import Curl
import Foundation
import HTTPTypes
import NIOCore

/// Asks the app who takes part in a conversation: an HTTPS GET, signed, answered from memory for a short while.
///
/// It fails closed: without an answer nobody takes part, and the client is told to try again.
final class MembershipHook: MembershipSource {
    private let configuration: MembershipHookConfiguration
    private let client: CurlClient
    private let answers: MembershipAnswers

    /// Answers that are kept at once.
    private static let capacity = 10_000
    /// An answer has a few dozen bytes.
    private static let maxAnswerBytes = 16 * 1024

    /// Starts an HTTP client of its own; throws where that cannot be.
    init(configuration: MembershipHookConfiguration) throws(CurlError) {
        self.configuration = configuration
        answers = MembershipAnswers(
            capacity: Self.capacity,
            yesLifetime: configuration.yesLifetime,
            noLifetime: configuration.noLifetime
        )
        client = try CurlClient(
            configuration: CurlConfiguration(
                connectTimeout: configuration.timeout,
                stallTimeout: configuration.timeout,
                totalTimeout: configuration.timeout
            )
        )
    }

    /// The user's role in the conversation, nil for who does not take part.
    ///
    /// Throws `membership_unavailable` where the app does not say.
    func role(conversationID: UUID, userID: String) async throws(AttachmentError) -> ParticipantRole? {
        let question = MembershipQuestion(conversationID: conversationID, userID: userID)
        return try await answers.answer(to: question) { await self.ask(question) }.get()
    }

    /// Forgets what the app said of the user: the next request asks again, also where a question is under way.
    func forget(conversationID: UUID, userID: String) {
        answers.forget(MembershipQuestion(conversationID: conversationID, userID: userID))
    }

    /// Ends the HTTP client; questions under way fail.
    func shutdown() async {
        await client.shutdown()
    }

    private func ask(_ question: MembershipQuestion) async -> MembershipAnswers.Answer {
        let timestamp = Int64(Date().timeIntervalSince1970)
        var request = CurlRequest(method: .get, url: "\(configuration.url)?\(question.query)")
        request.headers[.accept] = "application/json"
        request.headers[.membershipTimestamp] = String(timestamp)
        request.headers[.membershipSignature] = question.signature(
            timestamp: timestamp,
            secret: configuration.secret
        )
        do {
            let response = try await client.send(request)
            let bytes = try await response.body.collect(upTo: Self.maxAnswerBytes)
            return .success(try Self.role(status: response.status, body: Data(bytes.readableBytesView)))
        } catch {
            return .failure(.membershipUnavailable(error))
        }
    }

    /// 404 is a no; any other status but 200, and any answer that is not as agreed, is none.
    private static func role(status: Int, body: Data) throws -> ParticipantRole? {
        if status == 404 { return nil }
        guard status == 200 else { throw MembershipHookFailure(reason: "it answered \(status)") }
        guard let answer = try? JSONDecoder().decode(MembershipAnswer.self, from: body) else {
            throw MembershipHookFailure(reason: "its answer is not {\"member\": true or false, \"role\": …}")
        }
        guard answer.member else { return nil }
        guard let name = answer.role else { return .member }
        guard let role = ParticipantRole(rawValue: name) else {
            throw MembershipHookFailure(reason: "it named a role that is none of member, admin")
        }
        return role
    }
}

/// What the app answers.
private struct MembershipAnswer: Decodable {
    let member: Bool
    let role: String?
}

/// Why an answer of the app was none, for the log.
private struct MembershipHookFailure: Error, CustomStringConvertible {
    let reason: String

    var description: String { "the membership hook: \(reason)" }
}

extension AttachmentError {
    fileprivate static func membershipUnavailable(_ cause: any Error) -> AttachmentError {
        AttachmentError(
            .membershipUnavailable,
            "Who takes part in the conversation cannot be told at the moment. Try again.",
            retryAfter: .seconds(2),
            underlying: cause
        )
    }
}
