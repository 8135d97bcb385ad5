import Catalog
import Synchronization

/// What is stored, and where else objects are.
struct StoredLook: Sendable {
    let amounts: StoredAmounts
    let oldPlaces: [OldPlaceCount]
}

/// What is stored, looked up again when it is a minute old: the look goes over every attachment.
///
/// Whoever asks gets what is known and does not wait, but for the first time.
final class StoredAmountsCache: Sendable {
    private struct State {
        var last: (at: ContinuousClock.Instant, look: StoredLook)?
        var running: Task<StoredLook?, Never>?
    }

    private static let age = Duration.seconds(60)
    private let catalog: Catalog
    private let state = Mutex(State())

    init(catalog: Catalog) {
        self.catalog = catalog
    }

    /// What there was to see; nil where the first look fails.
    func current() async -> StoredLook? {
        let (known, task) = state.withLock { state -> (StoredLook?, Task<StoredLook?, Never>?) in
            if let last = state.last, last.at.duration(to: .now) < Self.age { return (last.look, nil) }
            let task = state.running ?? Task { await look() }
            state.running = task
            return (state.last?.look, task)
        }
        if let known { return known }
        return await task?.value
    }

    private func look() async -> StoredLook? {
        var found: StoredLook?
        if let amounts = try? await catalog.storedAmounts(), let places = try? await catalog.oldPlaceCounts() {
            found = StoredLook(amounts: amounts, oldPlaces: places)
        }
        let look = found
        state.withLock { state in
            state.running = nil
            if let look { state.last = (.now, look) }
        }
        return look
    }
}
