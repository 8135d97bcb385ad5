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
    let abilities: Abilities
    /// What the source's entity tags turned out to be.
    let sourceTags = SourceTagRule()
    /// Of uploads in parts, which are large: a wrong guess has few of them read twice.
    let sourcePartTags = SourceTagRule(areGuessed: true)
    /// How objects fare that are sent while they are read.
    let streams = StreamRule()

    init(
        configuration: MigrationRunConfiguration,
        source: any ObjectStore,
        target: MigrationTarget,
        journal: MigrationJournal,
        observer: (any MigrationObserver)?,
        logger: Logger
    ) {
        self.configuration = configuration
        abilities = Abilities(trustsConditions: !configuration.triesConditions)
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
    private struct State {
        var conditions = true
        var heedsConditions: Bool
        var isTrialTaken = false
        var completions = true
        var conditionalCopies = true
        var copies = true
    }

    private let state: Mutex<State>

    /// Where conditions are not trusted, one object's PUT is to be tried a second time.
    init(trustsConditions: Bool) {
        state = Mutex(State(heedsConditions: trustsConditions, isTrialTaken: trustsConditions))
    }

    /// It takes `If-None-Match` on a PUT, or ignores it.
    var conditions: Bool { state.withLock(\.conditions) }
    /// It is known, or believed, not to ignore that.
    var heedsConditions: Bool { state.withLock(\.heedsConditions) }
    /// It takes the same when an upload is completed, or ignores it.
    var conditionalCompletions: Bool { state.withLock(\.completions) }
    /// It takes the same when it copies, or ignores it.
    var conditionalCopies: Bool { state.withLock(\.conditionalCopies) }
    /// It copies by itself.
    var copies: Bool { state.withLock(\.copies) }

    /// Whether the caller is the one to try whether conditions are heeded: one caller, and only where they are not trusted.
    func takeTrial() -> Bool {
        state.withLock { state in
            defer { state.isTrialTaken = true }
            return !state.isTrialTaken
        }
    }

    /// It was tried.
    func noteConditions(areHeeded: Bool) {
        state.withLock { state in
            if areHeeded { state.heedsConditions = true } else { state.conditions = false }
        }
    }

    func noteNoConditions() { state.withLock { $0.conditions = false } }
    func noteNoConditionalCompletions() { state.withLock { $0.completions = false } }
    func noteNoConditionalCopies() { state.withLock { $0.conditionalCopies = false } }
    func noteNoCopies() { state.withLock { $0.copies = false } }
}
