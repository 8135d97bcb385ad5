import Logging
import S3
import Synchronization

/// What all moves of a run share.
struct MoveContext: Sendable {
    let configuration: MigrationRunConfiguration
    let source: any ObjectStore
    let target: MigrationTarget
    let journal: MigrationJournal
    let buffers: PartBuffers
    let rateLimit: RateLimit?
    let observer: (any MigrationObserver)?
    let logger: Logger
    /// What the storages turned out to be unable to do.
    let abilities = Abilities()

    init(
        configuration: MigrationRunConfiguration,
        source: any ObjectStore,
        target: MigrationTarget,
        journal: MigrationJournal,
        observer: (any MigrationObserver)?,
        logger: Logger
    ) {
        self.configuration = configuration
        self.source = source
        self.target = MigrationTarget(client: target.client.patient(for: configuration.patience))
        self.journal = journal
        self.observer = observer
        self.logger = logger
        buffers = PartBuffers(byteCount: Int(configuration.memoryByteCount))
        rateLimit = configuration.maxBytesPerSecond.map { RateLimit(bytesPerSecond: $0) }
    }

    var client: S3Client { target.client }

    /// The source where the storage can copy from it by itself.
    var copyable: BucketStore? {
        guard configuration.copiesInPlace, abilities.copies, let bucket = source as? BucketStore,
            bucket.client.sharesService(with: target.client)
        else { return nil }
        return bucket
    }
}

/// What a storage is taken to be able to do until it says otherwise.
final class Abilities: Sendable {
    private let state = Mutex((conditions: true, completions: true, copies: true))

    /// It takes `If-None-Match` on a PUT, or ignores it.
    var conditions: Bool { state.withLock(\.conditions) }
    /// The same when an upload is completed.
    var conditionalCompletions: Bool { state.withLock(\.completions) }
    /// It copies by itself.
    var copies: Bool { state.withLock(\.copies) }

    func noteNoConditions() { state.withLock { $0.conditions = false } }
    func noteNoConditionalCompletions() { state.withLock { $0.completions = false } }
    func noteNoCopies() { state.withLock { $0.copies = false } }
}
