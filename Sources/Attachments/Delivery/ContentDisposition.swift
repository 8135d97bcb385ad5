import SigV4

/// Content-Disposition of a download (RFC 6266), and which files a browser may show in place.
package enum ContentDisposition {
    /// The file is to be saved under this name.
    package static func attachment(fileName: String) -> String {
        value("attachment", fileName)
    }

    /// The file may be shown in place, and is saved under this name.
    package static func inline(fileName: String) -> String {
        value("inline", fileName)
    }

    /// Whether a browser shows the type without running anything in it: pictures but SVG, videos, audio.
    package static func isSafeInline(mediaType: String) -> Bool {
        let bare = mediaType.bareMediaType
        let isMedia = ["image/", "video/", "audio/"].contains { bare.hasPrefix($0) }
        return isMedia && !bare.hasPrefix("image/svg") && !bare.hasSuffix("+xml") && !bare.hasSuffix("mpegurl")
    }

    /// Both forms of the name: ASCII for old clients, UTF-8 for the rest (RFC 6266 section 4.3, RFC 8187).
    private static func value(_ disposition: String, _ fileName: String) -> String {
        "\(disposition); filename=\"\(asciiName(fileName))\"; filename*=UTF-8''\(extendedName(fileName))"
    }

    /// Quotes and backslashes are read differently by different clients, and so are percent signs (RFC 6266 appendix D).
    private static func asciiName(_ fileName: String) -> String {
        String(fileName.map { isPlain($0) ? $0 : "_" })
    }

    private static func isPlain(_ character: Character) -> Bool {
        guard let byte = character.asciiValue, (0x20...0x7E).contains(byte) else { return false }
        return !["\"", "\\", "%"].contains(character)
    }

    private static func extendedName(_ fileName: String) -> String {
        var encoded: [UInt8] = []
        for byte in fileName.utf8 {
            if attributeBytes.contains(byte) {
                encoded.append(byte)
            } else {
                encoded.append(percentEncoding: byte)
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// attr-char (RFC 8187 section 3.2.1).
    private static let attributeBytes = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`|~".utf8
    )
}
