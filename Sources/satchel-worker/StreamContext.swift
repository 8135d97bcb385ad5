import CLibAV
import Glibc
import Media

/// An AVIOContext, FFmpeg's view of a file that it knows by nothing but callbacks; freed with the value.
final class StreamContext {
    let pointer: UnsafeMutablePointer<AVIOContext>
    /// The callbacks get this without counting it.
    private let cursor: AnyObject

    /// `allocate` makes the context of a buffer, its length and what the callbacks are to get: what a callback for writing is
    /// given differs between FFmpeg's releases, and only a function's own name fits both.
    init(
        over cursor: AnyObject,
        bufferByteCount: Int32,
        _ allocate: (UnsafeMutablePointer<UInt8>, Int32, UnsafeMutableRawPointer) -> UnsafeMutablePointer<AVIOContext>?
    ) throws(MediaFailure) {
        guard let buffer = av_malloc(Int(bufferByteCount)) else { throw MediaFailure.outOfMemory }
        let context = allocate(
            buffer.assumingMemoryBound(to: UInt8.self),
            bufferByteCount,
            Unmanaged.passUnretained(cursor).toOpaque()
        )
        guard let context else {
            av_free(buffer)
            throw MediaFailure.outOfMemory
        }
        self.cursor = cursor
        pointer = context
    }

    deinit {
        // Not the buffer of the beginning: FFmpeg may have put another in its place.
        av_free(pointer.pointee.buffer)
        var owned: UnsafeMutablePointer<AVIOContext>? = pointer
        avio_context_free(&owned)
    }

    /// Whether a seek asks how long the file is, and goes nowhere.
    static func asksForSize(_ whence: Int32) -> Bool { whence & ~satchel_seek_force() == satchel_seek_size() }

    /// The offset that a seek leads to; nil where there is none.
    static func target(of position: Int64, _ whence: Int32, from offset: Int64, in byteCount: Int64) -> Int64? {
        let base: Int64
        switch whence & ~satchel_seek_force() {
        case SEEK_SET: base = 0
        case SEEK_CUR: base = offset
        case SEEK_END: base = byteCount
        default: return nil
        }
        let (target, overflows) = base.addingReportingOverflow(position)
        return overflows || target < 0 ? nil : target
    }
}
