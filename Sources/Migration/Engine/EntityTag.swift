import Crypto
import NIOCore
import S3

/// Entity tags as most servers make them: the MD5 of what was sent at once, or the MD5 of the parts' MD5s and their number.
enum EntityTag {
    /// The digest in a tag that can be an MD5; nil for any other, such as one of parts.
    static func md5(_ tag: String) -> [UInt8]? {
        var text = Array(tag.utf8)
        if text.first == UInt8(ascii: "\""), text.last == UInt8(ascii: "\""), text.count > 1 {
            text = Array(text.dropFirst().dropLast())
        }
        guard text.count == 32 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 32, by: 2) {
            guard let high = digit(text[index]), let low = digit(text[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

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
        let digits = Array("0123456789abcdef".utf8)
        let hex = whole.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        let wanted = String(decoding: hex, as: UTF8.self) + "-\(parts.count)"
        return tag.lowercased().filter { $0 != "\"" } == wanted
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
