import GRDB

extension Catalog {
    /// Appends to the activity log.
    ///
    /// The line's own number is not looked at.
    package func recordActivity(_ activity: Activity) async throws(CatalogError) {
        try await write(changing: .nothing) { db in try activity.insert(db) }
    }

    /// Returns a page of the activity log, latest first: the lines before the given one, or the latest.
    package func activities(limit: Int, before id: Int64? = nil) async throws(CatalogError) -> [Activity] {
        let bound = id ?? Int64.max
        return try await read { db in
            try db.rows(
                sql: "SELECT * FROM activity WHERE id < ? ORDER BY id DESC LIMIT ?",
                arguments: [bound, max(0, limit)]
            )
            .map { row in try Activity(row: row) }
        }
    }
}
