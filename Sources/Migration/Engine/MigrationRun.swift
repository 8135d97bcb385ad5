package import Foundation
package import Logging
package import S3

/// Where objects go: the configured storage.
package struct MigrationTarget: Sendable {
    /// Who speaks to it.
    package let client: S3Client

    /// Makes a target.
    package init(client: S3Client) { self.client = client }

    /// As `ObjectStore.identity`.
    package var identity: String { "" }
}

/// How a run behaves.
package struct MigrationRunConfiguration: Sendable {
    /// How many objects are under way at once.
    package var workers = 8
    /// How many parts of one large object are sent at once.
    package var partsInFlight = 3
    /// How many bytes a second are read from the source at most; nil for no limit.
    package var maxBytesPerSecond: Int64?
    /// When objects are begun; nil for always.
    package var window: DailyWindow?
    /// How often an object is begun within a run.
    package var maxAttempts = 5
    /// The pause before the first round of retries; it doubles up to a minute.
    package var retryDelay: Duration = .seconds(1)
    /// The length of a large object's parts in bytes, and the most that goes as one PUT.
    package var partByteCount: Int64 = 8 << 20
    /// How many bytes of objects are held in memory at most.
    package var memoryByteCount: Int64 = 48 << 20
    /// Whether everything is read back, also where the target's answer is proof.
    package var rereads = false
    /// How long calls wait for a target that does not answer.
    package var patience: Duration = .seconds(60)

    /// The defaults.
    package init() {}
}

/// A daily stretch of local time, which may go over midnight.
package struct DailyWindow: Sendable, Equatable, CustomStringConvertible {
    /// Reads `01:00-05:00`; throws `invalidArgument`.
    package init(parsing text: String) throws(MigrationError) { throw MigrationError(.invalidArgument, "") }

    /// As it is read.
    package var description: String { "" }

    /// Whether the time is within.
    package func contains(_ time: Date, in zone: TimeZone = .current) -> Bool { true }

    /// When it next begins; the time itself where that is within.
    package func opening(from time: Date, in zone: TimeZone = .current) -> Date { time }
}

/// Moves everything in a journal that has not arrived.
package final class MigrationRun: Sendable {
    /// Makes a run; nothing happens before `run`.
    package init(
        configuration: MigrationRunConfiguration = MigrationRunConfiguration(),
        source: any ObjectStore,
        target: MigrationTarget,
        journal: MigrationJournal,
        recorder: (any MoveRecorder)? = nil,
        observer: (any MigrationObserver)? = nil,
        logger: Logger
    ) {}

    /// Moves until nothing is left that could be moved, or `stop` is called, and returns how far the migration is.
    ///
    /// Objects that fail are tried again in rounds at the end; what fails for good is in the totals and no error. Throws
    /// `targetForbidden` where the target denies writing, `targetUnavailable` or `sourceUnreadable` where a side has gone:
    /// nothing is lost then, and another run goes on. Cancelling the task stops at once, in the middle of objects, which
    /// is as safe as `stop`.
    package func run() async throws -> MigrationTotals { MigrationTotals() }

    /// Nothing new is begun until `resume`; what is under way is finished.
    package func pause() {}

    /// Goes on after `pause`.
    package func resume() {}

    /// Whether `pause` was called last.
    package var isPaused: Bool { false }

    /// Nothing new is begun; `run` returns when what is under way is finished.
    package func stop() {}
}
