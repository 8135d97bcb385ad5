import Curl
import Foundation
import GRDB
import Logging
import Migration
import NIOCore
import S3
import SigV4
import Synchronization
import TestSupport

/// A directory as the source, a bucket of a real storage behind a proxy as the target, and a journal.
final class MigrationFixture: Sendable {
    let source: TemporaryDirectory
    let proxy: FaultProxy
    /// Speaks to the storage through the proxy.
    let client: S3Client
    /// Speaks to it directly, to look at what is there.
    let plain: S3Client
    let journalPath: String
    private let state: TemporaryDirectory
    private let box: DecisionBox

    /// `clockLead` is how many seconds the storage's clock is ahead of that of the client.
    init(
        checksums: ChecksumUse = .automatic,
        clockLead: Int64 = 0,
        on server: S3TestServer = .seaweedFS
    ) async throws {
        var settings = try await server.configuration(bucket: try await server.makeBucket())
        settings.checksums = checksums
        plain = try S3Client(configuration: settings)
        let decision = DecisionBox()
        proxy = try FaultProxy(to: settings.endpoint) { decision.decide($0) }
        box = decision
        settings.endpoint = proxy.endpoint
        settings.retry = S3RetryPolicy(maxAttempts: 1)
        client = S3Client(configuration: settings, curl: try CurlClient(configuration: settings.curl)) {
            SigningTime(secondsSinceEpoch: SigningTime.now().secondsSinceEpoch - clockLead)
        }
        source = try TemporaryDirectory(prefix: "satchel-source")
        state = try TemporaryDirectory(prefix: "satchel-journal")
        journalPath = state.file("migration.sqlite")
    }

    deinit {
        proxy.stop()
    }

    /// What the proxy does from now on.
    func decide(_ decision: @escaping FaultProxy.Decision) {
        box.replace(decision)
    }

    var target: MigrationTarget { MigrationTarget(client: client) }

    func store() throws -> DirectoryStore {
        try DirectoryStore(path: source.path)
    }

    func journal(of store: (any ObjectStore)? = nil) throws -> MigrationJournal {
        try MigrationJournal.open(
            path: journalPath,
            source: try store?.identity ?? self.store().identity,
            target: target.identity
        )
    }

    /// What `work` makes of the journal, which is open for no longer than that.
    func withJournal<Value>(
        of store: (any ObjectStore)? = nil,
        _ work: (MigrationJournal) async throws -> Value
    ) async throws -> Value {
        let journal = try journal(of: store)
        do {
            let value = try await work(journal)
            try await journal.close()
            return value
        } catch {
            try await journal.close()
            throw error
        }
    }

    /// Writes a file into the source.
    func write(_ name: String, _ content: [UInt8], modifiedAt: Date? = nil) throws {
        try source.write(content, to: name)
        if let modifiedAt {
            try FileManager.default.setAttributes([.modificationDate: modifiedAt], ofItemAtPath: source.file(name))
        }
    }

    /// Settings that do not let a test wait.
    var quick: MigrationRunConfiguration {
        var configuration = MigrationRunConfiguration()
        configuration.retryDelay = .milliseconds(10)
        configuration.patience = .zero
        return configuration
    }

    /// A run that the storage is asked in: the circuit of the client of those before it may be open for a while.
    func runOnceAnswered(_ items: [MigrationItem]) async throws -> MigrationTotals {
        while true {
            do {
                return try await run(items)
            } catch let error as MigrationError where error.message.contains("CircuitOpen") {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// One run with a journal that is opened for it and closed after it, as a process would.
    @discardableResult
    func run(
        _ items: [MigrationItem] = [],
        from store: (any ObjectStore)? = nil,
        _ configuration: MigrationRunConfiguration? = nil,
        recorder: (any MoveRecorder)? = nil,
        observer: (any MigrationObserver)? = nil
    ) async throws -> MigrationTotals {
        let store: any ObjectStore = try store ?? self.store()
        let journal = try journal(of: store)
        _ = try await journal.add(items)
        let run = MigrationRun(
            configuration: configuration ?? quick,
            source: store,
            target: target,
            journal: journal,
            recorder: recorder,
            observer: observer,
            logger: Self.logger
        )
        do {
            let totals = try await run.run()
            try await journal.close()
            return totals
        } catch {
            try await journal.close()
            throw error
        }
    }

    /// Changes the journal as a process that died would have left it.
    func alterJournal(_ sql: String) throws {
        let queue = try DatabaseQueue(path: journalPath)
        try queue.write { db in try db.execute(sql: sql) }
        try queue.close()
    }

    /// The only row of the journal.
    func row() async throws -> MigrationRow? {
        let journal = try MigrationJournal.openForReading(path: journalPath)
        let row = try await journal.rows().first
        try await journal.close()
        return row
    }

    /// An object's bytes in the target.
    func content(_ key: String) async throws -> [UInt8] {
        try await plain.getObject(key: key) { _, body in Array(try await body.collect(upTo: 64 << 20).readableBytesView)
        }
    }

    /// How often the proxy has seen an operation.
    func count(_ operation: String) -> Int {
        proxy.counts.operations[operation] ?? 0
    }

    static let logger: Logger = {
        var logger = Logger(label: "migration-tests")
        logger.logLevel = .critical
        return logger
    }()

    /// Bytes that look like noise, the same each time.
    static func noise(_ byteCount: Int, seed: UInt64 = 1) -> [UInt8] {
        var state = seed
        return (0..<byteCount)
            .map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 56)
            }
    }
}

/// What a proxy is to do, which changes within a test.
final class DecisionBox: Sendable {
    private let decision = Mutex<FaultProxy.Decision>({ _ in .none })

    func replace(_ other: @escaping FaultProxy.Decision) {
        decision.withLock { $0 = other }
    }

    func decide(_ request: ProxiedRequest) -> Fault {
        decision.withLock { $0 }(request)
    }
}

/// Remembers what it was told.
final class EventLog: MigrationObserver {
    private let list = Mutex<[MigrationEvent]>([])

    var events: [MigrationEvent] { list.withLock { $0 } }

    func migration(_ event: MigrationEvent) {
        list.withLock { $0.append(event) }
    }
}

/// A catalog's part: remembers what was recorded, and refuses as it is told.
final class RecordLog: MoveRecorder {
    private struct State {
        var recorded: [MovedObject] = []
        var wishes: [String] = []
        var refusal: MigrationError?
        var outcome = RecordOutcome.recorded
    }

    private let state = Mutex(State())

    init(refusing refusal: MigrationError? = nil, outcome: RecordOutcome = .recorded, wishes: [String] = []) {
        state.withLock { state in
            state.refusal = refusal
            state.outcome = outcome
            state.wishes = wishes
        }
    }

    var recorded: [MovedObject] { state.withLock(\.recorded) }

    func record(_ moved: MovedObject) async throws -> RecordOutcome {
        try state.withLock { state in
            if let refusal = state.refusal { throw refusal }
            state.recorded.append(moved)
            return state.outcome
        }
    }

    func isWanted(_ item: MigrationItem) async throws -> Bool {
        state.withLock { $0.outcome != .unwanted }
    }

    func keysAskedFor(limit: Int) async throws -> [String] {
        state.withLock { Array($0.wishes.prefix(limit)) }
    }
}
