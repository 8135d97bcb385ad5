/// A setting of one rendition: `media.renditions.preview.longEdge`.
///
/// The operator gives renditions their names, so these keys cannot stand in the list of `ConfigurationKey`.
struct RenditionKey: Equatable {
    /// What can be said of a rendition.
    enum Property: String, CaseIterable {
        case width
        case longEdge
        case format
        case quality
        case alpha
        case kinds
    }

    /// What comes before the name of the rendition.
    static let prefix = "media.renditions."
    private static let variablePrefix = ConfigurationKey.variableName(of: prefix)

    let rendition: String
    let property: Property

    /// The key as it stands in the file.
    var rawValue: String { "\(Self.prefix)\(rendition).\(property.rawValue)" }

    /// The variable's name without the program's prefix.
    var variableName: String { ConfigurationKey.variableName(of: rawValue) }

    init(_ rendition: String, _ property: Property) {
        self.rendition = rendition
        self.property = property
    }

    /// Reads a key of the file; nil for one that is no rendition's.
    init?(rawValue: String) {
        guard rawValue.hasPrefix(Self.prefix) else { return nil }
        let parts = rawValue.dropFirst(Self.prefix.count).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isName(parts[0]), let property = Property(rawValue: String(parts[1])) else {
            return nil
        }
        self.init(String(parts[0]), property)
    }

    /// Reads a variable's name without the program's prefix; nil for one that is no rendition's.
    ///
    /// A rendition's name has no word boundary, so where it ends is plain.
    init?(variableName: String) {
        guard variableName.hasPrefix(Self.variablePrefix) else { return nil }
        let rest = variableName.dropFirst(Self.variablePrefix.count)
        let name = rest.prefix { $0 != "_" }.lowercased()
        guard let property = Property.allCases.first(where: { "_\($0.variableName)" == rest.dropFirst(name.count) }),
            Self.isName(name)
        else { return nil }
        self.init(name, property)
    }

    /// Whether a rendition can have the name: a letter, then letters and digits, all lower-case and no more than 32.
    ///
    /// It ends up in keys of objects and in names of variables.
    static func isName(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, isLetter(first), text.utf8.count <= 32, !text.hasPrefix(storyboard) else {
            return false
        }
        return text.utf8.allSatisfy { isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    /// How the names begin that `media.storyboard` gives what it makes.
    private static let storyboard = "storyboard"

    /// What is wrong with a key that begins like a rendition's and is none; nil for any other key.
    static func fault(ofUnknown name: String) -> String? {
        guard name.hasPrefix(prefix) || "\(name)." == prefix else { return nil }
        let parts = name.dropFirst(prefix.count).split(separator: ".", omittingEmptySubsequences: false)
        let properties = Property.allCases.map(\.rawValue).joined(separator: ", ")
        guard parts.count > 1 else { return "is no setting by itself; a rendition has \(properties)" }
        guard isName(parts[0]) else {
            return """
                is no known key: a rendition's name is 1 to 32 lower-case letters and digits, a letter first, and does \
                not begin with \(storyboard)
                """
        }
        return "is no known key; a rendition has \(properties)"
    }

    /// What is wrong with a variable that begins like a rendition's and is none; nil for any other.
    static func fault(ofUnknownVariable name: String) -> String? {
        guard name.hasPrefix(variablePrefix) else { return nil }
        let endings = Property.allCases.map { "NAME_\($0.variableName)" }.joined(separator: ", ")
        return """
            is no known variable; after \(ConfigurationKey.environmentPrefix)\(variablePrefix) comes one of \
            \(endings), with the rendition's NAME in letters and digits
            """
    }
}

extension RenditionKey.Property {
    fileprivate var variableName: String { ConfigurationKey.variableName(of: rawValue) }
}
