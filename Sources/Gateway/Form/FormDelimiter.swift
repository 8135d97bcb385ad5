import Glibc
import NIOCore

/// The line that parts a form: CRLF, two hyphens, the boundary (RFC 2046 section 5.1.1).
///
/// A boundary holds no CR, so a failed comparison never has to be taken up again inside itself: searching for CR and
/// comparing there takes linear time whatever the content, at the speed of `memchr`.
struct FormDelimiter: Sendable {
    enum Verdict: Sendable, Equatable {
        /// No delimiter begins here.
        case absent
        /// These bytes begin like a delimiter; more are needed.
        case incomplete
        /// A delimiter with its padding and line end, or with the two hyphens that close the form.
        case complete(byteCount: Int, isClosing: Bool)
        /// A delimiter whose line ends with LF alone.
        case bareLineFeed
    }

    /// White space after the boundary that is still taken for transport padding.
    static let maxPaddingByteCount = 64

    private let bytes: [UInt8]

    init(boundary: String) {
        bytes = Array("\r\n--\(boundary)".utf8)
    }

    /// The first place where a delimiter begins or may begin; the offset is the buffer's length when there is none.
    func find(in buffer: ByteBuffer) -> (offset: Int, verdict: Verdict) {
        buffer.withUnsafeReadableBytes { readable in
            var offset = 0
            while let hit = readable.offset(of: 0x0D, from: offset) {
                let judged = verdict(at: hit, in: readable)
                guard judged == .absent else { return (hit, judged) }
                offset = hit + 1
            }
            return (readable.count, .absent)
        }
    }

    /// Whether the buffer begins with a delimiter.
    func verdict(of buffer: ByteBuffer) -> Verdict {
        buffer.withUnsafeReadableBytes { verdict(at: 0, in: $0) }
    }

    /// Judges by what follows as well, so that a line which only begins like the delimiter stays content.
    private func verdict(at offset: Int, in readable: UnsafeRawBufferPointer) -> Verdict {
        let available = min(readable.count - offset, bytes.count)
        guard readable[offset..<offset + available].elementsEqual(bytes[..<available]) else { return .absent }
        var index = offset + bytes.count
        guard index < readable.count else { return .incomplete }
        if readable[index] == UInt8(ascii: "-") {
            guard index + 1 < readable.count else { return .incomplete }
            guard readable[index + 1] == UInt8(ascii: "-") else { return .absent }
            return .complete(byteCount: index + 2 - offset, isClosing: true)
        }
        let paddingLimit = index + Self.maxPaddingByteCount
        while index < readable.count, readable[index].isHeaderWhitespace {
            index += 1
            guard index <= paddingLimit else { return .absent }
        }
        guard index < readable.count else { return .incomplete }
        switch readable[index] {
        case 0x0A:
            return .bareLineFeed
        case 0x0D:
            guard index + 1 < readable.count else { return .incomplete }
            guard readable[index + 1] == 0x0A else { return .absent }
            return .complete(byteCount: index + 2 - offset, isClosing: false)
        default:
            return .absent
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The offset of the first `byte` at or after `start`.
    func offset(of byte: UInt8, from start: Int) -> Int? {
        guard start < count, let base = baseAddress, let hit = memchr(base + start, Int32(byte), count - start) else {
            return nil
        }
        return base.distance(to: UnsafeRawPointer(hit))
    }
}
