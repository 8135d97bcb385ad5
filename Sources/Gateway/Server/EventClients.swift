package import Attachments
package import Curl

/// What tells receivers and asks the scanner, as the configuration wants it; for each process that works jobs off.
package struct EventClients: Sendable {
    private let webhooks: WebhookClient?
    private let http: HTTPScanner?
    /// Who tells receivers; nil where there are none.
    package var sender: (any WebhookSender)? { webhooks }
    /// Who looks files through; nil where nobody does.
    package let scanner: (any FileScanner)?

    /// Starts the HTTP clients that are needed; throws where that cannot be.
    package init(_ configuration: GatewayConfiguration) throws(CurlError) {
        webhooks = configuration.webhooks.isEmpty ? nil : try WebhookClient(receivers: configuration.webhooks)
        guard let wanted = configuration.scanner else {
            http = nil
            scanner = nil
            return
        }
        switch wanted.kind {
        case .clamd(let address):
            http = nil
            scanner = ClamdScanner(address: address, timeout: wanted.timeout)
        case .http(let url, let secrets):
            let client = try HTTPScanner(url: url, secrets: secrets, timeout: wanted.timeout)
            http = client
            scanner = client
        }
    }

    /// Ends the HTTP clients.
    package func shutdown() async {
        await webhooks?.shutdown()
        await http?.shutdown()
    }
}
