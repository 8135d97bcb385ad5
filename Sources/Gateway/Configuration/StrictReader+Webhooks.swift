package import Catalog
import Curl
import Foundation

extension ConfigurationSource {
    /// Who is told of what happens to attachments, for the commands that make something happen; how they are told is not read.
    package func loadWebhookTargets() async throws(ConfigurationFaults) -> WebhookTargets {
        var reader = strictReader()
        let targets = await reader.webhookTargets()
        guard reader.faults.isEmpty else { throw ConfigurationFaults(faults: reader.faults) }
        return targets
    }
}

extension StrictReader {
    fileprivate mutating func webhookTargets() async -> WebhookTargets {
        var receivers: [WebhookTargets.Receiver] = []
        for name in names(of: .webhooks) {
            receivers.append(WebhookTargets.Receiver(name: name, events: await events(NamedKey.webhook(name, .events))))
        }
        return WebhookTargets(telling: receivers)
    }

    /// The receivers of webhooks, by their names.
    mutating func webhooks() async -> [WebhookReceiver] {
        var found: [WebhookReceiver] = []
        for name in names(of: .webhooks) {
            if let receiver = await webhook(name) { found.append(receiver) }
        }
        return found
    }

    /// After which pauses a receiver is told again; the standard ones where nothing is said.
    mutating func webhookPauses() async -> [Duration]? {
        guard let text = await text(.webhooksRetrySeconds) else { return nil }
        var pauses: [Duration] = []
        for part in Self.list(text) {
            guard let seconds = integer(part, of: ConfigurationKey.webhooksRetrySeconds.rawValue, in: 0...604_800)
            else {
                return nil
            }
            pauses.append(.seconds(seconds))
        }
        return pauses
    }

    /// The receiver; nil, and a fault, where it cannot be told anything.
    private mutating func webhook(_ name: String) async -> WebhookReceiver? {
        let allowsPrivate = await boolean(NamedKey.webhook(name, .allowPrivate), default: false)
        let url = await text(NamedKey.webhook(name, .url))
        let secrets = await webhookSecrets(
            named: NamedKey.webhook(name, .secret).rawValue,
            fileNamed: NamedKey.webhook(name, .secretFile).rawValue
        )
        let events = await events(NamedKey.webhook(name, .events))
        let timeout = await seconds(NamedKey.webhook(name, .timeoutSeconds), default: 15, in: 1...60)
        guard let url else {
            let key = NamedKey.webhook(name, .url)
            let variable = ConfigurationKey.environmentPrefix + key.variableName
            report(ConfigurationFault(key.rawValue, "is required (or set \(variable))"))
            return nil
        }
        if let reason = Self.fault(ofReceiver: url, allowsPrivate: allowsPrivate) {
            // A URL that someone put a password in is not shown.
            let shown = url.contains("@") ? nil : url
            report(ConfigurationFault(NamedKey.webhook(name, .url).rawValue, value: shown, reason))
        }
        if secrets == nil {
            let reason = "is required (or set \(NamedKey.webhook(name, .secretFile).rawValue) to a file)"
            report(ConfigurationFault(NamedKey.webhook(name, .secret).rawValue, reason))
        }
        return WebhookReceiver(
            name: name,
            url: url,
            secrets: secrets ?? [],
            events: events,
            timeout: timeout,
            allowsPrivate: allowsPrivate
        )
    }

    /// Secrets, one or more between spaces, commas or line breaks; nil where none is set, empty after a fault.
    mutating func webhookSecrets(named name: String, fileNamed fileName: String) async -> [WebhookSecret]? {
        let count = faults.count
        guard let text = await secret(named: name, fileNamed: fileName) else { return faults.count > count ? [] : nil }
        var secrets: [WebhookSecret] = []
        for part in Self.list(text) {
            guard let secret = WebhookSecret(part) else {
                let (shortest, longest) = (WebhookSecret.lengths.lowerBound, WebhookSecret.lengths.upperBound)
                let reason = """
                    is not \(WebhookSecret.prefix) and the base64 of \(shortest) to \(longest) bytes; make one with: \
                    echo "\(WebhookSecret.prefix)$(openssl rand -base64 32)"
                    """
                report(ConfigurationFault(name, reason))
                return []
            }
            secrets.append(secret)
        }
        return secrets
    }

    private mutating func events(_ key: NamedKey) async -> Set<AttachmentEvent> {
        guard let text = await text(key) else { return Set(AttachmentEvent.allCases) }
        var events: Set<AttachmentEvent> = []
        for part in Self.list(text) {
            if let event = choice(part, of: key.rawValue, allowed: AttachmentEvent.allCases) { events.insert(event) }
        }
        return events
    }

    private static func list(_ text: String) -> [String] {
        text.split { $0 == "," || $0.isWhitespace }.map(String.init)
    }

    /// What is wrong with a receiver's URL; nil where it can be used.
    static func fault(ofReceiver url: String, allowsPrivate: Bool) -> String? {
        guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty,
            url.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return "is not a URL like https://chat.example.com/satchel-events" }
        guard parts.fragment == nil, parts.user == nil, parts.password == nil else {
            return "must have no fragment, user or password"
        }
        switch parts.scheme?.lowercased() {
        case "https": break
        case "http":
            guard allowsPrivate else { return "must be https (http is for receivers with allowPrivate: true)" }
        default: return "must be https, or http with allowPrivate: true"
        }
        let bare = host.trimmingCharacters(in: ["[", "]"])
        let isPrivate = PublicAddress.includes(bare) == false || bare.lowercased() == "localhost"
        return isPrivate && !allowsPrivate ? "is a private address; set allowPrivate: true where that is meant" : nil
    }
}
