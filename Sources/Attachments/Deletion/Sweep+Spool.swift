import Foundation

// What was left in the spool. A server empties its own when it starts, so these are files of processes that died beside one.
extension Sweep {
    /// The spool files that have not been written to for so long that nobody can be at work on them.
    func spoolFiles(now: Date) throws -> [SweepItem] {
        guard let spoolDirectory else { return [] }
        let limit = limit(for: .spoolFile, now: now)
        guard FileManager.default.fileExists(atPath: spoolDirectory) else { return [] }
        var items: [SweepItem] = []
        let root = URL(fileURLWithPath: spoolDirectory)
        let keys: [URLResourceKey] = [.contentModificationDateKey, .fileSizeKey, .isRegularFileKey]
        let found = FileManager.default.enumerator(at: root, includingPropertiesForKeys: keys)
        while let url = found?.nextObject() as? URL {
            let values = try url.resourceValues(forKeys: Set(keys))
            guard values.isRegularFile == true, Spool.isSpoolFile(url.lastPathComponent),
                let time = values.contentModificationDate, time <= limit
            else { continue }
            items.append(
                SweepItem(
                    .spoolFile,
                    name: url.path,
                    reason: "the spool file has not been written to for long",
                    since: time,
                    byteCount: values.fileSize.map(Int64.init)
                )
            )
        }
        return items
    }

    /// Removes a file of the spool that is still as it was; false where it is not.
    func removeSpoolFile(_ item: SweepItem, now: Date) throws -> Bool {
        guard try spoolFiles(now: now).contains(where: { $0.name == item.name && $0.byteCount == item.byteCount })
        else { return false }
        try FileManager.default.removeItem(atPath: item.name)
        return true
    }
}
