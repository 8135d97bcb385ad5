import CLibAV
import Glibc
import Media

/// FFmpeg's view of an open file: its bytes by offset, and nothing of its name.
///
/// Owns the AVIOContext.
final class InputStream {
    private let stream: StreamContext
    private let cursor: FileCursor

    init(_ bytes: FileBytes) throws(MediaFailure) {
        cursor = FileCursor(bytes)
        stream = try StreamContext(over: cursor, bufferByteCount: 65_536) { buffer, count, cursor in
            avio_alloc_context(buffer, count, 0, cursor, readInput, nil, seekInput)
        }
    }

    var context: UnsafeMutablePointer<AVIOContext> { stream.pointer }

    var byteCount: Int64 { cursor.bytes.byteCount }
}

/// A descriptor with an offset of its own: the descriptor's is shared with the process that passed it.
private final class FileCursor {
    let bytes: FileBytes
    private var offset: Int64 = 0

    init(_ bytes: FileBytes) {
        self.bytes = bytes
    }

    func read(into buffer: UnsafeMutablePointer<UInt8>, count: Int) -> Int32 {
        var received: Int
        repeat {
            received = pread(bytes.descriptor, buffer, count, off_t(offset))
        } while received < 0 && errno == EINTR
        guard received >= 0 else { return satchel_averror(errno) }
        guard received > 0 else { return satchel_averror_eof() }
        offset += Int64(received)
        return Int32(clamping: received)
    }

    func seek(to position: Int64, whence: Int32) -> Int64 {
        guard !StreamContext.asksForSize(whence) else { return bytes.byteCount }
        guard let target = StreamContext.target(of: position, whence, from: offset, in: bytes.byteCount) else {
            return Int64(satchel_averror(EINVAL))
        }
        offset = target
        return target
    }
}

private func readInput(
    _ opaque: UnsafeMutableRawPointer?,
    _ buffer: UnsafeMutablePointer<UInt8>?,
    _ count: Int32
) -> Int32 {
    guard let opaque, let buffer else { return satchel_averror(EINVAL) }
    return Unmanaged<FileCursor>.fromOpaque(opaque).takeUnretainedValue().read(into: buffer, count: Int(count))
}

private func seekInput(_ opaque: UnsafeMutableRawPointer?, _ position: Int64, _ whence: Int32) -> Int64 {
    guard let opaque else { return Int64(satchel_averror(EINVAL)) }
    return Unmanaged<FileCursor>.fromOpaque(opaque).takeUnretainedValue().seek(to: position, whence: whence)
}
