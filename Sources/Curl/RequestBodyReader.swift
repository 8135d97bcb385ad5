import Glibc
import NIOCore

/// Gives libcurl the bytes of a request's body, and starts over when libcurl must send again.
///
/// Not Sendable: used by the loop's thread alone.
final class RequestBodyReader {
    enum Reading {
        case bytes(Int)
        case nothingYet
        case failed(String)
    }

    private enum Source {
        case nothing
        case buffer(ByteBuffer)
        case file(DuplicatedDescriptor, offset: Int64)
        case pipe(UploadPipe)
    }

    /// The length of the body, `nil` when it is not known.
    let count: Int64?
    private let source: Source
    /// How many bytes libcurl was given since the body's start.
    private var position: Int64 = 0
    /// Whether a body of unknown length has told libcurl its end.
    private(set) var hasEnded = false

    init(_ transfer: Transfer) throws(CurlError) {
        count = transfer.request.body.count
        switch transfer.request.body {
        case .none:
            source = .nothing
        case .bytes(let buffer):
            source = .buffer(buffer)
        case .file(let descriptor, let offset, _):
            source = try .file(DuplicatedDescriptor(descriptor), offset: offset)
        case .stream:
            source = transfer.uploadPipe.map { Source.pipe($0) } ?? .nothing
        }
    }

    /// Copies the next bytes; 0 bytes are the end.
    func read(into target: UnsafeMutableRawBufferPointer) -> Reading {
        let wanted = count.map { Int(min(Int64(target.count), $0 - position)) } ?? target.count
        guard wanted > 0 else { return .bytes(0) }
        let room = UnsafeMutableRawBufferPointer(rebasing: target[..<wanted])
        switch source {
        case .nothing:
            return .bytes(0)
        case .buffer(let buffer):
            buffer.withUnsafeReadableBytes { bytes in
                let start = Int(position)
                room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + wanted]))
            }
            return advance(by: wanted)
        case .file(let descriptor, let offset):
            return readFile(descriptor.number, at: offset + position, into: room)
        case .pipe(let pipe):
            switch pipe.read(into: room) {
            case .bytes(let byteCount): return advance(by: byteCount)
            case .nothingYet: return .nothingYet
            case .end:
                hasEnded = true
                return .bytes(0)
            }
        }
    }

    /// Goes to a position of the body.
    ///
    /// `false` when the bytes there are gone.
    func seek(to target: Int64) -> Bool {
        if case .pipe = source, target != position { return false }
        guard target >= 0, target <= count ?? position else { return false }
        position = target
        return true
    }

    private func readFile(_ descriptor: Int32, at offset: Int64, into room: UnsafeMutableRawBufferPointer) -> Reading {
        while true {
            let byteCount = pread(descriptor, room.baseAddress, room.count, off_t(offset))
            if byteCount > 0 {
                return advance(by: byteCount)
            }
            if byteCount == 0 {
                return .failed("the file is shorter than declared")
            }
            let code = errno
            guard code == EINTR else {
                return .failed("the file could not be read: errno \(code)")
            }
        }
    }

    private func advance(by byteCount: Int) -> Reading {
        position += Int64(byteCount)
        return .bytes(byteCount)
    }
}

/// A duplicate of a caller's descriptor: the transfer may go on after the caller has closed its own.
private final class DuplicatedDescriptor {
    let number: Int32

    init(_ original: Int32) throws(CurlError) {
        number = fcntl(original, F_DUPFD_CLOEXEC, 0)
        guard number >= 0 else {
            throw CurlError(
                code: .bodyReadFailed,
                delivery: .neverSent,
                message: "the body's file is not open, or there are too many: errno \(errno)"
            )
        }
    }

    deinit {
        guard number >= 0 else { return }
        close(number)
    }
}
