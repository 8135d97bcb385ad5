import Catalog
import Foundation

// What was left in the spool. A server empties its own when it starts, so these are files that a living process has lost, or of
// processes that died beside one.
extension Sweep {
    /// The spool files that have not been written to for so long that nobody can be at work on them; or the one of that path, where it
    /// is such a file.
    ///
    /// Held back, however old, is what this process has open, what an upload has an intent for, and what is in the folder of a living
    /// process beside the server: that holds its folder's lock, and removes its files itself.
    func spoolFiles(now: Date, path: String? = nil, _ totals: inout SweepTotals) async throws -> [SweepItem] {
        guard let spoolDirectory else { return [] }
        let limit = limit(for: .spoolFile, now: now)
        var items: [SweepItem] = []
        var livingFolders: [String: Bool] = [:]
        for url in Self.spoolPaths(in: spoolDirectory) where path == nil || url.path == path {
            // It may be gone by now: whoever had it was done with it.
            guard let values = try? url.resourceValues(forKeys: Self.spoolKeys), values.isRegularFile == true,
                let time = values.contentModificationDate
            else { continue }
            let folder = url.deletingLastPathComponent()
            let isOfLiving =
                livingFolders[folder.path]
                ?? (Spool.isWorkFolder(folder.lastPathComponent) && Spool.isInUse(workFolder: folder.path))
            livingFolders[folder.path] = isOfLiving
            guard time <= limit, !isOfLiving, try await !isInUse(url.lastPathComponent) else {
                totals.holdBack(.spoolFile)
                continue
            }
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
    func removeSpoolFile(_ item: SweepItem, now: Date) async throws -> Bool {
        var totals = SweepTotals()
        let found = try await spoolFiles(now: now, path: item.name, &totals)
        guard found.contains(where: { $0.byteCount == item.byteCount }) else { return false }
        try FileManager.default.removeItem(atPath: item.name)
        return true
    }

    /// Whether this process has a spool file of that name open, or an upload is under way for which it stands.
    private func isInUse(_ name: String) async throws -> Bool {
        if isSpooled(name) { return true }
        guard let id = Spool.id(ofFile: name) else { return false }
        if isInHand(id) { return true }
        return try await catalog.intent(id: id) != nil
    }

    private static let spoolKeys: Set<URLResourceKey> = [.contentModificationDateKey, .fileSizeKey, .isRegularFileKey]

    private static func spoolPaths(in directory: String) -> [URL] {
        guard FileManager.default.fileExists(atPath: directory) else { return [] }
        let found = FileManager.default.enumerator(
            at: URL(fileURLWithPath: directory),
            includingPropertiesForKeys: Array(spoolKeys)
        )
        var urls: [URL] = []
        while let url = found?.nextObject() as? URL {
            if Spool.id(ofFile: url.lastPathComponent) != nil { urls.append(url) }
        }
        return urls
    }
}
