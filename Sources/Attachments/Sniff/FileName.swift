import Foundation

/// File names as clients send them, made fit to be kept and shown.
package enum FileName {
    /// The longest name that is kept, in bytes of UTF-8: what common file systems allow.
    package static let maxByteCount = 255

    /// The name to keep: the last path component in NFC, without control characters and what reorders or hides text.
    ///
    /// Never empty, never over `maxByteCount` bytes; a long name loses the end of its stem and keeps its extension.
    package static func clean(_ raw: String?) -> String {
        if let raw, isClean(raw) { return raw }
        let scalars = (raw ?? "").unicodeScalars
        let start = scalars.lastIndex { $0 == "/" || $0 == "\\" }.map { scalars.index(after: $0) }
        var visible = ""
        for scalar in scalars[(start ?? scalars.startIndex)...] where !isUnwanted(scalar) {
            visible.unicodeScalars.append(scalar)
        }
        let name = visible.precomposedStringWithCanonicalMapping.trimmingCharacters(in: .whitespaces)
        let shortened = shorten(name)
        return shortened.allSatisfy { $0 == "." } ? fallback : shortened
    }

    /// A name of letters, digits and the like, as most are, is left as it is.
    private static func isClean(_ name: String) -> Bool {
        guard (1...maxByteCount).contains(name.utf8.count), name.utf8.first != UInt8(ascii: ".") else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
    }

    private static let fallback = "file"

    /// Extensions are short: behind a dot further back stands a sentence.
    private static let maxExtensionByteCount = 32

    private static func shorten(_ name: String) -> String {
        guard name.utf8.count > maxByteCount else { return name }
        var ending: Substring = ""
        if let dot = name.lastIndex(of: "."), name[dot...].utf8.count <= maxExtensionByteCount {
            ending = name[dot...]
        }
        let room = maxByteCount - ending.utf8.count
        var stem = ""
        for character in name.dropLast(ending.count) {
            guard stem.utf8.count + character.utf8.count <= room else { break }
            stem.append(character)
        }
        return "\(stem.isEmpty ? fallback : stem)\(ending)"
    }

    private static func isUnwanted(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // Marks, overrides and isolates of text direction; a byte order mark.
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF:
            true
        default:
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: true
            default: false
            }
        }
    }
}
