import GRDB
import Synchronization

extension Catalog {
    /// Runs a write, which is committed as a whole or leaves nothing; also where the calling task is cancelled.
    ///
    /// What it changes of the metadata that are kept in memory is forgotten before this returns.
    func write<Value: Sendable>(
        changing change: MetadataChange = .everything,
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
                    }
                )
            )
        }
        if let error { throw CatalogError(error) }
        guard let written = value.take() else {
            throw CatalogError(code: .other, message: "a write ended without a result")
        }
        return written
    }

    /// Runs a read over one consistent state of the database.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(CatalogError) -> Value {
        let pool = self.pool
        return try await uncancelled { try await pool.read(body) }
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

/// Shields an access from the cancellation of the calling task.
///
/// GRDB rolls a transaction back when its task is cancelled, and a row must not depend on whether the client hung up.
/// Every access is short, so nobody waits long for it.
private func uncancelled<Value: Sendable>(
    _ access: @escaping @Sendable () async throws -> Value
) async throws(CatalogError) -> Value {
    let task = Task { () async -> Result<Value, CatalogError> in
        do {
            return .success(try await access())
        } catch {
            return .failure(CatalogError(error))
        }
    }
    return try await task.value.get()
}
