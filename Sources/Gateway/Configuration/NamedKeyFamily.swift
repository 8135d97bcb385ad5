/// What the operator gives names to; each one has settings of its own.
enum NamedKeyFamily: CaseIterable {
    /// Renditions of pictures, and pictures of films: `media.renditions.NAME.width`.
    case pictures
    /// Renditions of videos: `renditions.video.NAME.shortEdge`.
    case videos
    /// Renditions of sounds: `renditions.audio.NAME.bitrate`.
    case sounds
    /// Renditions of still pictures, made later: `renditions.image.NAME.longEdge`.
    case stills
    /// Receivers of webhooks: `webhooks.NAME.url`.
    case webhooks
    /// Limits of single routes: `limits.routes.NAME.route`.
    case routes

    /// What comes before the name in the file.
    var prefix: String {
        switch self {
        case .pictures: "media.renditions."
        case .videos: "renditions.video."
        case .sounds: "renditions.audio."
        case .stills: "renditions.image."
        case .webhooks: "webhooks."
        case .routes: "limits.routes."
        }
    }

    /// What comes before the name in a variable, without the program's prefix.
    var variablePrefix: String { ConfigurationKey.variableName(of: prefix) }

    /// What can be said of one of them.
    var properties: [String] {
        switch self {
        case .pictures: NamedKey.Picture.allCases.map(\.rawValue)
        case .videos: NamedKey.Video.allCases.map(\.rawValue)
        case .sounds: NamedKey.Sound.allCases.map(\.rawValue)
        case .stills: NamedKey.Still.allCases.map(\.rawValue)
        case .webhooks: NamedKey.Webhook.allCases.map(\.rawValue)
        case .routes: NamedKey.Route.allCases.map(\.rawValue)
        }
    }

    /// What is wrong with a key that begins like one of the family and is none; nil for any other key.
    static func fault(ofUnknown key: String) -> String? {
        allCases.lazy.compactMap { $0.fault(ofUnknown: key) }.first
    }

    /// What is wrong with a variable that begins like one of the family and is none; nil for any other.
    static func fault(ofUnknownVariable name: String) -> String? {
        allCases.lazy.compactMap { $0.fault(ofUnknownVariable: name) }.first
    }

    private func fault(ofUnknown key: String) -> String? {
        guard key.hasPrefix(prefix) || "\(key)." == prefix else { return nil }
        let parts = key.dropFirst(prefix.count).split(separator: ".", omittingEmptySubsequences: false)
        let properties = properties.joined(separator: ", ")
        guard parts.count > 1 else {
            return hasOtherKeys ? nil : "is no setting by itself; \(member) has \(properties)"
        }
        guard naming.allows(parts[0]) else { return "is no known key: a \(noun)'s name is \(naming.description)" }
        return "is no known key; \(member) has \(properties)"
    }

    private func fault(ofUnknownVariable name: String) -> String? {
        guard name.hasPrefix(variablePrefix), !hasOtherKeys else { return nil }
        let endings = properties.map { "NAME_\(ConfigurationKey.variableName(of: $0))" }.joined(separator: ", ")
        return """
            is no known variable; after \(ConfigurationKey.environmentPrefix)\(variablePrefix) comes one of \
            \(endings), with the \(noun)'s NAME in letters and digits
            """
    }

    /// Whether keys of the fixed list begin alike, so that a mistyped one may well mean one of those.
    private var hasOtherKeys: Bool { self == .webhooks }

    private var noun: String {
        switch self {
        case .pictures, .videos, .sounds, .stills: "rendition"
        case .webhooks: "receiver"
        case .routes: "limit"
        }
    }

    /// One of them, in a sentence.
    private var member: String {
        switch self {
        case .pictures, .webhooks: "a \(noun)"
        case .videos: "a rendition of video"
        case .sounds: "a rendition of audio"
        case .stills: "a rendition of image"
        case .routes: "the limit of a route"
        }
    }

    /// Which names there can be: they end up in names of variables, and those of renditions in keys of objects.
    var naming: Naming {
        switch self {
        case .pictures: Naming(longest: 32, beginsWithLetter: true, reserved: ["storyboard"])
        // The steps of a ladder have names made of these.
        case .videos, .sounds, .stills:
            Naming(longest: 20, beginsWithLetter: false, reserved: ["hls", "original", "storyboard"])
        case .webhooks: Naming(longest: 32, beginsWithLetter: true)
        // Clients read these beside those that each gateway has.
        case .routes: Naming(longest: 32, beginsWithLetter: true, taken: RatePolicy.Name.general.map(\.text))
        }
    }

    /// Lower-case letters and digits, so that where a name ends in a variable is plain.
    struct Naming: CustomStringConvertible {
        let longest: Int
        let beginsWithLetter: Bool
        /// How the names begin of what has another meaning.
        var reserved: [String] = []
        /// The names that something else has.
        var taken: [String] = []

        var description: String {
            let first = beginsWithLetter ? ", a letter first" : ""
            let other = reserved.isEmpty ? "" : ", and does not begin with \(reserved.joined(separator: ", "))"
            let none = taken.isEmpty ? "" : ", and none of \(taken.joined(separator: ", "))"
            return "1 to \(longest) lower-case letters and digits\(first)\(other)\(none)"
        }

        func allows(_ name: some StringProtocol) -> Bool {
            guard let first = name.utf8.first, name.utf8.count <= longest else { return false }
            return (Self.letters.contains(first) || !beginsWithLetter)
                && name.utf8.allSatisfy { Self.letters.contains($0) || Self.digits.contains($0) }
                && !reserved.contains { name.hasPrefix($0) } && !taken.contains { $0 == name }
        }

        private static let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    }
}
