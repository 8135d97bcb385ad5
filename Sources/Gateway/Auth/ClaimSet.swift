import JWTKit

/// The claims of a token by name; which of them count is configured, so none has a property of its own.
struct ClaimSet: JWTPayload {
    var claims: [String: Claim]

    init(claims: [String: Claim]) {
        self.claims = claims
    }

    init(from decoder: any Decoder) throws {
        claims = try decoder.singleValueContainer().decode([String: Claim].self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(claims)
    }

    /// Nothing here: `TokenVerifier` judges the claims, for it knows the configuration.
    func verify(using algorithm: some JWTAlgorithm) async throws {}

    subscript(name: String) -> Claim? { claims[name] }
}

/// The value of a claim, as far as the gateway understands it.
enum Claim: Codable, Sendable, Equatable {
    case text(String)
    case integer(Int64)
    case number(Double)
    case texts([String])
    /// Anything else; never of use, and no reason to refuse a token that holds it.
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let integer = try? container.decode(Int64.self) {
            self = .integer(integer)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let texts = try? container.decode([String].self) {
            self = .texts(texts)
        } else {
            self = .other
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .integer(let integer): try container.encode(integer)
        case .number(let number): try container.encode(number)
        case .texts(let texts): try container.encode(texts)
        case .other: try container.encodeNil()
        }
    }

    /// The value as a user's id: a text that is not empty, or a whole number.
    var identifier: String? {
        switch self {
        case .text(let text): text.isEmpty ? nil : text
        case .integer(let integer): String(integer)
        case .number, .texts, .other: nil
        }
    }

    /// The value as a NumericDate (RFC 7519 section 2): seconds since the epoch.
    var seconds: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        case .text, .texts, .other: nil
        }
    }

    /// The value as a list of words: a text's words, or the list itself.
    var words: [String] {
        switch self {
        case .text(let text): text.split(separator: " ").map(String.init)
        case .texts(let texts): texts
        case .integer, .number, .other: []
        }
    }

    /// Whether the value is `text` or a list that contains it.
    func names(_ text: String) -> Bool {
        switch self {
        case .text(let own): own == text
        case .texts(let list): list.contains(text)
        case .integer, .number, .other: false
        }
    }
}
