import NIOCore
import Synchronization

/// The memory that objects under way may have: so many bytes, in buffers that go from one to the next.
///
/// Each buffer counts with its own length, so that short objects leave room for each other where few parts fit. There is
/// always room for two of a length, however long: one is read while the other one is sent.
///
/// Who wants one waits for its turn. A holder never waits for a second one in a way that others depend on: a part gives its
/// buffer back when it is sent, whatever happens to the object.
final class PartBuffers: Sendable {
    private struct Waiter {
        let number: Int
        let capacity: Int
        let continuation: CheckedContinuation<ByteBuffer, any Error>
    }

    private struct State {
        /// The one that was given back first comes first: by now nobody else holds on to its memory.
        var free: [ByteBuffer] = []
        /// The length of all buffers together, the free ones included.
        var heldByteCount = 0
        var waiters: [Waiter] = []
        var nextNumber = 0
    }

    /// What is shorter counts as this: the shortest of all need no sizes of their own.
    private static let smallestCapacity = 256 << 10
    private let limit: Int
    private let state = Mutex(State())

    init(byteCount: Int) {
        limit = byteCount
    }

    /// An empty buffer with room for so many bytes, no more of which may be written to it.
    func take(_ byteCount: Int) async throws -> ByteBuffer {
        let capacity = Self.capacity(for: byteCount)
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        var taken = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<ByteBuffer, any Error>? in
                    // The handler below runs after the task is marked: either it finds the waiter, or this sees the mark.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.waiters.isEmpty, let buffer = grant(capacity, &state) { return .success(buffer) }
                    state.waiters.append(Waiter(number: number, capacity: capacity, continuation: continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let (waiter, served) = state.withLock { state -> (Waiter?, [(Waiter, ByteBuffer)]) in
                guard let index = state.waiters.firstIndex(where: { $0.number == number }) else { return (nil, []) }
                let waiter = state.waiters.remove(at: index)
                // It may have been the one that all others waited behind.
                return (waiter, serve(&state))
            }
            waiter?.continuation.resume(throwing: CancellationError())
            for (waiter, buffer) in served { waiter.continuation.resume(returning: buffer) }
        }
        taken.clear(minimumCapacity: capacity)
        return taken
    }

    /// Gives a buffer back that was taken.
    func give(_ buffer: ByteBuffer) {
        let served = state.withLock { state in
            state.free.append(buffer)
            return serve(&state)
        }
        for (waiter, buffer) in served { waiter.continuation.resume(returning: buffer) }
    }

    /// Those whose turn has come.
    private func serve(_ state: inout State) -> [(Waiter, ByteBuffer)] {
        var served: [(Waiter, ByteBuffer)] = []
        while let first = state.waiters.first, let buffer = grant(first.capacity, &state) {
            state.waiters.removeFirst()
            served.append((first, buffer))
        }
        return served
    }

    /// A free buffer of that length, or one that has no memory yet; nil where there is no room for it.
    private func grant(_ capacity: Int, _ state: inout State) -> ByteBuffer? {
        if let index = state.free.firstIndex(where: { $0.storageCapacity == capacity }) {
            return state.free.remove(at: index)
        }
        while state.heldByteCount + capacity > limit, !state.free.isEmpty {
            state.heldByteCount -= state.free.removeFirst().storageCapacity
        }
        guard state.heldByteCount + capacity <= max(limit, 2 * capacity) else { return nil }
        state.heldByteCount += capacity
        return ByteBuffer()
    }

    /// What a buffer with that much room takes: a power of two, and less than 4 GiB.
    private static func capacity(for byteCount: Int) -> Int {
        var capacity = smallestCapacity
        while capacity < byteCount { capacity *= 2 }
        return min(capacity, Int(UInt32.max))
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
