import NIOCore
import Synchronization

/// A bounded queue of buffers from the task that reads a stream body to the loop's read callback.
final class UploadPipe: Sendable {
    /// From this many queued bytes on the writer waits, until they are below `lowWaterMark`.
    static let highWaterMark = 1024 * 1024
    static let lowWaterMark = 512 * 1024

    /// What the read callback gets.
    enum Reading: Sendable {
        case bytes(Int)
        case nothingYet
        case end
    }

    private struct State {
        var buffers = CircularBuffer<ByteBuffer>()
        var byteCount = 0
        var hasEnded = false
        /// The transfer is over: nothing more is wanted.
        var isClosed = false
        /// The reader found nothing and waits for `resumeReader`.
        var isReaderPaused = false
        var writer: CheckedContinuation<Bool, Never>?
        var feeder: Task<Void, Never>?
    }

    private let state = Mutex(State())

    // MARK: - The feeding task's side

    /// Queues a buffer and waits while the queue is full.
    ///
    /// `false`: the transfer is over, stop.
    ///
    /// `resumeReader` is called when the reader waits for bytes.
    func write(_ buffer: ByteBuffer, resumeReader: () -> Void) async -> Bool {
        guard buffer.readableBytes > 0 else { return !state.withLock { $0.isClosed } }
        let (isOpen, isFull, wasPaused) = state.withLock { state -> (Bool, Bool, Bool) in
            guard !state.isClosed else { return (false, false, false) }
            state.buffers.append(buffer)
            state.byteCount += buffer.readableBytes
            let wasPaused = state.isReaderPaused
            state.isReaderPaused = false
            return (true, state.byteCount >= Self.highWaterMark, wasPaused)
        }
        if wasPaused {
            resumeReader()
        }
        return isFull ? await waitForRoom() : isOpen
    }

    /// Says that no more buffers come.
    func end(resumeReader: () -> Void) {
        let wasPaused = state.withLock { state in
            state.hasEnded = true
            let wasPaused = state.isReaderPaused
            state.isReaderPaused = false
            return wasPaused
        }
        if wasPaused {
            resumeReader()
        }
    }

    private func waitForRoom() async -> Bool {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state -> Bool? in
                if state.isClosed {
                    return false
                }
                if state.byteCount < Self.lowWaterMark {
                    return true
                }
                state.writer = continuation
                return nil
            }
            if let isOpen {
                continuation.resume(returning: isOpen)
            }
        }
    }

    // MARK: - The loop's side

    /// Copies queued bytes.
    ///
    /// After `nothingYet` the writer calls its `resumeReader`.
    func read(into target: UnsafeMutableRawBufferPointer) -> Reading {
        let (reading, writer) = state.withLock { state -> (Reading, CheckedContinuation<Bool, Never>?) in
            var copied = 0
            while copied < target.count, !state.buffers.isEmpty {
                let room = UnsafeMutableRawBufferPointer(rebasing: target[copied...])
                copied += state.buffers[state.buffers.startIndex]
                    .readWithUnsafeReadableBytes { source in
                        let count = min(source.count, room.count)
                        room.copyMemory(from: UnsafeRawBufferPointer(rebasing: source.prefix(count)))
                        return count
                    }
                if state.buffers[state.buffers.startIndex].readableBytes == 0 {
                    state.buffers.removeFirst()
                }
            }
            state.byteCount -= copied
            var writer: CheckedContinuation<Bool, Never>?
            if state.byteCount < Self.lowWaterMark {
                writer = state.writer
                state.writer = nil
            }
            if copied > 0 {
                return (Reading.bytes(copied), writer)
            }
            if state.hasEnded {
                return (Reading.end, writer)
            }
            state.isReaderPaused = true
            return (Reading.nothingYet, writer)
        }
        writer?.resume(returning: true)
        return reading
    }

    /// Keeps the task that feeds the pipe, to be cancelled when the transfer is over.
    func attach(_ feeder: Task<Void, Never>) {
        let isClosed = state.withLock { state in
            if !state.isClosed {
                state.feeder = feeder
            }
            return state.isClosed
        }
        if isClosed {
            feeder.cancel()
        }
    }

    /// Drops what is queued, lets the writer go and cancels the feeding task.
    func close() {
        let (writer, feeder) = state.withLock { state -> (CheckedContinuation<Bool, Never>?, Task<Void, Never>?) in
            let parting = (state.writer, state.feeder)
            state = State(isClosed: true)
            return parting
        }
        writer?.resume(returning: false)
        feeder?.cancel()
    }
}
