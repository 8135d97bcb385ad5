import Catalog
import Foundation
import GRDB

/// Another installation's catalog as it was at one moment, brought to this release's schema.
///
/// The file itself is only read, and may be in use; what is read page by page afterwards is a copy, which lies in the system's
/// temporary directory, readable to this user alone, for as long as the value lives.
final class CatalogCopy: Sendable {
    /// The copy.
    let catalog: Catalog
    private let directory: ScratchFolder

    /// Copies the file.
    ///
    /// Throws `inventoryUnreadable` where the file is no catalog, is of a newer release, or cannot be copied;
    /// `outputUnwritable` where there is no room for the copy. `warn` is told of a copy that cannot be removed at the end.
    init(path: String, warn: @escaping @Sendable (String) -> Void) throws(MigrationError) {
        let traces = ReadTraces(of: path)
        let source = try ForeignDatabase.open(
            path: path,
            otherwise: "--satchel-db wants the file of database.path there"
        )
        do {
            directory = try ScratchFolder(warn: warn)
        } catch {
            let advice = "\(path) cannot be copied to where it is read from"
            throw MigrationError(.inventoryUnreadable, "\(advice): \(error.message)")
        }
        defer {
            try? source.close()
            traces.remove()
        }
        do {
            // What is named so belongs to another program, and is neither copied nor brought up to date.
            guard try source.read({ db in try db.tableExists("schema_migration") }) else {
                throw MigrationError(
                    .inventoryUnreadable,
                    "\(path) is no catalog of Satchel's; the database of a Django project goes with --django-db"
                )
            }
            catalog = try Self.copy(source, to: directory.url.appendingPathComponent("catalog.sqlite").path)
        } catch {
            directory.remove()
            throw Self.failure(error, path: path)
        }
    }

    deinit {
        try? catalog.close()
        directory.remove()
    }

    private static func copy(_ source: DatabaseQueue, to path: String) throws -> Catalog {
        let target = try DatabaseQueue(path: path)
        try source.backup(to: target)
        try target.close()
        let catalog = try Catalog.open(path: path)
        try catalog.migrate()
        return catalog
    }

    private static func failure(_ error: any Error, path: String) -> MigrationError {
        switch error {
        case let error as MigrationError:
            return error
        case let error as CatalogError where error.code == .newerSchema:
            return MigrationError(
                .inventoryUnreadable,
                "\(path) is the catalog of a newer release than this one: \(error.message)"
            )
        case let error as CatalogError where error.code == .full:
            return MigrationError(writing: NSTemporaryDirectory(), FileError(number: ENOSPC))
        case let error as CatalogError:
            return MigrationError(.inventoryUnreadable, "\(path) cannot be read: \(error.message)")
        default:
            if let fault = MigrationError(scratch: "\(path) cannot be copied", error) { return fault }
            let place = NSTemporaryDirectory()
            return MigrationError(
                .inventoryUnreadable,
                "\(path) cannot be copied to \(place), which it is read from: \(ForeignDatabase.reason(error))"
            )
        }
    }
}
