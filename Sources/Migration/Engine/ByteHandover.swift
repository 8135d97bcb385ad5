import NIOCore
import Synchronization

/// Hands buffers from the task that reads them to the one that sends them: one may wait to be taken, and its giver with the next.
///
/// For one giver and one taker.
final class ByteHandover: AsyncSequence, Sendable {
    private struct State {
        var waiting: ByteBuffer?
        var giver: CheckedContinuation<Bool, Never>?
        var taker: CheckedContinuation<ByteBuffer?, any Error>?
        /// No more come: that was all, or the giver failed.
        var end: Result<Void, any Error>?
        /// Nobody takes any more.
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Gives a buffer, and waits while another one is there; false where nobody takes any more.
    func give(_ buffer: ByteBuffer) async -> Bool {
        await withTaskCancellationHandler {
            guard await hasRoom() else { return false }
            let taker = state.withLock { state in
                if state.taker == nil { state.waiting = buffer }
                defer { state.taker = nil }
                return state.taker
            }
            taker?.resume(returning: buffer)
            return true
        } onCancel: {
            end(.failure(CancellationError()))
        }
    }

    /// Ends the sequence behind what was given; with a failure, at once.
    func end(_ result: Result<Void, any Error> = .success(())) {
        let (giver, taker) = state.withLock { state in
            defer { (state.giver, state.taker) = (nil, nil) }
            if state.end == nil { state.end = result }
            return (state.giver, state.taker)
        }
        giver?.resume(returning: false)
        taker?.resume(with: result.map { nil })
    }

    /// Nobody takes any more: givers wait for nothing.
    func close() {
        let (giver, taker) = state.withLock { state in
            defer { state = State(end: state.end, isClosed: true) }
            return (state.giver, state.taker)
        }
        giver?.resume(returning: false)
        taker?.resume(returning: nil)
    }

    private func hasRoom() async -> Bool {
        await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Bool? in
                if state.isClosed || state.end != nil { return false }
                if state.waiting == nil { return true }
                state.giver = continuation
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    fileprivate func take() async throws -> ByteBuffer? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (answer, giver) = state.withLock {
                    state -> (Result<ByteBuffer?, any Error>?, CheckedContinuation<Bool, Never>?) in
                    if state.isClosed { return (.success(nil), nil) }
                    if case .failure(let failure)? = state.end { return (.failure(failure), nil) }
                    if let buffer = state.waiting {
                        defer { (state.waiting, state.giver) = (nil, nil) }
                        return (.success(buffer), state.giver)
                    }
                    if state.end != nil { return (.success(nil), nil) }
                    state.taker = continuation
                    return (nil, nil)
                }
                giver?.resume(returning: true)
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            close()
        }
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let handover: ByteHandover

        mutating func next() async throws -> ByteBuffer? { try await handover.take() }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(handover: self) }
}
