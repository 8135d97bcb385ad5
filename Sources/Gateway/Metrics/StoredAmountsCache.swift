import Catalog
import Synchronization

/// What is stored, looked up again when it is a minute old: the look goes over every attachment.
///
/// Whoever asks gets what is known and does not wait, but for the first time.
final class StoredAmountsCache: Sendable {
    private struct State {
        var last: (at: ContinuousClock.Instant, amounts: StoredAmounts)?
        var running: Task<StoredAmounts?, Never>?
    }

    private static let age = Duration.seconds(60)
    private let catalog: Catalog
    private let state = Mutex(State())

    init(catalog: Catalog) {
        self.catalog = catalog
    }

    /// The amounts; nil where the first look fails.
    func current() async -> StoredAmounts? {
        let (known, task) = state.withLock { state -> (StoredAmounts?, Task<StoredAmounts?, Never>?) in
            if let last = state.last, last.at.duration(to: .now) < Self.age { return (last.amounts, nil) }
            let task = state.running ?? Task { await look() }
            state.running = task
            return (state.last?.amounts, task)
        }
        if let known { return known }
        return await task?.value
    }

    private func look() async -> StoredAmounts? {
        let found = try? await catalog.storedAmounts()
        state.withLock { state in
            state.running = nil
            if let found { state.last = (.now, found) }
        }
        return found
    }
}
