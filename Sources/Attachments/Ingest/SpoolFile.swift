import Foundation
import Synchronization

/// One temporary local copy: the retry buffer of S3 parts, and the seekable input of the media worker.
final class SpoolFile: Sendable {
    /// Open for reading and writing for as long as this object lives, also after `remove`.
    let descriptor: Int32

    private struct State {
        var byteCount: Int64 = 0
        var reservedBytes: Int64 = 0
        var isRemoved = false
    }

    private let path: String
    private let spool: Spool
    private let state = Mutex(State())
    /// Quota is taken in steps, so that the shared counter is not touched for every chunk.
    private static let reservationStep: Int64 = 1 << 20

    init(descriptor: Int32, path: String, spool: Spool) {
        self.descriptor = descriptor
        self.path = path
        self.spool = spool
    }

    deinit {
        remove()
        close(descriptor)
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
        let offset = try state.withLock { state in
            try reserve(state.byteCount + Int64(bytes.count), in: &state)
            return state.byteCount
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

    /// Removes the file's name and gives its quota back; readers of the descriptor may go on.
    ///
    /// Idempotent.
    func remove() {
        let reserved: Int64? = state.withLock { state in
            guard !state.isRemoved else { return nil }
            state.isRemoved = true
            return state.reservedBytes
        }
        guard let reserved else { return }
        unlink(path)
        spool.release(reserved)
    }

    private func reserve(_ total: Int64, in state: inout State) throws {
        guard total > state.reservedBytes else { return }
        let step = Self.reservationStep
        let wanted = (total + step - 1) / step * step - state.reservedBytes
        guard spool.reserve(wanted) else { throw SpoolError.full }
        state.reservedBytes += wanted
    }
}
