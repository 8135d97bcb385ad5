import Curl

/// Connects to the receivers of webhooks as the server would, and tells them nothing.
struct WebhookCheckup {
    let receivers: [WebhookReceiver]

    private static let subject = "webhook"

    /// A line for each receiver.
    func run() async -> [CheckLine] {
        guard !receivers.isEmpty else { return [] }
        let client: WebhookClient
        do throws(CurlError) {
            client = try WebhookClient(receivers: receivers)
        } catch {
            return [.bad(Self.subject, error.message)]
        }
        var lines: [CheckLine] = []
        for receiver in receivers { lines.append(await Self.line(for: receiver, client)) }
        await client.shutdown()
        return lines
    }

    private static func line(for receiver: WebhookReceiver, _ client: WebhookClient) async -> CheckLine {
        let (name, authority) = (receiver.name, receiver.url.urlAuthority)
        do throws(CurlError) {
            try await client.reach(receiver)
            let transport = receiver.url.lowercased().hasPrefix("https:") ? "with TLS" : "without TLS"
            return .good(subject, "\(name): \(authority) takes connections, \(transport); no event was sent")
        } catch {
            let advice =
                switch error.code {
                case .addressRefused:
                    "If it is in a network of yours, set webhooks.\(name).allowPrivate: true"
                case .tls, .tlsHandshake:
                    "See its certificate and webhooks.\(name).url"
                default:
                    "See webhooks.\(name).url, and that it runs"
                }
            return .bad(subject, "\(name): \(authority) cannot be reached: \(error.message). \(advice)")
        }
    }
}
