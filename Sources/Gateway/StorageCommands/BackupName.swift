package import Foundation

/// What backups are called, so that the order of their names is that of their times.
package enum BackupName {
    /// The name of one that is made now.
    package static func make(at date: Date) -> String {
        let style = Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted)
        return "satchel-\(date.formatted(style)).sqlite"
    }

    /// The name under which the SHA-256 of a backup lies beside it.
    package static func digest(of name: String) -> String { name + digestEnding }

    /// Those of the names in a folder that are backups and not among the latest ones; what is called otherwise is nobody's to remove.
    package static func surplus(among names: [String], keep: Int) -> [String] {
        names.filter(isBackup).sorted().dropLast(keep)
    }

    /// Those of the names in a bucket that are older than the latest backups with a digest beside them, and the digests of such.
    ///
    /// Where there are fewer than `keep` with one, none.
    package static func surplus(inBucket names: [String], keep: Int) -> [String] {
        let all = Set(names)
        let proven = names.filter { isBackup($0) && all.contains(digest(of: $0)) }.sorted()
        guard keep > 0, proven.count >= keep else { return [] }
        let oldest = proven[proven.count - keep]
        return
            names.filter { name in
                let backup = name.hasSuffix(digestEnding) ? String(name.dropLast(digestEnding.count)) : name
                return isBackup(backup) && backup < oldest
            }
            .sorted()
    }

    private static let digestEnding = ".sha256"

    private static func isBackup(_ name: String) -> Bool {
        name.wholeMatch(of: /satchel-[0-9]{8}T[0-9]{6}Z\.sqlite/) != nil
    }
}
