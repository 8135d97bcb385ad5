import Attachments
import Foundation
import TestSupport
import Testing

@testable import Catalog
@testable import Gateway

struct WebhookClientTests {
    private let event = WebhookEvent(
        id: 1,
        messageID: "msg_0123456789abcdef",
        type: .ready,
        attachmentID: UUID(),
        body: #"{"type":"attachment.ready","data":{"file_name":"Füße.pdf"}}"#,
        createdAt: Date(timeIntervalSince1970: 1_700_000_000)
    )

    private func send(to receiver: WebhookReceiver, as name: String = "app") async throws -> WebhookAnswer {
        let client = try WebhookClient(receivers: [receiver])
        let answer = await client.send(event, to: name)
        await client.shutdown()
        return answer
    }

    @Test func `a message arrives as it is, with its identifier, the time of the attempt and a signature`() async throws
    {
        let receiver = try ScriptedReceiver()
        #expect(try await send(to: try receiver.receiver()) == .delivered)
        let message = try #require(receiver.messages.first)
        #expect(message.request.head.hasPrefix("POST /events?from=satchel HTTP/1.1\r\n"))
        #expect(message.request.header("content-type") == "application/json")
        #expect(message.body == event.body)
        #expect(message.id == "msg_0123456789abcdef")
        #expect(abs(Double(message.timestamp) - Date().timeIntervalSince1970) < 60)
        #expect(message.signature == (try message.expectedSignature()))
        receiver.server.stop()
    }

    @Test func `while a secret is replaced, each of the two signs`() async throws {
        let receiver = try ScriptedReceiver()
        var configuration = try receiver.receiver()
        configuration.secrets.insert(
            try #require(WebhookSecret("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX")),
            at: 0
        )
        #expect(try await send(to: configuration) == .delivered)
        let message = try #require(receiver.messages.first)
        let signatures = message.signature.split(separator: " ").map(String.init)
        #expect(signatures.count == 2)
        #expect(signatures.last == (try message.expectedSignature()))
        #expect(signatures.first != signatures.last)
        receiver.server.stop()
    }

    @Test(arguments: [
        (200, WebhookAnswer.delivered), (204, .delivered), (299, .delivered),
        (301, .failed("It answered 301; redirects are not followed.")), (400, .failed("It answered 400.")),
        (404, .failed("It answered 404.")), (410, .refused("It answered 410: it wants no more.")),
        (429, .failed("It answered 429.")), (500, .failed("It answered 500.")), (503, .failed("It answered 503.")),
    ])
    func `a status of success is a delivery, and nothing else is`(status: Int, answer: WebhookAnswer) async throws {
        let receiver = try ScriptedReceiver([.status(status)])
        #expect(try await send(to: try receiver.receiver()) == answer)
        #expect(receiver.messages.count == 1)
        receiver.server.stop()
    }

    @Test func `a receiver that cuts the connection, or says nothing, is told again later`() async throws {
        let receiver = try ScriptedReceiver([.cut, .silence(.seconds(20))])
        for _ in 0..<2 {
            let answer = try await send(to: try receiver.receiver(timeout: .seconds(1)))
            guard case .failed(let reason) = answer else {
                Issue.record("\(answer)")
                continue
            }
            #expect(reason.hasPrefix("It could not be reached: "))
        }
        receiver.server.stop()
    }

    @Test func `a receiver at a private address is not reached unless that is allowed`() async throws {
        let receiver = try ScriptedReceiver()
        guard case .failed(let reason) = try await send(to: try receiver.receiver(allowsPrivate: false)) else {
            Issue.record("the message was sent")
            return
        }
        #expect(reason.contains("127.0.0.1 is not one of the public Internet"))
        #expect(receiver.server.connectionCount == 0)
        receiver.server.stop()
    }

    @Test func `a name that is not configured any more is refused`() async throws {
        let receiver = try ScriptedReceiver()
        let answer = try await send(to: try receiver.receiver(), as: "before")
        #expect(answer == .refused("No receiver of this name is configured."))
        receiver.server.stop()
    }
}
