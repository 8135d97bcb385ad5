import Foundation
import GRDB
import Synchronization

/// The database: conversations, messages, attachments, and the work and the log around them.
///
/// Every method that is not about the schema is whole, as a transaction of its own would be, and runs to its end even when the calling task
/// is cancelled: what was acknowledged stays, and what failed left nothing. Only ``CatalogError`` is thrown.
package final class Catalog: Sendable {
    let pool: DatabasePool
    let versions: [SchemaVersion]
    let writes: WriteQueue
    /// Where reads that may take long are done: fewer at a time than there are connections, so that look-ups have theirs.
    let reads: OperationQueue
    let cache = MetadataCache()
    let watch: DatabaseWatch
    /// Who is told of what is written here.
    let webhooks: WebhookTargets
    /// What takes an original's place when the last of its renditions' jobs is cancelled.
    let replacement: ReplacementRule
    /// The storage that this process works in, once it has been settled.
    let ownStorage = Mutex<String?>(nil)
    let lock: DatabaseLock?
    /// What this process's leases and upload intents are marked with.
    package let runnerToken = UUID().text

    /// No other process has the database.
    var isExclusive: Bool { lock != nil }

    private init(
        pool: DatabasePool,
        watch: DatabaseWatch,
        versions: [SchemaVersion],
        lock: DatabaseLock?,
        webhooks: WebhookTargets,
        replacement: ReplacementRule,
        observer: (any CatalogObserver)?
    ) {
        self.webhooks = webhooks
        self.replacement = replacement
        self.pool = pool
        self.watch = watch
        self.versions = versions
        self.lock = lock
        writes = WriteQueue(pool: pool, observer: observer)
        reads = OperationQueue()
        reads.name = "catalog.reads"
        reads.qualityOfService = .userInitiated
        reads.maxConcurrentOperationCount = Self.longReadCount
    }

    private static let longReadCount = 4
    /// More than there are threads that look something up at a time.
    private static let readerCount = longReadCount + 16

    /// Opens the database file, or makes an empty one and its directory.
    ///
    /// The schema is left as it is. Throws `cannotOpen` when the file is no database or does not take the settings that
    /// durable commits need. The versions are those of this release unless a test says otherwise.
    ///
    /// With `exclusively` it throws `inUse` where another process has the database to itself, and is that process for as
    /// long as the value lives. Without, the file is shared with whoever has it.
    ///
    /// `webhooks` are told of what this value writes, and not of what others write; `replacement` holds for what this value cancels.
    package static func open(
        path: String,
        versions: [SchemaVersion] = SchemaVersion.all,
        exclusively: Bool = false,
        webhooks: WebhookTargets = .none,
        replacement: ReplacementRule = .none,
        observer: (any CatalogObserver)? = nil
    ) throws(CatalogError) -> Catalog {
        var configuration = Configuration()
        configuration.label = "catalog"
        // The server and the command line share the file.
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = readerCount
        configuration.prepareDatabase { db in
            // What a savepoint may have to take back would else go to a file that is made and removed for it.
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        do {
            try FileManager.default.createDirectory(
                at: URL(fileURLWithPath: path).deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            let lock = exclusively ? try DatabaseLock(databasePath: path) : nil
            let pool = try DatabasePool(path: path, configuration: configuration)
            // GRDB sets NORMAL when it turns to WAL, and then the last commits are lost with the power.
            try pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = FULL")
            }
            let settings = try pool.writeWithoutTransaction { db in try CatalogSettings(db) }
            guard settings.isDurable else {
                throw CatalogError(code: .cannotOpen, message: "\(path) does not take the settings for durable commits")
            }
            let watch = try DatabaseWatch(path: path)
            return Catalog(
                pool: pool,
                watch: watch,
                versions: versions,
                lock: lock,
                webhooks: webhooks,
                replacement: replacement,
                observer: observer
            )
        } catch let error as CatalogError {
            throw error
        } catch {
            throw CatalogError(code: .cannotOpen, message: "\(path): \(CatalogError(error).message)")
        }
    }

    /// Closes the file; every later call fails.
    ///
    /// Without it the file is closed when the value goes away.
    package func close() throws(CatalogError) {
        try mapped {
            try watch.close()
            try pool.close()
        }
    }

    /// Throws unless the database answers a query.
    package func ping() async throws(CatalogError) {
        _ = try await read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") }
    }

    /// The settings of the one connection that writes.
    package func writerSettings() throws(CatalogError) -> CatalogSettings {
        try mapped { try pool.writeWithoutTransaction { db in try CatalogSettings(db) } }
    }

    /// The settings of a connection that reads.
    package func readerSettings() throws(CatalogError) -> CatalogSettings {
        try mapped { try pool.read { db in try CatalogSettings(db) } }
    }
}

/// What SQLite says about one of the catalog's connections.
package struct CatalogSettings: Sendable, Equatable {
    /// SQLite's PRAGMA journal_mode.
    package let journalMode: String
    /// 0 off, 1 normal, 2 full, 3 extra (SQLite's PRAGMA synchronous).
    package let synchronous: Int
    /// References between tables are checked.
    package let enforcesForeignKeys: Bool
    /// How long a connection waits for a lock, in milliseconds.
    package let busyTimeoutMilliseconds: Int

    /// A commit survives a loss of power, and references hold.
    package var isDurable: Bool { journalMode == "wal" && synchronous >= 2 && enforcesForeignKeys }

    init(_ db: Database) throws {
        journalMode = try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? ""
        synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? 0
        enforcesForeignKeys = try Bool.fetchOne(db, sql: "PRAGMA foreign_keys") ?? false
        busyTimeoutMilliseconds = try Int.fetchOne(db, sql: "PRAGMA busy_timeout") ?? 0
    }
}
