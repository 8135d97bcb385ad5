import Synchronization

/// The jobs that this process works on: their leases are to be kept, and somebody may want them to end.
final class RunningJobs: Sendable {
    private struct Entry {
        /// Whether the work is for nothing once the job is gone.
        let endsWithJob: Bool
        var isCancelled = false
        var cancel: (@Sendable () -> Void)?
    }

    private let entries = Mutex<[Int64: Entry]>([:])

    /// Their numbers.
    var ids: [Int64] { entries.withLock { Array($0.keys) } }

    /// Those of them whose work is for nothing once they are gone.
    var endingWithJob: [Int64] { entries.withLock { $0.filter(\.value.endsWithJob).map(\.key) } }

    /// Begins the work on a job in a task of its own, and keeps it in mind until that ends.
    ///
    /// `endsWithJob` says that the end of the job's row leaves nothing to do: its attachment was deleted.
    func begin<Value: Sendable>(
        _ id: Int64,
        endsWithJob: Bool = false,
        _ work: @escaping @Sendable () async -> Value
    ) -> Task<Value, Never> {
        begin([id], endsWithJob: endsWithJob, work)
    }

    /// Begins the work on jobs that are done together; who cancels one cancels all.
    func begin<Value: Sendable>(
        _ ids: [Int64],
        endsWithJob: Bool = false,
        _ work: @escaping @Sendable () async -> Value
    ) -> Task<Value, Never> {
        entries.withLock { for id in ids { $0[id] = Entry(endsWithJob: endsWithJob) } }
        let task = Task {
            defer { for id in ids { forget(id) } }
            return await work()
        }
        let isLate = entries.withLock { entries in
            // It may be over already.
            for id in ids { entries[id]?.cancel = { task.cancel() } }
            return ids.contains { entries[$0]?.isCancelled == true }
        }
        if isLate { task.cancel() }
        return task
    }

    /// Cancels the work on a job, where this process works on it.
    func cancel(_ id: Int64) {
        let cancel = entries.withLock { entries in
            entries[id]?.isCancelled = true
            return entries[id]?.cancel
        }
        cancel?()
    }

    private func forget(_ id: Int64) {
        entries.withLock { _ = $0.removeValue(forKey: id) }
    }
}
