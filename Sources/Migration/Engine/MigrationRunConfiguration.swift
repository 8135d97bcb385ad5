import Foundation
package import S3

/// Where objects go: the configured storage.
package struct MigrationTarget: Sendable {
    /// Who speaks to it.
    package let client: S3Client

    /// Makes a target.
    package init(client: S3Client) {
        self.client = client
    }

    /// As `ObjectStore.identity`.
    package var identity: String { client.identity() }
}

/// How a run behaves.
package struct MigrationRunConfiguration: Sendable {
    /// How many objects are under way at once.
    package var workers = 8
    /// How many parts of one large object are sent at once.
    package var partsInFlight = 3
    /// How many bytes a second are read at the source, copied by the storage itself and read back, all together and at most;
    /// nil for no limit.
    package var maxBytesPerSecond: Int64?
    /// When objects are begun; nil for always.
    package var window: DailyWindow?
    /// How often an object is begun within a run.
    package var maxAttempts = 5
    /// The pause before the first round of retries; it doubles up to a minute.
    package var retryDelay: Duration = .seconds(1)
    /// The length of a large object's parts in bytes, and the most that goes as one PUT; at least 5 MiB.
    package var partByteCount: Int64 = 5 << 20
    /// The longest object in bytes that is sent in one request while it is read, where the source tells its MD5; 0 for none.
    ///
    /// What fails of it begins anew.
    package var streamedByteCount: Int64 = 200 << 20
    /// How many bytes of objects over 256 KiB are held in memory at most; there is room for two parts in any case.
    ///
    /// Three parts of 8 MiB, as other uploads have them: with less the storages wait for each other, more is no faster.
    package var memoryByteCount: Int64 = 24 << 20
    /// Whether everything is read back, also where the target's answer is proof.
    package var rereads = false
    /// Whether the storage copies by itself where source and target are in one endpoint.
    package var copiesInPlace = true
    /// Whether the first small object is put a second time, to see whether the target heeds that a key has to be free.
    ///
    /// One that does refuses it; another gets the same bytes over our own, and from then on is asked before each object.
    package var triesConditions = false
    /// The longest object in bytes that the storage copies in one call.
    package var copyByteCount: Int64 = PartSizing.maximum
    /// How long calls wait for a target that does not answer.
    package var patience: Duration = .seconds(60)
    /// The time, for the window.
    var clock: @Sendable () -> Date = { Date() }

    /// The defaults.
    package init() {}

    /// Throws `invalidArgument` for what cannot work.
    package func validate() throws(MigrationError) {
        guard (1...256).contains(workers) else {
            throw MigrationError(.invalidArgument, "\(workers) workers: 1 to 256 are allowed")
        }
        guard (1...64).contains(partsInFlight) else {
            throw MigrationError(.invalidArgument, "\(partsInFlight) parts in flight: 1 to 64 are allowed")
        }
        guard (PartSizing.minimum...PartSizing.maximum).contains(partByteCount) else {
            throw MigrationError(.invalidArgument, "parts of \(partByteCount) bytes: 5 MiB to 5 GiB are allowed")
        }
        guard maxAttempts >= 1 else {
            throw MigrationError(.invalidArgument, "\(maxAttempts) attempts: at least 1 is allowed")
        }
        if let maxBytesPerSecond, maxBytesPerSecond < 1024 {
            throw MigrationError(.invalidArgument, "\(maxBytesPerSecond) bytes a second: at least 1024 are allowed")
        }
    }
}
