import NIOCore
import Synchronization

/// The memory that objects under way may have: so many buffers, which go from one to the next.
///
/// Who wants one waits for its turn. A holder never waits for a second one in a way that others depend on: a part gives its
/// buffer back when it is sent, whatever happens to the object.
final class PartBuffers: Sendable {
    private struct Waiter {
        let number: Int
        let continuation: CheckedContinuation<ByteBuffer, any Error>
    }

    private struct State {
        var free: [ByteBuffer] = []
        var unused: Int
        var waiters: [Waiter] = []
        var nextNumber = 0
        var cancelled: Set<Int> = []
    }

    private let state: Mutex<State>

    init(count: Int) {
        state = Mutex(State(unused: max(1, count)))
    }

    /// An empty buffer; its memory is only what is written to it, and kept for the next holder.
    func take() async throws -> ByteBuffer {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        var taken = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<ByteBuffer, any Error>? in
                    if state.cancelled.remove(number) != nil { return .failure(CancellationError()) }
                    // The one that was given back first: by now nobody else holds on to its memory.
                    if !state.free.isEmpty { return .success(state.free.removeFirst()) }
                    if state.unused > 0 {
                        state.unused -= 1
                        return .success(ByteBuffer())
                    }
                    state.waiters.append(Waiter(number: number, continuation: continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let index = state.waiters.firstIndex(where: { $0.number == number }) else {
                    state.cancelled.insert(number)
                    return nil
                }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
        taken.clear()
        return taken
    }

    /// Gives a buffer back that was taken.
    func give(_ buffer: ByteBuffer) {
        let (waiter, next) = state.withLock { state -> (Waiter?, ByteBuffer?) in
            state.free.append(buffer)
            guard !state.waiters.isEmpty else { return (nil, nil) }
            return (state.waiters.removeFirst(), state.free.removeFirst())
        }
        if let waiter, let next { waiter.continuation.resume(returning: next) }
    }
}

/// Hands a part's bytes from the task that read them to the one that sends them, and keeps nothing of them.
final class PartHandover: Sendable {
    private let bytes: Mutex<ByteBuffer>

    init(_ bytes: ByteBuffer) {
        self.bytes = Mutex(bytes)
    }

    func take() -> ByteBuffer {
        bytes.withLock { bytes in
            defer { bytes = ByteBuffer() }
            return bytes
        }
    }
}
