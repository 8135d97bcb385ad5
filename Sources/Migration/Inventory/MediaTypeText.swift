import Attachments
import Catalog

/// Media types as records write them.
enum MediaTypeText {
    /// What says nothing but "bytes".
    static let unknown = "application/octet-stream"

    /// The type in lower case, without parameters (RFC 9110 section 8.3.1); nil where the text is none.
    static func bare(_ text: String) -> String? {
        let bare = text.bareMediaType
        let halves = bare.split(separator: "/", omittingEmptySubsequences: false)
        let isToken = { (half: Substring) in !half.isEmpty && half.utf8.allSatisfy(\.isTokenCharacter) }
        return halves.count == 2 && halves.allSatisfy(isToken) && bare.utf8.count <= 255 ? bare : nil
    }

    /// What kind of file such a type is of, without a look at the file.
    static func kind(of mediaType: String) -> FileKind {
        switch mediaType.prefix(while: { $0 != "/" }) {
        case "image": .image
        case "video": .video
        case "audio": .audio
        case "text": .document
        default: mediaType == "application/pdf" ? .document : .other
        }
    }
}

extension UInt8 {
    /// What a token may hold (RFC 9110 section 5.6.2).
    fileprivate var isTokenCharacter: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(self)
        }
    }
}
