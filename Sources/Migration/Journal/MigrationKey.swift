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
        guard !key.unicodeScalars.contains(where: isUnspeakable) else {
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

    /// Whether it is a character that no key has: a control (C0, DEL and C1), or one of the two that XML 1.0, which lists are
    /// written in, cannot spell even as a reference (section 2.2, "Characters").
    static func isUnspeakable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0xFFFE..<0x10000: true
        default: false
        }
    }

    private static let slash = UInt8(ascii: "/")
}
