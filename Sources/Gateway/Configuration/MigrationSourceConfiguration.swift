package import S3

/// An old place, from which files are served until they have been moved into the storage.
package enum MigrationSourceConfiguration: Sendable {
    /// A directory such as a media root.
    case directory(path: String)
    /// A bucket, or what lies below a prefix of it: empty, or with a slash at the end.
    case bucket(S3Configuration, prefix: String)

    /// The kinds by their names in the configuration.
    enum Kind: String, CaseIterable {
        case none
        case directory
        case s3
    }
}
