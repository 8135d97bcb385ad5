import CLibAV
import Glibc
import Media

/// FFmpeg's view of an open file: its bytes by offset, and nothing of its name.
///
/// Owns the AVIOContext.
final class InputStream {
    private static let bufferByteCount = 65_536

    let context: UnsafeMutablePointer<AVIOContext>
    /// The callbacks below hold this without counting it.
    private let cursor: FileCursor

    init(_ bytes: FileBytes) throws(MediaFailure) {
        let cursor = FileCursor(bytes)
        guard let buffer = av_malloc(InputStream.bufferByteCount) else { throw MediaFailure.outOfMemory }
        let context = avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self),
            Int32(InputStream.bufferByteCount),
            0,
            Unmanaged.passUnretained(cursor).toOpaque(),
            readInput,
            nil,
            seekInput
        )
        guard let context else {
            av_free(buffer)
            throw MediaFailure.outOfMemory
        }
        self.cursor = cursor
        self.context = context
    }

    deinit {
        // Not the buffer of the beginning: FFmpeg may have put another in its place.
        av_free(context.pointee.buffer)
        var owned: UnsafeMutablePointer<AVIOContext>? = context
        avio_context_free(&owned)
    }

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
        let base: Int64
        switch whence & ~satchel_seek_force() {
        case satchel_seek_size(): return bytes.byteCount
        case SEEK_SET: base = 0
        case SEEK_CUR: base = offset
        case SEEK_END: base = bytes.byteCount
        default: return Int64(satchel_averror(EINVAL))
        }
        let (target, overflows) = base.addingReportingOverflow(position)
        guard !overflows, target >= 0 else { return Int64(satchel_averror(EINVAL)) }
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
