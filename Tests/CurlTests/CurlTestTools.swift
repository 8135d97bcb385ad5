import Curl
import Glibc
import NIOCore
import Synchronization
import TestSupport
import Testing

/// Runs a test with a scripted server and a client, and ends both afterwards.
func withServer(
    _ configuration: CurlConfiguration = CurlConfiguration(),
    script: @escaping ScriptedServer.Script,
    _ body: (CurlClient, ScriptedServer) async throws -> Void
) async throws {
    let server = try ScriptedServer.start(script)
    defer { server.stop() }
    let client = try CurlClient(configuration: configuration)
    do {
        try await body(client, server)
    } catch {
        await client.shutdown()
        throw error
    }
    await client.shutdown()
}

/// A script that answers every request with 200 and these bytes.
func answering(_ body: String = "") -> ScriptedServer.Script {
    { connection in
        while try connection.readRequest() != nil {
            try connection.respond(body: body)
        }
    }
}

/// The error that the operation throws; records an issue when it throws none or another.
func failure<Value>(_ operation: () async throws -> Value) async -> CurlError? {
    do {
        _ = try await operation()
        Issue.record("nothing was thrown")
        return nil
    } catch let error as CurlError {
        return error
    } catch {
        Issue.record("\(error) is not a CurlError")
        return nil
    }
}

/// The response's body as text.
func text(_ response: CurlResponse) async throws -> String {
    try await String(buffer: response.body.collect(upTo: 1 << 20))
}

/// Waits for a condition; `false` when it does not come about in a time that only guards against hanging.
func eventually(within limit: Duration = .seconds(120), _ condition: () -> Bool) async -> Bool {
    let end = ContinuousClock.now.advanced(by: limit)
    while ContinuousClock.now < end {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return condition()
}

/// The value once it has stopped changing for half a second.
func settled(_ value: () -> Int) async throws -> Int {
    var last = value()
    var stillCount = 0
    while stillCount < 10 {
        try await Task.sleep(for: .milliseconds(50))
        let now = value()
        stillCount = now == last ? stillCount + 1 : 0
        last = now
    }
    return last
}

/// Bytes that differ from place to place, with a period that is no power of two.
func patternBytes(_ byteCount: Int) -> [UInt8] {
    let period = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 ^ ($0 >> 8)) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount + period.count)
    while bytes.count < byteCount {
        bytes += period
    }
    bytes.removeLast(bytes.count - byteCount)
    return bytes
}

/// How many sockets of this process are connected to the port: those of clients of the server there.
func clientSocketCount(toPort port: UInt16) -> Int {
    let descriptors = Int32(0)..<4096
    return descriptors.count(where: { descriptor in
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) }
        }
        return result == 0 && address.sin_family == sa_family_t(AF_INET) && address.sin_port == port.bigEndian
    })
}

/// A number shared between tasks and threads.
final class Counter: Sendable {
    private let state = Mutex(0)

    var value: Int {
        state.withLock { $0 }
    }

    func add(_ amount: Int) {
        state.withLock { $0 += amount }
    }
}

/// A stream body that gives the same buffer a number of times, and counts what it gave.
struct RepeatedBuffer: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    let buffer: ByteBuffer
    let count: Int
    let given = Counter()

    struct Iterator: AsyncIteratorProtocol {
        let body: RepeatedBuffer
        var remaining: Int

        mutating func next() async throws -> ByteBuffer? {
            guard remaining > 0 else { return nil }
            remaining -= 1
            body.given.add(body.buffer.readableBytes)
            return body.buffer
        }
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(body: self, remaining: count)
    }
}

/// A stream body that has nothing to give until its task is cancelled, and holds an object that shows its life.
struct SilentBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    let held: Counter

    struct Iterator: AsyncIteratorProtocol {
        let held: Counter

        mutating func next() async throws -> ByteBuffer? {
            try await Task.sleep(for: .seconds(3600))
            return nil
        }
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(held: held)
    }
}

/// A stream body of these buffers, which then ends or fails.
func stream(_ buffers: [String], failingWith error: (any Error)? = nil) -> AsyncThrowingStream<ByteBuffer, any Error> {
    AsyncThrowingStream { continuation in
        for buffer in buffers {
            continuation.yield(ByteBuffer(string: buffer))
        }
        continuation.finish(throwing: error)
    }
}

/// An open file with these bytes and no name, closed when it goes.
final class OpenFile: Sendable {
    let descriptor: Int32

    init(_ bytes: [UInt8]) throws {
        var path = Array("/tmp/curl-test-XXXXXX".utf8CString)
        descriptor = mkstemp(&path)
        try #require(descriptor >= 0)
        unlink(path)
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        try #require(written == bytes.count)
    }

    deinit {
        close(descriptor)
    }
}
