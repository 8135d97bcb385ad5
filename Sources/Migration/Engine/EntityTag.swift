import Crypto
import NIOCore
import S3
import SigV4

/// Entity tags as most servers make them: the MD5 of what was sent at once, or the MD5 of the parts' MD5s and their number.
enum EntityTag {
    /// The digest in a tag that can be an MD5; nil for any other, such as one of parts.
    static func md5(_ tag: String) -> [UInt8]? {
        var text = Array(tag.utf8)
        if text.first == UInt8(ascii: "\""), text.last == UInt8(ascii: "\""), text.count > 1 {
            text = Array(text.dropFirst().dropLast())
        }
        return text.count == 32 ? [UInt8](hex: text) : nil
    }

    /// The tag without its quotes, which not every answer of a server has.
    static func bare(_ tag: String) -> String { tag.filter { $0 != "\"" } }

    static func md5(of bytes: ByteBuffer) -> [UInt8] {
        var function = Insecure.MD5()
        bytes.withUnsafeReadableBytes { function.update(bufferPointer: $0) }
        return Array(function.finalize())
    }

    /// Whether a tag is the one of these parts, whose own tags are MD5s.
    static func matches(_ tag: String, _ parts: [S3Part]) -> Bool {
        let digests = parts.sorted { $0.number < $1.number }.map { md5($0.etag) }
        guard !digests.contains(nil) else { return false }
        let whole = Insecure.MD5.hash(data: digests.compactMap(\.self).flatMap(\.self))
        return bare(tag.lowercased()) == "\(String(hexOf: whole))-\(parts.count)"
    }
}
