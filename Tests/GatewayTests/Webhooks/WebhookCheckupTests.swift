import Foundation
import TestSupport
import Testing

@testable import Gateway

struct WebhookCheckupTests {
    @Test func `without receivers there is nothing to say`() async {
        #expect(await WebhookCheckup(receivers: []).run().isEmpty)
    }

    @Test func `a receiver that takes connections is good, and hears nothing`() async throws {
        let scripted = try ScriptedReceiver()
        defer { scripted.server.stop() }
        let lines = await WebhookCheckup(receivers: [try scripted.receiver()]).run()
        #expect(lines.map(\.verdict) == [.good])
        #expect(lines.first?.subject == "webhook")
        #expect(lines.first?.detail.contains("app: 127.0.0.1:\(scripted.server.port) takes connections") == true)
        // The kernel takes a connection before the receiver knows of it; once it has been closed, nothing more can come.
        let server = scripted.server
        for _ in 0..<2400 where server.connectionCount == 0 || server.openConnectionCount > 0 {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(server.connectionCount == 1)
        #expect(server.receivedByteCount == 0)
    }

    @Test func `a private address is a fault where it is not allowed, with the setting that allows it`() async throws {
        let scripted = try ScriptedReceiver()
        defer { scripted.server.stop() }
        let lines = await WebhookCheckup(receivers: [try scripted.receiver(allowsPrivate: false)]).run()
        #expect(lines.map(\.verdict) == [.bad])
        #expect(lines.first?.detail.contains("127.0.0.1 is not one of the public Internet") == true)
        #expect(lines.first?.detail.contains("webhooks.app.allowPrivate") == true)
        #expect(scripted.server.connectionCount == 0)
    }

    @Test func `each receiver that cannot be reached has a line of its own`() async throws {
        let scripted = try ScriptedReceiver()
        var plain = try scripted.receiver()
        plain.name = "plain"
        plain.url = "https://127.0.0.1:\(scripted.server.port)/events?key=hidden"
        let port = try ReservedPort()
        var gone = try scripted.receiver()
        gone.name = "gone"
        gone.url = "http://127.0.0.1:\(port.number)/"
        var nameless = try scripted.receiver()
        nameless.name = "nameless"
        nameless.url = "https://receiver.invalid/"
        let lines = await WebhookCheckup(receivers: [plain, gone, nameless]).run()
        scripted.server.stop()
        #expect(lines.map(\.verdict) == [.bad, .bad, .bad])
        for (line, name) in zip(lines, ["plain", "gone", "nameless"]) {
            #expect(line.detail.hasPrefix("\(name): "))
            #expect(line.detail.contains("webhooks.\(name).url"))
            #expect(!line.detail.contains("hidden"))
        }
        withExtendedLifetime(port) {}
    }
}
