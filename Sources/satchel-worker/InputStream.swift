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

    init(descriptor: Int32) throws(MediaFailure) {
        let cursor = try FileCursor(descriptor: descriptor)
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

    var byteCount: Int64 { cursor.byteCount }
}

/// A descriptor with an offset of its own: the descriptor's is shared with the process that passed it.
private final class FileCursor {
    let byteCount: Int64
    private let descriptor: Int32
    private var offset: Int64 = 0

    init(descriptor: Int32) throws(MediaFailure) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw MediaFailure(.unreadable, "The file is not a regular one.")
        }
        self.descriptor = descriptor
        byteCount = Int64(status.st_size)
    }

    func read(into buffer: UnsafeMutablePointer<UInt8>, count: Int) -> Int32 {
        var received: Int
        repeat {
            received = pread(descriptor, buffer, count, off_t(offset))
        } while received < 0 && errno == EINTR
        guard received >= 0 else { return satchel_averror(errno) }
        guard received > 0 else { return satchel_averror_eof() }
        offset += Int64(received)
        return Int32(clamping: received)
    }

    func seek(to position: Int64, whence: Int32) -> Int64 {
        let base: Int64
        switch whence & ~satchel_seek_force() {
        case satchel_seek_size(): return byteCount
        case SEEK_SET: base = 0
        case SEEK_CUR: base = offset
        case SEEK_END: base = byteCount
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
