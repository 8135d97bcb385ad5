/// File names as text, though some are no UTF-8.
///
/// A byte that is no part of UTF-8 (0x80 to 0xFF) is written as the private-use scalar U+EF80 to U+EFFF with the same last
/// two digits. A name that really has such scalars is itself: it is looked for first. What moves files out of a directory and
/// what serves from there spell them alike, since the one goes by the other's notes.
package enum LocationText {
    private static let base: UInt32 = 0xEF00

    /// The text of a name.
    package static func text(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var text = ""
        var rest = bytes[...]
        while let first = rest.first {
            if let (scalar, count) = scalar(at: rest) {
                text.unicodeScalars.append(scalar)
                rest = rest.dropFirst(count)
            } else {
                if let stand = Unicode.Scalar(base + UInt32(first)) { text.unicodeScalars.append(stand) }
                rest = rest.dropFirst()
            }
        }
        return text
    }

    /// The names that a text may stand for: itself, then that with the bytes that are no text.
    package static func names(_ text: String) -> [[UInt8]] {
        let literal = Array(text.utf8)
        let stands = { (scalar: Unicode.Scalar) in (base + 0x80...base + 0xFF).contains(scalar.value) }
        guard text.unicodeScalars.contains(where: stands) else { return [literal] }
        var raw: [UInt8] = []
        for scalar in text.unicodeScalars {
            if stands(scalar) {
                raw.append(UInt8(scalar.value - base))
            } else {
                raw += Array(String(scalar).utf8)
            }
        }
        return [literal, raw]
    }

    /// Whether a location leads to something below its root: relative, without a way up, and of one spelling only, so that
    /// no two records mean one file without telling.
    package static func isBelowRoot(_ location: String) -> Bool {
        // By bytes: to Swift a slash and a combining mark behind it are one character, and no slash.
        let steps = location.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return steps.allSatisfy { step in
            !step.isEmpty && !step.elementsEqual(".".utf8) && !step.elementsEqual("..".utf8) && !step.contains(0)
        }
    }

    /// The scalar that the bytes begin with, and how many it has.
    private static func scalar(at bytes: ArraySlice<UInt8>) -> (Unicode.Scalar, Int)? {
        for count in 1...4 where count <= bytes.count {
            guard let text = String(validating: bytes.prefix(count), as: UTF8.self),
                let scalar = text.unicodeScalars.first
            else { continue }
            return (scalar, count)
        }
        return nil
    }
}
