import ArgumentParser
import Catalog
import Foundation
import Gateway
import Migration
import S3

extension DatabaseCommand {
    /// `satchel db backup`.
    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy the database, as it is now, to a file or into the bucket. The server goes on meanwhile.",
            discussion: """
                The copy is one file, looked through before it gets its name. In a folder (--to ends with a slash, or is one)
                and in the bucket it is called satchel-YYYYMMDDTHHMMSSZ.sqlite, and --keep leaves the latest of such there. From the
                bucket it is read back, and its SHA-256 put beside it, before anything older is removed. What fails leaves nothing, and removes nothing. The bucket's objects are no part of it.

                Examples:
                  satchel db backup --to /var/backups/satchel/ --keep 14
                  satchel db backup --bucket --keep 30
                """
        )

        @OptionGroup var options: ConfigurationOptions

        @Option(help: ArgumentHelp("The new file, or the folder for it.", valueName: "path"))
        var to: String?

        @Flag(help: "Into the bucket of s3.bucket, below --prefix.")
        var bucket = false

        @Option(help: ArgumentHelp("What the keys of backups in the bucket begin with.", valueName: "text"))
        var prefix = "backups/"

        @Option(
            help: ArgumentHelp(
                "How many backups to leave in the folder or below the prefix, this one included.",
                valueName: "count"
            )
        )
        var keep: Int?

        func validate() throws {
            guard (to != nil) != bucket else { throw ValidationError("Say --to PATH or --bucket, one of them.") }
            if let keep, keep < 1 { throw ValidationError("--keep must be at least 1.") }
            guard prefix.hasSuffix("/"), !prefix.hasPrefix("/"), !prefix.hasPrefix("attachments/") else {
                throw ValidationError("--prefix must end with a slash, and be none of attachments/.")
            }
        }

        func run() async throws {
            let name = BackupName.make(at: Date())
            guard let to else { return try await backUpIntoBucket(name) }
            let isFolder = to.hasSuffix("/") || FileManager.default.isFolder(to)
            if keep != nil, !isFolder {
                throw ValidationError("--keep is for a folder; \(to) is a file.")
            }
            let file = isFolder ? URL(fileURLWithPath: to).appendingPathComponent(name).path : to
            let report = try await backUp(to: file)
            print("\(file): \(report.byteCount) bytes, sound")
            guard let keep else { return }
            let folder = URL(fileURLWithPath: to)
            do {
                let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
                for old in BackupName.surplus(among: names, keep: keep) {
                    try FileManager.default.removeItem(at: folder.appendingPathComponent(old))
                    print("removed \(old)")
                }
            } catch {
                throw StorageFault(line: "the backup is there, and older ones stay: \(LocalFault(folder.path, error))")
            }
        }

        private func backUp(to file: String) async throws -> DatabaseReport {
            try await withCatalog(options) { catalog throws(CatalogError) in
                try namingFull(file) { () throws(CatalogError) in try catalog.backup(to: file, warn: Console.warn) }
            }
        }

        private func backUpIntoBucket(_ name: String) async throws {
            let folder = try ScratchFolder(warn: Console.warn)
            defer { folder.remove() }
            let file = folder.url.appendingPathComponent(name).path
            let report = try await backUp(to: file)
            let (key, prefix, keep) = (prefix + name, prefix, keep)
            try await S3Command.withBucket(options) { storage, settings in
                let backups = BucketBackup(storage: storage, settings: settings)
                let digest = try await backups.store(file: file, key: key)
                print("\(key): \(report.byteCount) bytes, sound, read back with SHA-256 \(digest)")
                guard let keep else { return }
                for old in try await backups.removeSurplus(below: prefix, keep: keep) { print("removed \(old)") }
            }
        }
    }

    /// `satchel db restore`.
    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a database of a backup: a new file, never over one that is there.",
            discussion: """
                The backup is looked through first (one of the bucket also held against the SHA-256 beside it), and the copy after it. Then say database.path, look with
                `satchel sweep --plan` what the bucket has that the backup does not know, and what it lacks, and start the server.

                Examples:
                  satchel db restore /var/backups/satchel/satchel-20261128T201500Z.sqlite --to data/restored.sqlite
                  satchel db restore --bucket backups/satchel-20261128T201500Z.sqlite --to data/restored.sqlite
                """
        )

        @OptionGroup var options: ConfigurationOptions

        @Argument(help: "The backup: a file, or with --bucket a key.")
        var backup: String

        @Flag(help: "The backup is an object of s3.bucket.")
        var bucket = false

        @Option(help: ArgumentHelp("The new file.", valueName: "file"))
        var to: String

        func run() async throws {
            var file = backup
            let folder = try ScratchFolder(warn: Console.warn)
            defer { folder.remove() }
            if bucket {
                let fetched = folder.url.appendingPathComponent("backup.sqlite").path
                let key = backup
                try await S3Command.withBucket(options) { storage, settings in
                    switch try await BucketBackup(storage: storage, settings: settings).fetch(key: key, to: fetched) {
                    case .matches: print("\(key): as it was stored, by its SHA-256")
                    case .none: print("\(key): no SHA-256 lies beside it; it is looked through only")
                    }
                }
                file = fetched
            }
            let (source, target) = (file, to)
            let report = try reportingCatalogErrors { () throws(CatalogError) in
                try namingFull(target) { () throws(CatalogError) in
                    try Catalog.restore(source, to: target, warn: Console.warn)
                }
            }
            report.printTables()
            print("\(to): \(report.byteCount) bytes, sound")
            if !report.schema.pending.isEmpty {
                print("Its schema is older than this release: satchel db migrate --set database.path=\(to)")
            }
            print("What was in the trash is kept for another 7 days at least.")
            print("Next: satchel sweep --plan --set database.path=\(to)")
        }
    }
}

/// Says which file there was no room for.
private func namingFull<Value>(
    _ path: String,
    _ write: () throws(CatalogError) -> Value
) throws(CatalogError) -> Value {
    do throws(CatalogError) {
        return try write()
    } catch {
        guard error.code == .full else { throw error }
        throw CatalogError(
            code: .full,
            message: "\(path) cannot be written: \(error.message); make room there, or name another place"
        )
    }
}

extension FileManager {
    fileprivate func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
