import Catalog
import Foundation
import Synchronization

/// Upload intents that are durable before the upload that needs them has come that far.
///
/// A small file costs the storage one request and the catalog two durable commits: its intent before, its row after. Where many
/// come at once, the commit of one brings the intent of a later one with it, so that each waits for the disk once. Alone, or
/// nearly so, an upload writes its own: after the last of a crowd no intent stays.
///
/// The intents in reserve are like all others: what a dead process left of them is taken back at the next start.
final class IntentReserve: Sendable {
    /// What the commit of an upload is to do for the reserve.
    struct Change: Sendable {
        /// To be stored with it.
        let added: UploadIntent?
        /// When that was decided.
        let since: ContinuousClock.Instant
        /// No longer wanted; nothing was ever stored under them.
        let dropped: [Entry]
        /// Whether so many others are under way that commits are worth waiting for one another.
        let isOfCrowd: Bool
    }

    /// An intent, and when it was decided to store it.
    struct Entry: Sendable {
        let intent: UploadIntent
        let since: ContinuousClock.Instant
    }

    private struct State {
        var underWay = 0
        var entries: [Entry] = []
        /// Of how many the commit is under way.
        var coming = 0
    }

    /// With fewer others under way nothing is put by.
    private static let crowd = 4
    /// With fewer others no commit waits: it would be for hardly anybody.
    private static let largeCrowd = 12
    /// An older one is not used: long before others may take this process for dead, and its intents away.
    private static let lifetime = Duration.seconds(10)

    private let state = Mutex(State())

    /// Counts an upload that is about to store its file, and gives it an intent that is durable already; nil where there is none.
    ///
    /// Each must end with `leave`.
    func enter(at now: ContinuousClock.Instant = .now) -> UploadIntent? {
        state.withLock { state in
            state.underWay += 1
            guard let last = state.entries.last, last.since.duration(to: now) < Self.lifetime else { return nil }
            state.entries.removeLast()
            return last.intent
        }
    }

    /// What the commit of an upload that has entered is to do; to be followed by `settle`.
    func plan(at now: ContinuousClock.Instant = .now, makeIntent: () -> UploadIntent) -> Change {
        state.withLock { state in
            let others = state.underWay - 1
            guard others >= Self.crowd else {
                defer { state.entries = [] }
                return Change(added: nil, since: now, dropped: state.entries, isOfCrowd: false)
            }
            let old = state.entries.prefix { $0.since.duration(to: now) >= Self.lifetime }
            state.entries.removeFirst(old.count)
            let isWanted = state.entries.count + state.coming < others
            if isWanted { state.coming += 1 }
            return Change(
                added: isWanted ? makeIntent() : nil,
                since: now,
                dropped: Array(old),
                isOfCrowd: others >= Self.largeCrowd
            )
        }
    }

    /// Takes the outcome of a commit.
    func settle(_ change: Change, isCommitted: Bool) {
        state.withLock { state in
            if let added = change.added {
                state.coming -= 1
                if isCommitted { state.entries.append(Entry(intent: added, since: change.since)) }
            }
            if !isCommitted { state.entries.insert(contentsOf: change.dropped, at: 0) }
        }
    }

    /// Counts an upload out; after the last one it answers what is to be removed from the catalog.
    func leave() -> [UploadIntent] {
        state.withLock { state in
            state.underWay -= 1
            guard state.underWay == 0 else { return [] }
            defer { state.entries = [] }
            return state.entries.map(\.intent)
        }
    }
}
