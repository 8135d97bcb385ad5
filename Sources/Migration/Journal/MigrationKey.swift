import Crypto
import SigV4

/// The rules of keys that every storage keeps as they are.
///
/// S3 takes almost anything, but servers that keep objects as files make one key of `a//b` and `a/b`, refuse `..`, and
/// some listings cannot spell control characters.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
package enum MigrationKey {
    /// The most bytes of a key.
    package static let maxByteCount = 1024

    /// What is wrong with a key and how it should be; nil where every storage takes it.
    package static func fault(in key: String) -> String? {
        guard !key.isEmpty else { return "a key has at least one byte" }
        guard key.utf8.count <= maxByteCount else {
            return "the key has \(key.utf8.count) bytes; \(maxByteCount) are allowed"
        }
        guard !key.unicodeScalars.contains(where: isControl) else {
            return "the key has a control character in it, which listings cannot spell"
        }
        let segments = key.utf8.split(separator: slash, omittingEmptySubsequences: false)
        guard !segments.contains(where: \.isEmpty) else {
            return "the key \(key) begins or ends with a slash or has two in a row, which servers join"
        }
        guard !segments.contains(where: { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }) else {
            return "the key \(key) has . or .. between slashes, which servers resolve or refuse"
        }
        return nil
    }

    /// A key that every storage takes, the same each time: the text itself where that is one.
    ///
    /// Else control characters, dots that stand alone, and slashes too many are written as `%XX`; what is too long is cut,
    /// and ends with `~`, the first 32 hex digits of the text's SHA-256, and its extension.
    package static func usable(_ text: String) -> String {
        guard fault(in: text) != nil else { return text }
        var segments = text.utf8.split(separator: slash, omittingEmptySubsequences: false).map(escape)
        // An empty segment stands for a slash that would be joined with its neighbour.
        segments = segments.map { $0.isEmpty ? "%2F" : $0 }
        let key = segments.joined(separator: "/")
        return key.utf8.count <= maxByteCount ? key : shorten(key, of: text)
    }

    private static let slash = UInt8(ascii: "/")

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0xFFFE, 0xFFFF: true
        default: false
        }
    }

    private static func escape(_ segment: Substring.UTF8View) -> String {
        let text = String(Substring(segment))
        if text == "." { return "%2E" }
        if text == ".." { return "%2E%2E" }
        var escaped: [UInt8] = []
        for scalar in text.unicodeScalars {
            for byte in String(scalar).utf8 {
                if isControl(scalar) { escaped.append(percentEncoding: byte) } else { escaped.append(byte) }
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    private static func shorten(_ key: String, of text: String) -> String {
        let digest = String(hexOf: SHA256.hash(data: Array(text.utf8)).prefix(16))
        let name = key.utf8.suffix(while: { $0 != slash })
        let dot = name.lastIndex(of: UInt8(ascii: "."))
        let ending = dot.map { String(Substring(key.utf8[$0...])) } ?? ""
        let suffix = "~" + digest + (ending.utf8.count <= 16 ? ending : "")
        var head = ""
        for scalar in key.unicodeScalars {
            guard head.utf8.count + String(scalar).utf8.count + suffix.utf8.count <= maxByteCount else { break }
            head.unicodeScalars.append(scalar)
        }
        // A cut just behind a slash, or inside an escape, is a key all the same: nobody takes it apart again.
        return head + suffix
    }
}

extension BidirectionalCollection {
    /// The longest end of which each element satisfies the test.
    fileprivate func suffix(while test: (Element) -> Bool) -> SubSequence {
        var start = endIndex
        while start > startIndex, test(self[index(before: start)]) { formIndex(before: &start) }
        return self[start...]
    }
}
