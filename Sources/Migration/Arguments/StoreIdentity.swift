/// What an `ObjectStore.identity` says, taken apart again: for commands that know a store from a journal.
package enum StoreIdentity: Sendable, Equatable {
    /// The files below a directory.
    case directory(String)
    /// The objects of a bucket at an endpoint, below a prefix that may be empty.
    case bucket(endpoint: String, name: String, prefix: String)

    /// Reads an identity; throws `journal` where it is none.
    package init(parsing text: String) throws(MigrationError) {
        if text.hasPrefix("directory:/") {
            self = .directory(String(text.dropFirst("directory:".count)))
            return
        }
        let rest = text.dropFirst("s3:".count)
        guard text.hasPrefix("s3:"), let scheme = rest.firstRange(of: "://") else { throw Self.unreadable(text) }
        let parts = rest[scheme.upperBound...].split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, !parts[0].isEmpty, !parts[1].isEmpty else { throw Self.unreadable(text) }
        self = .bucket(
            endpoint: "\(rest[..<scheme.lowerBound])://\(parts[0])",
            name: String(parts[1]),
            prefix: parts.count > 2 ? String(parts[2]) : ""
        )
    }

    private static func unreadable(_ text: String) -> MigrationError {
        MigrationError(.journal, "\(TerminalCells.safe(text)) is no place of a storage that this release knows")
    }
}
