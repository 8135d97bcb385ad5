import Attachments
import Catalog
import Curl
import Foundation
import HTTPTypes

/// Takes messages to the configured receivers: a signed POST each, without following redirects.
///
/// A receiver that is not said to be in the own network is reached at a public address or not at all: else whoever answers for its
/// name could have this server talk to what only this server can reach.
final class WebhookClient: WebhookSender {
    private let receivers: [String: WebhookReceiver]
    private let publicClient: CurlClient
    private let privateClient: CurlClient

    /// What is read of an answer, whose body says nothing.
    private static let maxAnswerBytes = 64 * 1024

    /// Starts HTTP clients of its own; throws where that cannot be.
    init(receivers: [WebhookReceiver]) throws(CurlError) {
        self.receivers = Dictionary(receivers.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        // Connections are not shared between the two: one that may be private must not serve who may not.
        publicClient = try CurlClient(configuration: CurlConfiguration(onlyPublicAddresses: true))
        privateClient = try CurlClient()
    }

    /// Takes an event's message to the receiver, once.
    func send(_ event: WebhookEvent, to name: String) async -> WebhookAnswer {
        guard let receiver = receivers[name] else { return .refused("No receiver of this name is configured.") }
        let request = CurlRequest.signedMessage(
            id: event.messageID,
            timestamp: Int64(Date().timeIntervalSince1970),
            body: Array(event.body.utf8),
            secrets: receiver.secrets,
            to: receiver.url,
            timeout: receiver.timeout
        )
        let client = receiver.allowsPrivate ? privateClient : publicClient
        do throws(CurlError) {
            let response = try await client.send(request)
            // So that the connection can be used again; what counts is the status.
            _ = try? await response.body.collect(upTo: Self.maxAnswerBytes)
            return Self.answer(status: response.status)
        } catch {
            if error.code == .cancelled || error.code == .closed { return .interrupted }
            return .failed("It could not be reached: \(error)")
        }
    }

    /// Connects to a receiver as for a message, and sends nothing.
    func reach(_ receiver: WebhookReceiver) async throws(CurlError) {
        let client = receiver.allowsPrivate ? privateClient : publicClient
        try await client.connect(to: receiver.url, timeout: receiver.timeout)
    }

    /// Ends the HTTP clients; attempts under way are called off.
    func shutdown() async {
        await publicClient.shutdown()
        await privateClient.shutdown()
    }

    private static func answer(status: Int) -> WebhookAnswer {
        switch status {
        case 200..<300: .delivered
        case 300..<400: .failed("It answered \(status); redirects are not followed.")
        case 410: .refused("It answered 410: it wants no more.")
        default: .failed("It answered \(status).")
        }
    }
}
