import Crypto
import Foundation
import SigV4

/// The keys of objects that no record speaks of: as they were, but for what `MigrationKey` refuses.
///
/// The steps `.` and `..` are no steps to a server that has files below it, empty ones vanish, and control characters break
/// lists; those are percent-encoded, with the empty step as `%2F`. A name that reads like such an encoding gets `%25` in the
/// place of its percent sign, and other percent signs stay: each key leads back to one name. A key that is too long is cut,
/// and ends with digits of the SHA-256 of what the name was. The same name has the same key each time.
enum BareKey {
    /// So many bytes of the digest are at the end of a key that is cut, as hex digits behind a tilde.
    private static let digestByteCount = 16

    /// The most bytes of a prefix: in a key that is cut it is still there whole.
    static let maxPrefixByteCount = MigrationKey.maxByteCount - 1 - 2 * digestByteCount

    /// What is wrong with a prefix of all keys; nil where it is as `MigrationKey` wants keys, with a slash at its end or without.
    static func fault(inPrefix prefix: String) -> String? {
        guard !prefix.isEmpty else { return nil }
        guard prefix.utf8.count <= maxPrefixByteCount else {
            return "of at most \(maxPrefixByteCount) bytes, and it has \(prefix.utf8.count)"
        }
        guard !prefix.unicodeScalars.contains(where: MigrationKey.isUnspeakable) else {
            return "without control characters, U+FFFE and U+FFFF, which listings cannot spell"
        }
        var steps = prefix.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if steps.count > 1, steps.last?.isEmpty == true { steps.removeLast() }
        guard !steps.contains(where: \.isEmpty) else {
            return "without a slash at its beginning and two in a row, which servers join"
        }
        guard !steps.contains(where: { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }) else {
            return "without . or .. between slashes, which servers resolve or refuse"
        }
        return nil
    }

    /// The key behind the prefix, which has no fault.
    static func key(_ location: String, prefix: String) -> String {
        let steps = location.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(encoded)
        let key = Array(prefix.utf8) + Array(steps.joined(separator: [UInt8(ascii: "/")]))
        guard key.count > MigrationKey.maxByteCount else { return String(decoding: key, as: UTF8.self) }
        let ending = "~\(String(hexOf: SHA256.hash(data: Array(location.utf8)).prefix(digestByteCount)))"
        // Not within a character.
        var end = MigrationKey.maxByteCount - ending.utf8.count
        while end > 0, key[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: key[..<end], as: UTF8.self) + ending
    }

    private static func encoded(_ step: Substring.UTF8View) -> [UInt8] {
        switch Array(step) {
        case []: return Array("%2F".utf8)
        case Array(".".utf8): return Array("%2E".utf8)
        case Array("..".utf8): return Array("%2E%2E".utf8)
        default: break
        }
        if ["2F", "2E", "2E%2E"].contains(where: { isEncoding(step, of: $0.utf8, toItsEnd: true) }) {
            return Array("%25".utf8) + Array(step.dropFirst())
        }
        var text: [UInt8] = []
        // By scalars: a step is cut at slashes alone, and so never within one.
        let characters = Substring(step).unicodeScalars
        for (index, scalar) in zip(characters.indices, characters) {
            if MigrationKey.isUnspeakable(scalar) {
                for byte in String(scalar).utf8 { text.append(percentEncoding: byte) }
            } else if scalar == "%", refused.contains(where: { isEncoding(step[index...], of: $0, toItsEnd: false) }) {
                text += Array("%25".utf8)
            } else {
                text += Array(String(scalar).utf8)
            }
        }
        return text
    }

    /// What stands behind the first percent sign of each scalar that is encoded: `0A`, `C2%85`.
    private static let refused: [[UInt8]] = (UInt32(0)...0xFFFF)
        .compactMap { value in
            guard let scalar = Unicode.Scalar(value), MigrationKey.isUnspeakable(scalar) else { return nil }
            var text: [UInt8] = []
            for byte in String(scalar).utf8 { text.append(percentEncoding: byte) }
            return Array(text.dropFirst())
        }

    /// Whether the text begins with a percent sign, with `25` any number of times, and with the code: what is encoded once,
    /// or more often.
    private static func isEncoding(
        _ text: Substring.UTF8View,
        of code: some Collection<UInt8>,
        toItsEnd: Bool
    ) -> Bool {
        guard text.first == UInt8(ascii: "%") else { return false }
        var rest = text.dropFirst()
        while rest.starts(with: "25".utf8) { rest = rest.dropFirst(2) }
        return toItsEnd ? rest.elementsEqual(code) : rest.starts(with: code)
    }
}
