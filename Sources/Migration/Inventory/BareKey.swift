import Crypto
import Foundation
import SigV4

/// The keys of objects that no record speaks of: as they were, but for what storages do not take.
///
/// The steps `.` and `..` are no steps to a server that has files below it, empty ones vanish, and control characters break
/// lists; those are percent-encoded, with the empty step as `%2F`. A key has at most 1,024 bytes (Amazon S3 User Guide,
/// "Naming Amazon S3 objects"); a longer one is cut, and ends with digits of the SHA-256 of what it was. The same
/// place has the same key each time; where a name looks like another one encoded, the second of the two is a conflict.
enum BareKey {
    /// The longest key, in bytes.
    static let maximumByteCount = 1024

    /// The key behind the prefix.
    static func key(_ location: String, prefix: String) -> String {
        var steps: [[UInt8]] = []
        for step in location.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            switch Array(step) {
            case []: steps.append(Array("%2F".utf8))
            case Array(".".utf8): steps.append(Array("%2E".utf8))
            case Array("..".utf8): steps.append(Array("%2E%2E".utf8))
            default: steps.append(encoded(step))
            }
        }
        let key = Array(prefix.utf8) + Array(steps.joined(separator: [UInt8(ascii: "/")]))
        guard key.count > maximumByteCount else { return String(decoding: key, as: UTF8.self) }
        let ending = "~\(String(hexOf: SHA256.hash(data: Array(location.utf8)).prefix(16)))"
        // Not within a character.
        var end = maximumByteCount - ending.utf8.count
        while end > 0, key[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: key[..<end], as: UTF8.self) + ending
    }

    private static func encoded(_ step: some Sequence<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        for byte in step {
            if byte < 0x20 || byte == 0x7F { text.append(percentEncoding: byte) } else { text.append(byte) }
        }
        return text
    }
}
