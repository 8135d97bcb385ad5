/// Runs `body` to its end whatever happens to the calling task, and answers its result.
///
/// For steps that must not stop half-way (a commit, a clean-up): cancelling the caller does not reach them.
func uncancelled<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    try await Task { try await body() }.value
}

/// `uncancelled` for a body that cannot fail.
func uncancelled<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value {
    await Task { await body() }.value
}

/// The value of `task` if it is there within `limit`, else nil; the task goes on in either case.
func value<Value: Sendable>(of task: Task<Value, Never>, within limit: Duration) async -> Value? {
    let (results, continuation) = AsyncStream<Value?>.makeStream()
    Task { continuation.yield(await task.value) }
    let timer = Task {
        try? await Task.sleep(for: limit)
        continuation.yield(nil)
    }
    defer { timer.cancel() }
    for await result in results {
        return result
    }
    return nil
}
