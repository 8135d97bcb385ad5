/// A setting of one rendition of videos or sounds: `renditions.video.720p.shortEdge`, `renditions.audio.voice.bitrate`.
///
/// The operator gives renditions their names, so these keys cannot stand in the list of `ConfigurationKey`.
struct TranscodeKey: Equatable {
    /// Of what the rendition is made.
    enum Medium: String, CaseIterable {
        case video
        case audio
    }

    /// What can be said of a rendition.
    enum Property: String, CaseIterable {
        case shortEdge
        case crf
        case maxBitrate
        case gopSeconds
        case maxFrameRate
        case preset
        case audioBitrate
        case format
        case bitrate

        /// Of what it can be said.
        var medium: Medium {
            switch self {
            case .shortEdge, .crf, .maxBitrate, .gopSeconds, .maxFrameRate, .preset, .audioBitrate: .video
            case .format, .bitrate: .audio
            }
        }
    }

    let medium: Medium
    let rendition: String
    let property: Property

    /// The key as it stands in the file.
    var rawValue: String { "\(medium.prefix)\(rendition).\(property.rawValue)" }

    init(_ medium: Medium, _ rendition: String, _ property: Property) {
        self.medium = medium
        self.rendition = rendition
        self.property = property
    }

    /// Reads a key of the file; nil for one that is no rendition's.
    init?(rawValue: String) {
        guard let medium = Medium.allCases.first(where: { rawValue.hasPrefix($0.prefix) }) else { return nil }
        let parts = rawValue.dropFirst(medium.prefix.count).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isName(parts[0]), let property = Property(rawValue: String(parts[1])),
            property.medium == medium
        else { return nil }
        self.init(medium, String(parts[0]), property)
    }

    /// Reads a variable's name without the program's prefix; nil for one that is no rendition's.
    ///
    /// A rendition's name has no word boundary, so where it ends is plain.
    init?(variableName: String) {
        guard let medium = Medium.allCases.first(where: { variableName.hasPrefix($0.variablePrefix) }) else {
            return nil
        }
        let rest = variableName.dropFirst(medium.variablePrefix.count)
        let name = rest.prefix { $0 != "_" }.lowercased()
        let property = medium.properties.first { "_\($0.variableName)" == rest.dropFirst(name.count) }
        guard let property, Self.isName(name) else { return nil }
        self.init(medium, name, property)
    }

    /// Whether a rendition can have the name: letters and digits, all lower-case, no more than 20.
    ///
    /// It ends up in keys of objects and in names of variables, and the steps of a ladder have names made of it.
    static func isName(_ text: some StringProtocol) -> Bool {
        guard (1...20).contains(text.utf8.count), !reserved.contains(where: { text.hasPrefix($0) }) else {
            return false
        }
        return text.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
    }

    /// How the names begin of what has another meaning.
    private static let reserved = ["hls", "original", "storyboard"]

    /// What is wrong with a key that begins like a rendition's and is none; nil for any other key.
    static func fault(ofUnknown name: String) -> String? {
        guard let medium = Medium.allCases.first(where: { name.hasPrefix($0.prefix) || "\(name)." == $0.prefix }) else {
            return nil
        }
        let parts = name.dropFirst(medium.prefix.count).split(separator: ".", omittingEmptySubsequences: false)
        let properties = medium.properties.map(\.rawValue).joined(separator: ", ")
        guard parts.count > 1 else {
            return "is no setting by itself; a rendition of \(medium.rawValue) has \(properties)"
        }
        guard isName(parts[0]) else {
            return """
                is no known key: a rendition's name is 1 to 20 lower-case letters and digits, and does not begin with \
                \(reserved.joined(separator: ", "))
                """
        }
        return "is no known key; a rendition of \(medium.rawValue) has \(properties)"
    }

    /// What is wrong with a variable that begins like a rendition's and is none; nil for any other.
    static func fault(ofUnknownVariable name: String) -> String? {
        guard let medium = Medium.allCases.first(where: { name.hasPrefix($0.variablePrefix) }) else { return nil }
        let endings = medium.properties.map { "NAME_\($0.variableName)" }.joined(separator: ", ")
        return """
            is no known variable; after \(ConfigurationKey.environmentPrefix)\(medium.variablePrefix) comes one of \
            \(endings), with the rendition's NAME in letters and digits
            """
    }
}

extension TranscodeKey.Medium {
    /// What comes before the name of the rendition.
    var prefix: String { "renditions.\(rawValue)." }
    fileprivate var variablePrefix: String { ConfigurationKey.variableName(of: prefix) }
    /// What can be said of such a rendition.
    fileprivate var properties: [TranscodeKey.Property] { TranscodeKey.Property.allCases.filter { $0.medium == self } }
}

extension TranscodeKey.Property {
    fileprivate var variableName: String { ConfigurationKey.variableName(of: rawValue) }
}
