import Attachments
import S3

/// The configured storage is another than the one that the files are in, and `migration.source` does not name that one.
package struct StorageContradiction: Error, Equatable, CustomStringConvertible {
    /// The identity of the storage that the files are in.
    package let files: String
    /// The identity of the configured storage.
    package let current: String
    /// The identity of the migration's source; nil where there is none.
    package let source: String?

    /// Both places, and what to do.
    package var description: String {
        let source = source.map { ", and migration.source is \($0)" } ?? ""
        return """
            the files are in \(files), but s3.* is \(current)\(source). To move them, set migration.source.* to the place that they \
            are in; else set s3.* back to it; or, where it is the same bucket under another name, run: satchel storage adopt --yes
            """
    }
}

extension MigrationSourceConfiguration {
    /// The identity of the place, as the catalog notes it; throws `unavailable` where there is no such directory.
    func identity() throws(OldStoreError) -> String {
        switch self {
        case .directory(let path): try DirectoryOldStore(path: path).identity
        case .bucket(let bucket, let prefix): bucket.identity(prefix: prefix)
        }
    }
}
