/// A setting of something that the operator gave a name: `media.renditions.preview.longEdge`, `webhooks.app.url`.
///
/// Because of the name, these keys cannot stand in the list of `ConfigurationKey`.
struct NamedKey: Equatable {
    /// What can be said of a rendition of pictures.
    enum Picture: String, CaseIterable {
        case width, longEdge, format, quality, alpha, kinds
    }

    /// What can be said of a rendition of videos.
    enum Video: String, CaseIterable {
        case shortEdge, crf, maxBitrate, gopSeconds, maxFrameRate, preset, audioBitrate
    }

    /// What can be said of a rendition of sounds.
    enum Sound: String, CaseIterable {
        case format, bitrate
    }

    /// What can be said of a rendition of still pictures that is made later.
    enum Still: String, CaseIterable {
        case longEdge, quality
    }

    /// What can be said of a receiver of webhooks.
    enum Webhook: String, CaseIterable {
        case url, secret, secretFile, events, timeoutSeconds, allowPrivate
    }

    /// What can be said of the limit of a route.
    enum Route: String, CaseIterable {
        case route, perMinute, per
    }

    let family: NamedKeyFamily
    /// The operator's.
    let name: String
    private let property: String

    private init(_ family: NamedKeyFamily, _ name: String, _ property: String) {
        self.family = family
        self.name = name
        self.property = property
    }

    static func picture(_ name: String, _ property: Picture) -> NamedKey {
        NamedKey(.pictures, name, property.rawValue)
    }

    static func video(_ name: String, _ property: Video) -> NamedKey { NamedKey(.videos, name, property.rawValue) }

    static func sound(_ name: String, _ property: Sound) -> NamedKey { NamedKey(.sounds, name, property.rawValue) }

    static func still(_ name: String, _ property: Still) -> NamedKey { NamedKey(.stills, name, property.rawValue) }

    static func webhook(_ name: String, _ property: Webhook) -> NamedKey {
        NamedKey(.webhooks, name, property.rawValue)
    }

    static func route(_ name: String, _ property: Route) -> NamedKey { NamedKey(.routes, name, property.rawValue) }

    /// Reads a key of the file; nil for one without such a name.
    init?(rawValue: String) {
        guard let family = NamedKeyFamily.allCases.first(where: { rawValue.hasPrefix($0.prefix) }) else { return nil }
        let parts = rawValue.dropFirst(family.prefix.count).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, family.naming.allows(parts[0]), family.properties.contains(String(parts[1])) else {
            return nil
        }
        self.init(family, String(parts[0]), String(parts[1]))
    }

    /// Reads a variable's name without the program's prefix; nil for one without such a name.
    ///
    /// These names have no word boundary, so where one ends is plain.
    init?(variableName: String) {
        guard let family = NamedKeyFamily.allCases.first(where: { variableName.hasPrefix($0.variablePrefix) }) else {
            return nil
        }
        let rest = variableName.dropFirst(family.variablePrefix.count)
        let name = rest.prefix { $0 != "_" }.lowercased()
        let property = family.properties.first {
            "_\(ConfigurationKey.variableName(of: $0))" == rest.dropFirst(name.count)
        }
        guard let property, family.naming.allows(name) else { return nil }
        self.init(family, name, property)
    }

    /// The key as it stands in the file.
    var rawValue: String { "\(family.prefix)\(name).\(property)" }

    /// The variable's name without the program's prefix.
    var variableName: String { ConfigurationKey.variableName(of: rawValue) }

    /// The variable that stands for the key, with the program's prefix.
    var environmentName: String { ConfigurationKey.environmentPrefix + variableName }

    /// Whether the value must never be shown.
    var isSecret: Bool { family == .webhooks && property == Webhook.secret.rawValue }
}
