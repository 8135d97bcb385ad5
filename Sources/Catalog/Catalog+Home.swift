import Foundation
import GRDB

extension Catalog {
    /// Throws `copied` where the database is a copy in which uploads were under way: the server of the original may have finished
    /// them since, and what they stored must not be taken for what a dead one left.
    ///
    /// A database and the lock file beside it have the same random mark; a copy elsewhere has no such file, or another one. What was
    /// copied with nothing under way, or restored, is at home where it is from now on, and so is a database without a mark. To be
    /// called by the server at its start; without the database to itself it does nothing.
    package func requireHome() async throws(CatalogError) {
        guard let lock else { return }
        let beside = lock.note
        let (mark, isUnderWay) = try await read { db in
            (try db.meta(.home), try db.exists("SELECT 1 FROM upload_intent", []))
        }
        if let mark, mark == beside { return }
        guard mark == nil || !isUnderWay else {
            throw CatalogError(
                code: .copied,
                message: """
                    this database is a copy, made while files were being stored: `satchel db restore FILE --to NEW` makes of it one to \
                    start with, and leaves out what was under way
                    """
            )
        }
        // First beside it: a process that dies in between leaves a database that is at home nowhere else.
        let fresh = UUID.version7().text
        try lock.setNote(fresh)
        try await write(changing: .nothing) { db in try db.setMeta(.home, to: fresh) }
    }
}
