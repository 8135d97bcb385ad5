package import Foundation
import GRDB

extension MetaName {
    /// When the database was made of a backup; milliseconds since 1970 UTC.
    fileprivate static let restoredAt = MetaName(text: "restored_at")
}

extension Catalog {
    /// Copies the whole database, as it is at one moment, into a new file that is one file by itself.
    ///
    /// SQLite's online backup, read in one transaction from a connection of its own: whoever writes goes on meanwhile, and what is
    /// written then is not in the copy. The file has its name when it is whole, looked through (`Catalog.check`) and on the disk; what fails
    /// leaves nothing, and what a process left that was killed goes with the next backup into the folder. `warn` is told of what of that cannot
    /// be removed. Blocks as long as it takes. Throws `constraint` where a file of that name is there already, `cannotOpen` where the
    /// database has no schema.
    package func backup(
        to path: String,
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(CatalogError) -> DatabaseReport {
        try NewFile.write(path, warn: warn) { temporary throws(CatalogError) in
            do {
                let copy = try DatabaseQueue(path: temporary)
                try pool.backup(to: copy)
                // The copy says that it has a log beside it, as the original does.
                try copy.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA journal_mode = DELETE") }
                try copy.close()
            } catch {
                throw CatalogError(error)
            }
            let report = try Self.requireSound(temporary)
            // With the wrong path it would push good backups out of the folder one by one.
            guard !report.schema.applied.isEmpty else {
                throw CatalogError(
                    code: .cannotOpen,
                    message: "the database is empty, and is not backed up: look whether database.path is right"
                )
            }
            return report
        }
    }

    /// Copies a backup into a new file for a server to use.
    ///
    /// The backup is looked through first, and stays as it is, with nothing beside it; what its log (`-wal`) has, if there is one beside it, is in the copy. What is
    /// about the processes of its time is not: claims of jobs, and uploads under way; that it is a copy of a backup is noted (`restoredAt`). Some of those uploads were acknowledged after the
    /// backup, and a server would take their objects for what a dead one left.
    ///
    /// `warn` is told of what cannot be removed beside the new file. Throws `corrupt` where it is not sound, `newerSchema` where a newer release made it, `cannotOpen` where it is no database of this
    /// program, `constraint` where a file of that name is there already, or SQLite's log of one.
    package static func restore(
        _ backup: String,
        to path: String,
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(CatalogError) -> DatabaseReport {
        for ending in ["-wal", "-shm", "-journal"] where FileManager.default.fileExists(atPath: path + ending) {
            throw CatalogError(
                code: .constraint,
                message: "\(path)\(ending) is there, what an earlier database left: move it away first"
            )
        }
        let report = try requireSound(backup)
        guard !report.schema.applied.isEmpty else {
            throw CatalogError(code: .cannotOpen, message: "\(backup) is no database of this program")
        }
        guard report.schema.unknown.isEmpty else {
            let steps = report.schema.unknown.joined(separator: ", ")
            throw CatalogError(code: .newerSchema, message: "\(backup) has \(steps) of a newer release: use that one")
        }
        return try NewFile.write(path, warn: warn) { temporary throws(CatalogError) in
            do {
                try copy(backup, to: temporary)
            } catch {
                let error = CatalogError(error)
                throw CatalogError(code: error.code, message: "\(backup) cannot be copied: \(error.message)")
            }
            let copied = try requireSound(temporary)
            guard copied.schema.applied == report.schema.applied else {
                throw CatalogError(code: .corrupt, message: "the copy of \(backup) has another schema: copy it again")
            }
            return copied
        }
    }

    /// Through a connection that reads, and so sees what is in the log.
    private static func copy(_ backup: String, to path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        let traces = ReadTraces(of: backup)
        defer { traces.remove() }
        let source = try DatabaseQueue(path: backup, configuration: configuration)
        let target = try DatabaseQueue(path: path)
        try source.backup(to: target)
        try target.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = DELETE")
            try db.inTransaction {
                try forgetProcesses(in: db)
                return .commit
            }
        }
        try target.close()
        try source.close()
    }

    /// For so many seconds after a restore nothing is purged from the trash, and no object is deleted unseen that has no row: time to find
    /// out what came out of the trash since the backup, and what was uploaded.
    package static let restoreGrace: TimeInterval = 7 * 86_400

    private static func forgetProcesses(in db: Database) throws {
        if try db.tableExists("upload_intent") { try db.execute(sql: "DELETE FROM upload_intent") }
        if try db.tableExists("job_runner") { try db.execute(sql: "DELETE FROM job_runner") }
        let now = Date().milliseconds
        if try db.tableExists("meta") { try db.setMeta(.restoredAt, to: String(now)) }
        // What was restored since the backup is in the trash of it.
        if try db.tableExists("trash") {
            try db.execute(
                sql: "UPDATE trash SET purge_after = max(purge_after, ?)",
                arguments: [Date(timeIntervalSinceNow: restoreGrace).milliseconds]
            )
        }
        guard try db.tableExists("job") else { return }
        try db.execute(
            sql: "UPDATE job SET leased = 0, run_after = min(run_after, ?) WHERE leased = 1",
            arguments: [now]
        )
    }

    /// Returns when the database was made of a backup; nil where it never was.
    package func restoredAt() async throws(CatalogError) -> Date? {
        try await read { db in
            try db.meta(.restoredAt).flatMap(Int64.init).map { Date(timeIntervalSince1970: Double($0) / 1000) }
        }
    }

    private static func requireSound(_ path: String) throws(CatalogError) -> DatabaseReport {
        let report = try check(path: path)
        guard report.faults.isEmpty else {
            throw CatalogError(
                code: .corrupt,
                message: "\(path) is not sound: \(report.faults.prefix(3).joined(separator: "; "))"
            )
        }
        return report
    }
}

/// A file that has its name only when it is whole.
private enum NewFile {
    static func write(
        _ path: String,
        warn: @escaping @Sendable (String) -> Void,
        _ body: (String) throws(CatalogError) -> DatabaseReport
    ) throws(CatalogError) -> DatabaseReport {
        let target = URL(fileURLWithPath: path)
        let folder = target.deletingLastPathComponent()
        guard !FileManager.default.fileExists(atPath: path) else { throw taken(path) }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw CatalogError(
                code: .cannotOpen,
                message: "\(folder.path) cannot be made: \(error.localizedDescription)"
            )
        }
        // Beside the target, so that it can be linked there; what a process left that was killed over one goes with the next.
        let scratch = try ScratchFolder(in: folder, warn: warn)
        defer { scratch.remove() }
        let temporary = scratch.url.appendingPathComponent("part.sqlite").path
        // Nobody else may read it, also not when it has its name.
        let descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)
        guard descriptor >= 0 else { throw failure("cannot be made", temporary) }
        close(descriptor)
        let report = try body(temporary)
        try flush(temporary)
        // Unlike a rename, a link does not take the place of a file that came meanwhile.
        guard link(temporary, path) == 0 else {
            guard errno == EEXIST else { throw failure("cannot be given its name", path) }
            throw taken(path)
        }
        try flush(folder.path)
        return report
    }

    private static func flush(_ path: String) throws(CatalogError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be opened", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot be written to the disk", path) }
    }

    private static func taken(_ path: String) -> CatalogError {
        CatalogError(code: .constraint, message: "\(path) is there already: name a new file")
    }

    private static func failure(_ what: String, _ path: String) -> CatalogError {
        CatalogError(
            code: errno == ENOSPC ? .full : .cannotOpen,
            message: "\(path) \(what): \(String(cString: strerror(errno)))"
        )
    }
}
