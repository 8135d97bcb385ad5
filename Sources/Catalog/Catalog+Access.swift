import Foundation
import GRDB
import Synchronization

extension Catalog {
    /// Runs a write, which is committed as a whole or leaves nothing; also where the calling task is cancelled.
    ///
    /// What it changes of the metadata that are kept in memory is forgotten before this returns. Writes of a crowd are committed a
    /// moment later, more of them together.
    func write<Value: Sendable>(
        changing change: MetadataChange = .everything,
        isOfCrowd: Bool = false,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(CatalogError) -> Value {
        let value = WrittenValue<Value>()
        let cache = cache
        let error: (any Error)? = await withCheckedContinuation { continuation in
            writes.add(
                WriteQueue.Entry(
                    perform: { db in value.set(try body(db)) },
                    finish: { error in
                        cache.apply(change)
                        continuation.resume(returning: error)
                    },
                    isOfCrowd: isOfCrowd
                )
            )
        }
        if let error { throw CatalogError(error) }
        guard let written = value.take() else {
            throw CatalogError(code: .other, message: "a write ended without a result")
        }
        return written
    }

    /// Runs a read over one consistent state of the database; also where the calling task is cancelled.
    ///
    /// On a thread that runs no tasks, from its begin to its end: a connection that only a task's thread could give back would
    /// never come back once all of these wait for one in `lookUp`.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(CatalogError) -> Value {
        let result: Result<Value, CatalogError> = await withCheckedContinuation { continuation in
            reads.addOperation { [pool] in
                continuation.resume(returning: Result { try pool.read(body) }.mapError { CatalogError($0) })
            }
        }
        return try result.get()
    }

    /// Reads what a key leads to, on the calling thread: waking another for it costs more than the few pages do.
    func lookUp<Value>(_ body: (Database) throws -> Value) throws(CatalogError) -> Value {
        try mapped { try pool.read(body) }
    }

    /// What is known already, else what the read finds; a moment later than any other process's write.
    func known<Value>(
        _ known: (MetadataCache) -> Value?,
        else read: (_ since: MetadataCache.Epoch) throws(CatalogError) -> Value?
    ) throws(CatalogError) -> Value? {
        if watch.hasChanged() { cache.apply(.everything) }
        if let value = known(cache) { return value }
        return try read(cache.epoch)
    }

    /// Runs a blocking access, for the schema and the start of the process.
    func mapped<Value>(_ body: () throws -> Value) throws(CatalogError) -> Value {
        do {
            return try body()
        } catch {
            throw CatalogError(error)
        }
    }
}

/// What a write answers, on its way out of the transaction.
private final class WrittenValue<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)

    func set(_ new: Value) {
        value.withLock { $0 = new }
    }

    func take() -> Value? {
        value.withLock { $0 }
    }
}
