import Foundation
import GRDB

/// Opens the SQLite file of another program so that it cannot be written.
enum ForeignDatabase {
    /// Opens the file, which may be in use by its owner.
    ///
    /// Where the file or its directory is read-only, so that SQLite cannot make the files by which several programs agree,
    /// and no change waits in such a file, the database is read as one that nobody changes. Throws `inventoryUnreadable`;
    /// `otherwise` says what to do with what is no SQLite file.
    static func open(
        path: String,
        otherwise advice: String = "for PostgreSQL and MySQL make an export (--print-queries)"
    ) throws(MigrationError) -> DatabaseQueue {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue else {
            throw MigrationError(.inventoryUnreadable, "\(path) is not there, or is no file")
        }
        do {
            return try tryOpening(path)
        } catch {
            let code = (error as? DatabaseError)?.resultCode
            switch code {
            case .SQLITE_NOTADB:
                throw MigrationError(
                    .inventoryUnreadable,
                    "\(path) is no SQLite database; \(advice)"
                )
            case .SQLITE_CANTOPEN, .SQLITE_READONLY:
                guard !hasRemains(path), let queue = try? tryOpening(immutable(path)) else {
                    throw MigrationError(
                        .inventoryUnreadable,
                        "\(path) cannot be opened for reading (\(reason(error))); where changes wait beside it (-wal, "
                            + "-journal), copy the files together to a directory that can be written, and name the copy"
                    )
                }
                return queue
            default:
                throw MigrationError(.inventoryUnreadable, "\(path) cannot be read: \(reason(error))")
            }
        }
    }

    /// What SQLite says of an error, without the statement.
    static func reason(_ error: any Error) -> String {
        guard let error = error as? DatabaseError else { return "\(error)" }
        return error.message ?? error.resultCode.description
    }

    private static func tryOpening(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.label = "migration.source"
        // Its owner may be writing.
        configuration.busyMode = .timeout(30)
        // What refers to nothing is found out here, not by SQLite.
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        // A first look; SQLite reads nothing before.
        _ = try queue.read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") }
        return queue
    }

    /// Changes that are not in the file itself yet.
    private static func hasRemains(_ path: String) -> Bool {
        ["-wal", "-journal"]
            .contains { ending in
                let attributes = try? FileManager.default.attributesOfItem(atPath: path + ending)
                return (attributes?[.size] as? Int64 ?? 0) > 0
            }
    }

    /// The URI of a file that does not change (https://sqlite.org/uri.html).
    static func immutable(_ path: String) -> String {
        let absolute = URL(fileURLWithPath: path).path
        let allowed = CharacterSet.urlPathAllowed.subtracting(CharacterSet(charactersIn: ";%?#"))
        let encoded = absolute.addingPercentEncoding(withAllowedCharacters: allowed) ?? absolute
        return "file:\(encoded)?immutable=1"
    }
}
