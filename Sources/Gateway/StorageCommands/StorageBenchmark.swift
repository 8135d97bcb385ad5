import Curl
import Foundation
import NIOCore
import S3
import Synchronization

/// Measures what the storage takes from this machine, through the client that the gateway uses: small objects, many at
/// the same time.
package struct StorageBenchmark: Sendable {
    private let settings: StorageSettings
    private let objectBytes: Int
    private let clients: Int
    private let count: Int
    private let keepsObjects: Bool

    /// Prepares a measurement: `count` objects of `objectBytes` bytes from `clients` clients, each with one request at a
    /// time.
    package init(
        settings: StorageSettings,
        objectBytes: Int,
        clients: Int,
        count: Int,
        keepsObjects: Bool = false
    ) {
        self.settings = settings
        self.objectBytes = objectBytes
        self.clients = min(clients, count)
        self.count = count
        self.keepsObjects = keepsObjects
    }

    /// Stores the objects under a prefix of their own, and deletes them unless they are kept.
    ///
    /// Deletes them too where it fails or is cancelled. Throws `S3Error`, or a `StorageFault` where objects are left.
    package func run() async throws -> StorageBenchmarkOutcome {
        var configuration = settings.storage
        configuration.curl.maxConnectionsPerHost = max(clients, configuration.curl.maxConnectionsPerHost)
        let storage = try S3Client(configuration: configuration)
        do {
            let outcome = try await measure(storage)
            await storage.shutdown()
            return outcome
        } catch {
            await storage.shutdown()
            throw error
        }
    }

    private func measure(_ storage: S3Client) async throws -> StorageBenchmarkOutcome {
        try await connect(storage)
        let prefix = ".satchel-bench/\(UUID().uuidString.lowercased())/"
        let tickets = Tickets(count: count)
        let latencies: [Duration]
        let began = ContinuousClock.now
        let elapsed: Duration
        do {
            latencies = try await store(storage, prefix: prefix, tickets: tickets)
            elapsed = began.duration(to: .now)
        } catch {
            guard let leftover = await remove(tickets.taken, prefix: prefix, storage: storage) else { throw error }
            throw StorageFault(line: "\(StorageFault(error)). \(leftover)")
        }
        if !keepsObjects, let leftover = await remove(count, prefix: prefix, storage: storage) {
            throw StorageFault(line: leftover)
        }
        return StorageBenchmarkOutcome(
            objectBytes: objectBytes,
            clients: clients,
            latencies: latencies,
            elapsed: elapsed,
            keptPrefix: keepsObjects ? prefix : nil
        )
    }

    /// Opens the connections, so that the measurement finds them; also tells at once where the bucket is out of reach.
    private func connect(_ storage: S3Client) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<clients {
                group.addTask { try await storage.headBucket() }
            }
            try await group.waitForAll()
        }
    }

    private func store(_ storage: S3Client, prefix: String, tickets: Tickets) async throws -> [Duration] {
        let noise = Self.noise(objectBytes)
        return try await withThrowingTaskGroup(of: [Duration].self) { group in
            for _ in 0..<clients {
                group.addTask {
                    var content = noise
                    var latencies: [Duration] = []
                    while let index = tickets.take() {
                        try Task.checkCancellation()
                        if content.readableBytes >= MemoryLayout<Int>.size {
                            // No two objects alike: a storage that keeps equal ones once would flatter itself.
                            content.setInteger(index, at: content.readerIndex)
                        }
                        let began = ContinuousClock.now
                        _ = try await storage.putObject(
                            key: "\(prefix)\(index)",
                            body: .bytes(content),
                            contentType: "application/octet-stream"
                        )
                        latencies.append(began.duration(to: .now))
                    }
                    return latencies
                }
            }
            var all: [Duration] = []
            while let latencies = try await group.next() { all += latencies }
            return all
        }
    }

    /// Deletes the first objects, whatever cancelled us; what is to be told where that fails.
    private func remove(_ count: Int, prefix: String, storage: S3Client) async -> String? {
        let keys = (0..<count).map { "\(prefix)\($0)" }
        return await Task { () async -> String? in
            do throws(S3Error) {
                try await storage.deleteObjects(keys: keys)
                return nil
            } catch {
                return "Objects are left under \(prefix): \(StorageFault(error))"
            }
        }
        .value
    }

    /// Bytes that no storage can make smaller (Marsaglia's xorshift of 64 bits).
    private static func noise(_ byteCount: Int) -> ByteBuffer {
        var state = UInt64.random(in: 1...UInt64.max)
        var buffer = ByteBufferAllocator().buffer(capacity: byteCount + MemoryLayout<UInt64>.size)
        while buffer.readableBytes < byteCount {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            buffer.writeInteger(state)
        }
        buffer.moveWriterIndex(to: buffer.readerIndex + byteCount)
        return buffer
    }
}

/// Hands out the numbers below a count, each once.
private final class Tickets: Sendable {
    private let next = Atomic<Int>(0)
    private let count: Int

    init(count: Int) {
        self.count = count
    }

    /// How many were handed out.
    var taken: Int { min(next.load(ordering: .relaxed), count) }

    func take() -> Int? {
        let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
        return number < count ? number : nil
    }
}
