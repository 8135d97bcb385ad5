/// Where a store is, as an operator writes it: `s3://bucket/prefix`, or a directory's path.
package enum StorePlace: Sendable, Equatable {
    /// The objects of a bucket whose keys begin with the prefix; without slashes at its ends, empty for all.
    case bucket(name: String, prefix: String)
    /// The files below a directory.
    case directory(String)

    /// Reads what the option was given; throws `invalidArgument` where it is neither.
    package init(parsing text: String, option: String) throws(MigrationError) {
        guard text.contains("://") else {
            guard !text.isEmpty, !text.utf8.contains(0) else {
                throw MigrationError(.invalidArgument, "\(option) must be s3://bucket/prefix or a directory, not empty")
            }
            self = .directory(text)
            return
        }
        let quoted = TerminalCells.safe("\"\(text)\"")
        guard text.hasPrefix("s3://") else {
            let reason = "\(option) must be s3://bucket/prefix or a directory, not \(quoted)"
            throw MigrationError(.invalidArgument, reason)
        }
        let rest = text.dropFirst("s3://".count)
        let name = rest.prefix { $0 != "/" }
        let isName = name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
                || ".-_".utf8.contains(byte)
        }
        guard !name.isEmpty, isName else {
            let reason =
                "\(option) must name a bucket of letters, digits and . - _, as in s3://bucket/prefix, not \(quoted)"
            throw MigrationError(.invalidArgument, reason)
        }
        var prefix = rest.dropFirst(name.count).drop { $0 == "/" }
        while prefix.last == "/" { prefix.removeLast() }
        self = .bucket(name: String(name), prefix: String(prefix))
    }
}
