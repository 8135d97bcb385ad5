import GRDB

extension Catalog {
    /// Runs a write transaction, which commits as a whole or leaves nothing.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(CatalogError) -> Value {
        let pool = self.pool
        return try await uncancelled { try await pool.write(body) }
    }

    /// Runs a read over one consistent state of the database.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(CatalogError) -> Value {
        let pool = self.pool
        return try await uncancelled { try await pool.read(body) }
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
