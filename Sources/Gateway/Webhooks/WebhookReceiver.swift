package import Catalog
import Crypto
import Foundation

/// One that is told of events by HTTP.
package struct WebhookReceiver: Sendable {
    /// The operator's name for it.
    package var name: String
    /// Where the messages go: https, or http where private addresses are allowed.
    package var url: String
    /// What the messages are signed with; more than one while they are being replaced.
    package var secrets: [WebhookSecret]
    /// What it is told of.
    package var events: Set<AttachmentEvent>
    /// How long one attempt may take.
    package var timeout: Duration
    /// Whether it may be at an address that is none of the public Internet.
    package var allowsPrivate: Bool

    /// Makes a value with the documented defaults.
    package init(
        name: String,
        url: String,
        secrets: [WebhookSecret],
        events: Set<AttachmentEvent> = Set(AttachmentEvent.allCases),
        timeout: Duration = .seconds(15),
        allowsPrivate: Bool = false
    ) {
        self.name = name
        self.url = url
        self.secrets = secrets
        self.events = events
        self.timeout = timeout
        self.allowsPrivate = allowsPrivate
    }
}

/// A key by which a receiver knows that a message is from here (Standard Webhooks, symmetric signatures).
package struct WebhookSecret: Sendable, Equatable {
    /// What the text of a secret begins with.
    package static let prefix = "whsec_"
    /// The lengths in bytes that the specification allows.
    package static let lengths = 24...64

    let bytes: [UInt8]

    /// Reads `whsec_` and base64; nil where it is anything else, or not of an allowed length.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), let data = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            Self.lengths.contains(data.count)
        else { return nil }
        bytes = Array(data)
    }

    /// A signature as it stands in the header: HMAC-SHA256 (RFC 2104) of the identifier, the time and the body, joined by full stops.
    func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
        var code = HMAC<SHA256>(key: SymmetricKey(data: bytes))
        code.update(data: Array("\(id).\(timestamp).".utf8))
        code.update(data: body)
        return "v1,\(Data(code.finalize()).base64EncodedString())"
    }
}

extension WebhookSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Never the secret.
    package var description: String { "WebhookSecret" }

    /// The same as `description`.
    package var debugDescription: String { description }

    /// A mirror without the secret.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
