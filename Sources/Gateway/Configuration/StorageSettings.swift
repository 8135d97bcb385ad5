package import S3

/// What the commands that work on the bucket must know.
package struct StorageSettings: Sendable {
    /// The bucket and how to reach it.
    package var storage: S3Configuration
    /// The preferred size of a part, in bytes; grows where 10,000 parts would not suffice.
    package var partSizeBytes: Int64
    /// How many parts of one file are sent at the same time.
    package var partsInFlight: Int

    /// Makes settings; the defaults are those of the configuration.
    package init(storage: S3Configuration, partSizeBytes: Int64 = 8 << 20, partsInFlight: Int = 3) {
        self.storage = storage
        self.partSizeBytes = partSizeBytes
        self.partsInFlight = partsInFlight
    }
}
