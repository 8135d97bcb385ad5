import NIOCore
import Synchronization
import Testing

@testable import Migration

@Suite(.timeLimit(.minutes(1)))
struct PartBuffersTests {
    private static let mebibyte = 1 << 20

    /// Of 24 MiB: a buffer's memory is a power of two, so 5 MiB take as much as 8, and 3 as much as 4.
    @Test(arguments: [(8, 3), (5, 3), (3, 6), (1, 24)])
    func `as many are in use at once as have room by their own length`(mebibytes: Int, count: Int) async throws {
        let buffers = PartBuffers(byteCount: 24 * Self.mebibyte)
        var taken: [ByteBuffer] = []
        for _ in 0..<count { taken.append(try await buffers.take(mebibytes * Self.mebibyte)) }
        #expect(taken.allSatisfy { $0.readableBytes == 0 && $0.storageCapacity >= mebibytes * Self.mebibyte })

        let next = Taking(mebibytes * Self.mebibyte, of: buffers)
        #expect(try await !next.isServedSoon(), "there is no room for one more")
        buffers.give(taken.removeLast())
        #expect(try await next.value().readableBytes == 0)
    }

    /// One is read while the other one is sent, also where the operator has set parts that are longer than all the memory.
    @Test func `there is room for two of any length`() async throws {
        let buffers = PartBuffers(byteCount: Self.mebibyte)
        let first = try await buffers.take(4 * Self.mebibyte)
        let second = try await buffers.take(4 * Self.mebibyte)
        let short = Taking(1, of: buffers)
        #expect(try await !short.isServedSoon(), "the memory is used up")
        buffers.give(first)
        #expect(try await !short.isServedSoon(), "what is left in use is more than the memory")
        buffers.give(second)
        #expect(try await short.value().readableBytes == 0)
    }

    @Test func `what is given back is used again, empty, and makes room for other lengths`() async throws {
        let buffers = PartBuffers(byteCount: 8 * Self.mebibyte)
        var part = try await buffers.take(8 * Self.mebibyte)
        part.writeRepeatingByte(1, count: 8 * Self.mebibyte)
        buffers.give(part)
        part = try await buffers.take(8 * Self.mebibyte)
        #expect(part.readableBytes == 0)
        buffers.give(part)
        var short: [ByteBuffer] = []
        for _ in 0..<8 { short.append(try await buffers.take(Self.mebibyte)) }
        for buffer in short { buffers.give(buffer) }
        part = try await buffers.take(8 * Self.mebibyte)
        #expect(part.storageCapacity == 8 * Self.mebibyte)
        // The eight short ones made room: one more of them finds none, as if they had never been.
        let another = try await buffers.take(8 * Self.mebibyte)
        let late = Taking(Self.mebibyte, of: buffers)
        #expect(try await !late.isServedSoon())
        buffers.give(part)
        buffers.give(another)
        #expect(try await late.value().readableBytes == 0)
    }

    @Test func `they come in turn, so that short ones do not keep a long one waiting`() async throws {
        let buffers = PartBuffers(byteCount: 24 * Self.mebibyte)
        let first = try await buffers.take(8 * Self.mebibyte)
        _ = try await buffers.take(8 * Self.mebibyte)
        let small = try await buffers.take(4 * Self.mebibyte)
        let long = Taking(8 * Self.mebibyte, of: buffers)
        #expect(try await !long.isServedSoon())
        let short = Taking(Self.mebibyte, of: buffers)
        #expect(try await !short.isServedSoon(), "there is room for it, and somebody came before")
        buffers.give(small)
        #expect(try await long.value().storageCapacity == 8 * Self.mebibyte)
        #expect(try await !short.isServedSoon(), "the long one has all the room")
        buffers.give(first)
        #expect(try await short.value().readableBytes == 0)
    }

    @Test func `one that is cancelled while it waits lets the next one go on`() async throws {
        let buffers = PartBuffers(byteCount: 24 * Self.mebibyte)
        var taken: [ByteBuffer] = []
        for mebibytes in [8, 8, 4] { taken.append(try await buffers.take(mebibytes * Self.mebibyte)) }
        let long = Taking(8 * Self.mebibyte, of: buffers)
        #expect(try await !long.isServedSoon())
        let short = Taking(Self.mebibyte, of: buffers)
        #expect(try await !short.isServedSoon())
        long.cancel()
        await #expect(throws: CancellationError.self) { try await long.value() }
        #expect(try await short.value().readableBytes == 0)
        #expect(taken.count == 3)
    }

    @Test func `one that is cancelled already gets none, and takes no room`() async throws {
        let buffers = PartBuffers(byteCount: Self.mebibyte)
        let task = Task {
            // Until the mark is there.
            while !Task.isCancelled { await Task.yield() }
            return try await buffers.take(4 * Self.mebibyte)
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        for _ in 0..<2 { #expect(try await buffers.take(4 * Self.mebibyte).readableBytes == 0) }
    }
}

/// Somebody who wants a buffer.
private final class Taking: Sendable {
    private let isServed: Served
    private let task: Task<ByteBuffer, any Error>

    init(_ byteCount: Int, of buffers: PartBuffers) {
        let served = Served()
        isServed = served
        task = Task {
            let buffer = try await buffers.take(byteCount)
            served.flag.store(true, ordering: .relaxed)
            return buffer
        }
    }

    /// Whether it has got one after a moment.
    func isServedSoon() async throws -> Bool {
        try await Task.sleep(for: .milliseconds(50))
        return isServed.flag.load(ordering: .relaxed)
    }

    func value() async throws -> ByteBuffer { try await task.value }
    func cancel() { task.cancel() }
}

private final class Served: Sendable {
    let flag = Atomic<Bool>(false)
}
