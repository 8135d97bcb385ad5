import Foundation
import Synchronization

/// One temporary local copy: the retry buffer of S3 parts, and the seekable input of the media worker.
///
/// It takes its place in the quota at once, and on the disk with its first byte.
final class SpoolFile: Sendable {
    private struct State {
        var descriptor: Int32 = -1
        var byteCount: Int64 = 0
        var reservedBytes: Int64 = 0
        var isRemoved = false
    }

    private let path: String
    private let spool: Spool
    private let state = Mutex(State())
    /// Quota is taken in steps, so that the shared counter is not touched for every chunk.
    private static let reservationStep: Int64 = 1 << 20
    /// To close a file without a name frees its pages and blocks, 70 ms for 1 GiB: from here on no event loop waits for that.
    private static let slowlyFreedFrom: Int64 = 16 << 20

    init(path: String, spool: Spool) {
        self.path = path
        self.spool = spool
    }

    deinit {
        remove()
        let (descriptor, reservedBytes) = state.withLock { ($0.descriptor, $0.reservedBytes) }
        guard descriptor >= 0 else { return }
        guard reservedBytes >= Self.slowlyFreedFrom else {
            close(descriptor)
            return
        }
        DispatchQueue.global(qos: .utility).async { close(descriptor) }
    }

    /// Open for reading and writing for as long as this object lives, also after `remove`; negative before the first byte.
    var descriptor: Int32 {
        state.withLock(\.descriptor)
    }

    /// The bytes written so far.
    var byteCount: Int64 {
        state.withLock(\.byteCount)
    }

    /// Takes quota up front for a length that the client declared.
    func reserve(_ byteCount: Int64) throws {
        try state.withLock { try reserve(byteCount, in: &$0) }
    }

    /// Appends the bytes.
    ///
    /// One caller at a time.
    func append(_ bytes: UnsafeRawBufferPointer) throws {
        let (descriptor, offset) = try state.withLock { state in
            try reserve(state.byteCount + Int64(bytes.count), in: &state)
            if state.descriptor < 0 {
                state.descriptor = try make()
            }
            return (state.descriptor, state.byteCount)
        }
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset) + written)
            guard count >= 0 else {
                if errno == EINTR { continue }
                if errno == ENOSPC || errno == EDQUOT { throw SpoolError.full }
                throw SpoolError.unusable("A spool file cannot be written: \(SpoolError.reason(errno))")
            }
            written += count
        }
        state.withLock { $0.byteCount += Int64(written) }
    }

    /// Makes the empty file at once and takes quota for it: for a writer that gets the descriptor and writes no more than that.
    func makeOutput(upTo byteCount: Int64) throws -> Int32 {
        try state.withLock { state in
            try reserve(byteCount, in: &state)
            guard state.descriptor < 0, !state.isRemoved else {
                throw SpoolError.unusable("A spool file cannot be given away after its first byte.")
            }
            state.descriptor = try make()
            return state.descriptor
        }
    }

    /// Takes over what the writer of the descriptor wrote, and answers how many bytes that is.
    func adopt() throws -> Int64 {
        try state.withLock { state in
            let length = Int64(lseek(state.descriptor, 0, SEEK_END))
            guard length >= 0 else {
                throw SpoolError.unusable("A spool file cannot be read: \(SpoolError.reason(errno))")
            }
            try reserve(length, in: &state)
            state.byteCount = length
            return length
        }
    }

    /// Removes the file's name and gives its quota back; readers of the descriptor may go on.
    ///
    /// Idempotent.
    func remove() {
        let removed = state.withLock { state -> (isOnDisk: Bool, reservedBytes: Int64)? in
            guard !state.isRemoved else { return nil }
            state.isRemoved = true
            return (state.descriptor >= 0, state.reservedBytes)
        }
        guard let removed else { return }
        if removed.isOnDisk {
            unlink(path)
            spool.note(fileAt: path, isOpen: false)
        }
        spool.release(removed.reservedBytes)
    }

    /// An empty file of the same spool.
    func makeNeighbour() -> SpoolFile { spool.makeFile(id: UUID()) }

    private func make() throws -> Int32 {
        // Before it is there: the sweep may look at any time.
        spool.note(fileAt: path, isOpen: true)
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 { return descriptor }
        let error = errno
        spool.note(fileAt: path, isOpen: false)
        errno = error
        if errno == ENOSPC || errno == EDQUOT { throw SpoolError.full }
        throw SpoolError.unusable("A spool file cannot be made: \(SpoolError.reason(errno))")
    }

    private func reserve(_ total: Int64, in state: inout State) throws {
        guard !state.isRemoved else {
            throw SpoolError.unusable("A spool file was removed before its last byte.")
        }
        guard total > state.reservedBytes else { return }
        let step = Self.reservationStep
        let wanted = (total + step - 1) / step * step - state.reservedBytes
        guard spool.reserve(wanted) else { throw SpoolError.full }
        state.reservedBytes += wanted
    }
}
