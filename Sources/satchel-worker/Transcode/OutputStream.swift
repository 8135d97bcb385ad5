import CLibAV
import Glibc
import Media

/// FFmpeg's view of the file that a job writes.
///
/// Owns the AVIOContext. The descriptor's offset must be this process's own: it is what is written at.
final class OutputStream {
    private let stream: StreamContext
    private let cursor: OutputCursor
    /// The same file, while a muxer reads what it wrote.
    private var reader: InputStream?

    init(descriptor: Int32) throws(MediaFailure) {
        cursor = OutputCursor(descriptor)
        stream = try StreamContext(over: cursor, bufferByteCount: 262_144) { buffer, count, cursor in
            avio_alloc_context(buffer, count, 1, cursor, nil, writeOutput, seekOutput)
        }
    }

    var context: UnsafeMutablePointer<AVIOContext> { stream.pointer }

    /// What was written so far, to be read by offset; FFmpeg's own buffer must be flushed before.
    var written: FileBytes { FileBytes(regular: cursor.descriptor, byteCount: cursor.byteCount) }

    /// Why the file took no more, if it did not.
    var failure: MediaFailure? {
        switch cursor.error {
        case 0: nil
        case EFBIG: MediaFailure(.answerTooLarge, "The output has more bytes than the limit.")
        default: MediaFailure(.unwritable, "The output cannot be written (errno \(cursor.error)).")
        }
    }

    /// Has a muxer read what it wrote by an opening of this file, and open nothing else.
    func serve(_ muxer: UnsafeMutablePointer<AVFormatContext>) {
        muxer.pointee.pb = context
        muxer.pointee.opaque = Unmanaged.passUnretained(self).toOpaque()
        muxer.pointee.io_open = openOutputForReading
        muxer.pointee.io_close2 = closeOutputForReading
    }

    fileprivate func openForReading() -> UnsafeMutablePointer<AVIOContext>? {
        reader = try? InputStream(written)
        return reader?.context
    }

    fileprivate func closeForReading() {
        reader = nil
    }
}

/// A descriptor, how long its file has become, and what went wrong with it first.
///
/// A confined process may not ask the system about files, but keeps count.
private final class OutputCursor {
    let descriptor: Int32
    private(set) var error: Int32 = 0
    private(set) var byteCount: Int64 = 0
    private var offset: Int64 = 0

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    func write(_ bytes: UnsafePointer<UInt8>, count: Int) -> Int32 {
        var done = 0
        while done < count {
            let written = Glibc.write(descriptor, bytes + done, count - done)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                error = error == 0 ? (written < 0 ? errno : EIO) : error
                return satchel_averror(error)
            }
            done += written
            offset += Int64(written)
            byteCount = max(byteCount, offset)
        }
        return Int32(clamping: count)
    }

    func seek(to position: Int64, whence: Int32) -> Int64 {
        guard !StreamContext.asksForSize(whence) else { return byteCount }
        guard let target = StreamContext.target(of: position, whence, from: offset, in: byteCount),
            lseek(descriptor, off_t(target), SEEK_SET) == off_t(target)
        else { return Int64(satchel_averror(EINVAL)) }
        offset = target
        return target
    }
}

private func writeOutput(
    _ opaque: UnsafeMutableRawPointer?,
    _ buffer: UnsafeMutablePointer<UInt8>?,
    _ count: Int32
) -> Int32 {
    guard let opaque, let buffer else { return satchel_averror(EINVAL) }
    return Unmanaged<OutputCursor>.fromOpaque(opaque).takeUnretainedValue().write(buffer, count: Int(count))
}

private func seekOutput(_ opaque: UnsafeMutableRawPointer?, _ position: Int64, _ whence: Int32) -> Int64 {
    guard let opaque else { return Int64(satchel_averror(EINVAL)) }
    return Unmanaged<OutputCursor>.fromOpaque(opaque).takeUnretainedValue().seek(to: position, whence: whence)
}

private func openOutputForReading(
    _ muxer: UnsafeMutablePointer<AVFormatContext>?,
    _ opened: UnsafeMutablePointer<UnsafeMutablePointer<AVIOContext>?>?,
    _ url: UnsafePointer<CChar>?,
    _ flags: Int32,
    _ options: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
    guard let opaque = muxer?.pointee.opaque, flags == AVIO_FLAG_READ else { return satchel_averror(EPERM) }
    opened?.pointee = Unmanaged<OutputStream>.fromOpaque(opaque).takeUnretainedValue().openForReading()
    return opened?.pointee == nil ? satchel_averror(ENOMEM) : 0
}

private func closeOutputForReading(
    _ muxer: UnsafeMutablePointer<AVFormatContext>?,
    _ opened: UnsafeMutablePointer<AVIOContext>?
) -> Int32 {
    guard let opaque = muxer?.pointee.opaque else { return satchel_averror(EINVAL) }
    Unmanaged<OutputStream>.fromOpaque(opaque).takeUnretainedValue().closeForReading()
    return 0
}
