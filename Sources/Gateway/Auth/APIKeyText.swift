import Catalog
import Crypto
import Foundation
import SigV4

/// An API key as its holder has it: `satchel_`, the key's id, `_`, and a secret of 256 random bits in base64url.
///
/// The beginning lets people, and programs that look for secrets where none belong, know what it is. The id is what the
/// catalog finds it by, so that the secret is compared and never looked up.
package struct APIKeyText: Sendable {
    /// The key's id: 16 lower-case hex digits.
    package let id: String
    private let secret: String

    static let prefix = "satchel_"
    private static let idLength = 16
    /// 32 bytes in base64url without padding.
    private static let secretLength = 43

    private init(id: String, secret: String) {
        self.id = id
        self.secret = secret
    }

    /// Makes a new key.
    package static func random() -> APIKeyText {
        var generator = SystemRandomNumberGenerator()
        let words = (0..<5).map { _ in generator.next() }
        let bytes = words[..<4].flatMap { word in withUnsafeBytes(of: word) { Array($0) } }
        let secret = Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        return APIKeyText(id: String(hexOf: words[4]), secret: secret)
    }

    /// Reads a key; nil where the text cannot be one.
    init?(_ text: String) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        let rest = text.dropFirst(Self.prefix.count)
        let (id, secret) = (rest.prefix(Self.idLength), rest.dropFirst(Self.idLength + 1))
        guard rest.utf8.count == Self.idLength + 1 + Self.secretLength, rest.dropFirst(Self.idLength).first == "_",
            Self.isID(id), secret.utf8.allSatisfy(Self.isBase64URL)
        else { return nil }
        self.init(id: String(id), secret: String(secret))
    }

    /// The key as it is given to its holder: once, for nothing else knows it.
    package var revealed: String { "\(Self.prefix)\(id)_\(secret)" }

    /// What the catalog keeps of the secret.
    package var secretSHA256: [UInt8] { Array(SHA256.hash(data: Data(secret.utf8))) }

    /// Whether the stored key is this one; compared in constant time.
    func isSecret(of key: APIKey) -> Bool {
        SHA256.hash(data: Data(secret.utf8)) == Data(key.secretSHA256)
    }

    /// Whether a text has the form of a key's id.
    static func isID(_ text: some StringProtocol) -> Bool {
        text.utf8.count == idLength && text.utf8.allSatisfy(\.isLowercaseHexDigit)
    }

    private static func isBase64URL(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}

extension APIKeyText: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The key's beginning, with its id; never the secret.
    package var description: String { "\(Self.prefix)\(id)_…" }

    /// The same as `description`.
    package var debugDescription: String { description }

    /// A mirror without the secret.
    package var customMirror: Mirror { Mirror(self, children: ["id": id], displayStyle: .struct) }
}
