import GRDB
import Synchronization

/// Tells whether the database has changed, by whomever, with a look every now and then.
///
/// It has a connection of its own: SQLite's `data_version` of one changes with what all others commit, those of other processes
/// included (https://www.sqlite.org/pragma.html#pragma_data_version).
final class DatabaseWatch: Sendable {
    /// How long a change may stay unknown.
    private static let interval = Duration.milliseconds(250)

    private struct State {
        var lookedAt: ContinuousClock.Instant?
        var version: Int?
    }

    private let connection: DatabaseQueue
    private let state = Mutex(State())

    init(path: String) throws {
        var configuration = Configuration()
        configuration.label = "catalog.watch"
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        connection = try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Whether something may have changed since the last look; false without a look, where that was a moment ago.
    ///
    /// Who asks while another looks waits for it: the answer holds for both.
    func hasChanged() -> Bool {
        state.withLock { state in
            let now = ContinuousClock.now
            if let last = state.lookedAt, last.duration(to: now) < Self.interval { return false }
            let version = try? connection.unsafeRead { db in
                try Int.fetchOne(db.cachedStatement(sql: "PRAGMA data_version"))
            }
            defer { state = State(lookedAt: now, version: version) }
            return version == nil || state.version != version
        }
    }

    func close() throws {
        try connection.close()
    }
}
