import NIOCore
import Testing

@testable import Migration

@Suite(.timeLimit(.minutes(2)))
struct ByteHandoverTests {
    private struct Failure: Error {}

    private func buffer(_ number: UInt8) -> ByteBuffer { ByteBuffer(bytes: [number]) }

    private func collect(_ handover: ByteHandover) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await buffer in handover { bytes += buffer.readableBytesView }
        return bytes
    }

    @Test func `what is given comes in its order, and ends`() async throws {
        let handover = ByteHandover()
        async let taken = collect(handover)
        for number in UInt8.min...UInt8.max { #expect(await handover.give(buffer(number))) }
        handover.end()
        #expect(try await taken == Array(UInt8.min...UInt8.max))
    }

    @Test func `a giver waits for its turn, and no longer than somebody takes`() async throws {
        let handover = ByteHandover()
        #expect(await handover.give(buffer(1)))
        async let second = handover.give(buffer(2))
        var iterator = handover.makeAsyncIterator()
        #expect(try await iterator.next() == buffer(1))
        #expect(await second)
        async let third = handover.give(buffer(3))
        handover.close()
        #expect(await !third)
        #expect(await !handover.give(buffer(4)))
        #expect(try await iterator.next() == nil)
    }

    @Test func `a failure comes at once, before what still waits`() async throws {
        let handover = ByteHandover()
        #expect(await handover.give(buffer(1)))
        handover.end(.failure(Failure()))
        await #expect(throws: Failure.self) { try await collect(handover) }
        #expect(await !handover.give(buffer(2)))
    }

    @Test func `a taker that waits gets the end, or the failure`() async throws {
        for isFailure in [false, true] {
            let handover = ByteHandover()
            let taker = Task { try await collect(handover) }
            await Task.yield()
            handover.end(isFailure ? .failure(Failure()) : .success(()))
            switch await taker.result {
            case .success(let bytes): #expect(bytes.isEmpty && !isFailure)
            case .failure(let error): #expect(error is Failure && isFailure)
            }
        }
    }

    @Test func `who is cancelled lets the other one go`() async throws {
        let handover = ByteHandover()
        #expect(await handover.give(buffer(1)))
        let giver = Task { await handover.give(buffer(2)) }
        giver.cancel()
        #expect(await !giver.value)
        await #expect(throws: CancellationError.self) { try await collect(handover) }

        let other = ByteHandover()
        let taker = Task { try await collect(other) }
        taker.cancel()
        #expect(try await taker.value.isEmpty)
        #expect(await !other.give(buffer(1)))
    }
}
