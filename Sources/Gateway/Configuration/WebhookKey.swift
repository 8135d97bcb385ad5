/// A setting of one receiver of webhooks: `webhooks.app.url`.
///
/// The operator gives receivers their names, so these keys cannot stand in the list of `ConfigurationKey`.
struct WebhookKey: Equatable {
    /// What can be said of a receiver.
    enum Property: String, CaseIterable {
        case url
        case secret
        case secretFile
        case events
        case timeoutSeconds
        case allowPrivate
    }

    /// What comes before the name of the receiver.
    static let prefix = "webhooks."
    private static let variablePrefix = ConfigurationKey.variableName(of: prefix)

    let receiver: String
    let property: Property

    /// The key as it stands in the file.
    var rawValue: String { "\(Self.prefix)\(receiver).\(property.rawValue)" }

    /// Whether the value must never be shown.
    var isSecret: Bool { property == .secret }

    init(_ receiver: String, _ property: Property) {
        self.receiver = receiver
        self.property = property
    }

    /// Reads a key of the file; nil for one that is no receiver's.
    init?(rawValue: String) {
        guard rawValue.hasPrefix(Self.prefix) else { return nil }
        let parts = rawValue.dropFirst(Self.prefix.count).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isName(parts[0]), let property = Property(rawValue: String(parts[1])) else {
            return nil
        }
        self.init(String(parts[0]), property)
    }

    /// Reads a variable's name without the program's prefix; nil for one that is no receiver's.
    init?(variableName: String) {
        guard variableName.hasPrefix(Self.variablePrefix) else { return nil }
        let rest = variableName.dropFirst(Self.variablePrefix.count)
        let name = rest.prefix { $0 != "_" }.lowercased()
        let ending = rest.dropFirst(name.count)
        let property = Property.allCases.first { "_\(ConfigurationKey.variableName(of: $0.rawValue))" == ending }
        guard Self.isName(name), let property else { return nil }
        self.init(name, property)
    }

    /// Whether a receiver can have the name: a letter, then letters and digits, all lower-case and no more than 32.
    ///
    /// It ends up in names of variables.
    static func isName(_ text: some StringProtocol) -> Bool {
        String(text).wholeMatch(of: /[a-z][a-z0-9]{0,31}/) != nil
    }

    /// What is wrong with a key that begins like a receiver's and is none; nil for any other key.
    static func fault(ofUnknown name: String) -> String? {
        guard name.hasPrefix(prefix) || "\(name)." == prefix else { return nil }
        let parts = name.dropFirst(prefix.count).split(separator: ".", omittingEmptySubsequences: false)
        let properties = Property.allCases.map(\.rawValue).joined(separator: ", ")
        guard parts.count > 1 else { return nil }
        guard isName(parts[0]) else {
            return "is no known key: a receiver's name is 1 to 32 lower-case letters and digits, a letter first"
        }
        return "is no known key; a receiver has \(properties)"
    }
}
