import GRDB

// What the source lists, held against what the inventory speaks of.
extension PlanLedger {
    /// Takes in a page of the list, and what the source could not look through.
    func note(_ page: [StoredObject], faults: [MigrationComplaint]) async throws {
        try await perform { db in
            let statement = try db.cachedStatement(sql: "INSERT OR REPLACE INTO listed VALUES (?, ?, ?)")
            for object in page { try statement.execute(arguments: [object.location, object.byteCount, nil]) }
            for fault in faults { try statement.execute(arguments: [fault.subject, nil, fault.reason]) }
        }
    }

    /// Notes that something speaks of the locations, though nothing is to be moved from there.
    func mention(_ locations: [String]) async throws {
        try await perform { db in
            let statement = try db.cachedStatement(sql: "INSERT OR IGNORE INTO place VALUES (?)")
            for location in locations { try statement.execute(arguments: [location]) }
        }
    }

    /// The listed lengths of those of the locations that are listed, by their place in the given ones.
    func listedSizes(_ locations: [String]) async throws -> [Int: Int64] {
        try await perform { db in
            let statement = try db.cachedStatement(sql: "SELECT byte_count FROM listed WHERE location = ?")
            var sizes: [Int: Int64] = [:]
            for (index, location) in locations.enumerated() {
                sizes[index] = try Int64.fetchOne(statement, arguments: [location])
            }
            return sizes
        }
    }

    /// How many listed objects nothing speaks of, and the first of them.
    func unreferenced(limit: Int) async throws -> (count: Int64, first: [(location: String, byteCount: Int64)]) {
        try await unspokenOf("fault IS NULL", limit: limit) { row in (row["location"], row["byte_count"]) }
    }

    /// How much could not be looked through that nothing speaks of, and the first of it.
    func unreferencedFaults(limit: Int) async throws -> (count: Int64, first: [MigrationComplaint]) {
        try await unspokenOf("fault IS NOT NULL", limit: limit) { row in
            MigrationComplaint(kind: .unreadable, subject: row["location"], reason: row["fault"])
        }
    }

    private func unspokenOf<Value: Sendable>(
        _ condition: String,
        limit: Int,
        _ value: @escaping @Sendable (Row) -> Value
    ) async throws -> (count: Int64, first: [Value]) {
        try await perform { db in
            let rest = """
                FROM listed WHERE \(condition) AND NOT EXISTS (SELECT 1 FROM place WHERE place.location = listed.location)
                """
            let count = try Int64.fetchOne(db, sql: "SELECT count(*) \(rest)") ?? 0
            let rows = try Row.fetchAll(db, sql: "SELECT * \(rest) ORDER BY location LIMIT ?", arguments: [limit])
            return (count, rows.map(value))
        }
    }
}

// What the source should have, and has not.
extension PlanLedger {
    /// An object that the source lacks.
    struct Lost: Sendable {
        let key: String
        let location: String
        let byteCount: Int64
        /// As the plan counts it.
        let kind: String
        let mediaType: String
    }

    /// Takes in one of them.
    func lose(_ object: Lost) async throws {
        try await perform { db in
            try db.cachedStatement(sql: "INSERT OR IGNORE INTO lost VALUES (?, ?, ?, ?, ?)")
                .execute(arguments: [object.key, object.location, object.byteCount, object.kind, object.mediaType])
        }
    }

    /// Takes out those that are on the page of the target's list with their length.
    func takeRecovered(_ page: [StoredObject]) async throws -> [Lost] {
        try await perform { db in
            var taken: [Lost] = []
            for object in page {
                let row = try Row.fetchOne(
                    db.cachedStatement(sql: "SELECT * FROM lost WHERE key = ? AND byte_count = ?"),
                    arguments: [object.location, object.byteCount]
                )
                guard let row else { continue }
                taken.append(
                    Lost(
                        key: row["key"],
                        location: row["location"],
                        byteCount: row["byte_count"],
                        kind: row["kind"],
                        mediaType: row["media_type"]
                    )
                )
                try db.cachedStatement(sql: "DELETE FROM lost WHERE key = ?").execute(arguments: [object.location])
            }
            return taken
        }
    }

    /// How many are left, and the locations of the first of them.
    func lost(limit: Int) async throws -> (count: Int64, first: [String]) {
        try await perform { db in
            (
                try Int64.fetchOne(db, sql: "SELECT count(*) FROM lost") ?? 0,
                try String.fetchAll(db, sql: "SELECT location FROM lost ORDER BY key LIMIT ?", arguments: [limit])
            )
        }
    }
}
