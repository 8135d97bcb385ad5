package import Foundation
import GRDB

extension Catalog {
    /// Stores a new key.
    ///
    /// Throws `constraint` where a key that is not revoked has the name.
    package func insertAPIKey(_ key: APIKey) async throws(CatalogError) {
        try await write(changing: .nothing) { db in
            try db.insertRow(
                into: "api_key",
                [
                    "id": key.id.databaseValue,
                    "name": key.name.databaseValue,
                    "secret_sha256": Data(key.secretSHA256).databaseValue,
                    "scopes": try keyList(key.scopes.map(\.rawValue).sorted()).databaseValue,
                    "created_at": key.createdAt.milliseconds.databaseValue,
                    "expires_at": (key.expiresAt?.milliseconds).databaseValue,
                    "last_used_at": (key.lastUsedAt?.milliseconds).databaseValue,
                    "revoked_at": (key.revokedAt?.milliseconds).databaseValue,
                ]
            )
        }
    }

    /// Returns the key, be it good, expired or revoked, or nil when there is none.
    ///
    /// It is read anew each time, on the calling thread: so a revocation by another process counts at once.
    package func apiKey(id: String) throws(CatalogError) -> APIKey? {
        try lookUp { db in
            try db.row(sql: "SELECT * FROM api_key WHERE id = ?", arguments: [id])
                .map { row in try APIKey(row: row) }
        }
    }

    /// Returns all keys, oldest first.
    package func apiKeys() async throws(CatalogError) -> [APIKey] {
        try await read { db in
            try db.rows(sql: "SELECT * FROM api_key ORDER BY created_at, id").map { row in try APIKey(row: row) }
        }
    }

    /// Revokes the key of that id, else the one of that name that is not revoked, and returns it.
    ///
    /// A key that is revoked already stays as it is. Nil when there is none.
    package func revokeAPIKey(_ idOrName: String, at date: Date = Date()) async throws(CatalogError) -> APIKey? {
        try await write(changing: .nothing) { db in
            let found = try db.row(
                sql: """
                    SELECT id FROM api_key WHERE id = ?1 OR (name = ?1 AND revoked_at IS NULL)
                    ORDER BY id = ?1 DESC LIMIT 1
                    """,
                arguments: [idOrName]
            )
            guard let id: String = try found?.value("id") else { return nil }
            try db.run(
                sql: "UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                arguments: [date.milliseconds, id]
            )
            return try db.row(sql: "SELECT * FROM api_key WHERE id = ?", arguments: [id])
                .map { row in try APIKey(row: row) }
        }
    }

    /// Notes that the key was used; a later time that is noted already stays.
    package func noteUse(ofAPIKey id: String, at date: Date) async throws(CatalogError) {
        try await write(changing: .nothing) { db in
            try db.run(
                sql: "UPDATE api_key SET last_used_at = max(coalesce(last_used_at, 0), ?) WHERE id = ?",
                arguments: [date.milliseconds, id]
            )
        }
    }
}

extension APIKey {
    fileprivate init(row: Row) throws {
        let secret: Data = try row.value("secret_sha256")
        let scopes = try row.keys("scopes")
            .map { text in
                guard let scope = AccessScope(rawValue: text) else {
                    throw CatalogError(code: .corrupt, message: "scopes has an unknown value")
                }
                return scope
            }
        self.init(
            id: try row.value("id"),
            name: try row.value("name"),
            secretSHA256: Array(secret),
            scopes: Set(scopes),
            createdAt: try row.date("created_at"),
            expiresAt: try row.optionalDate("expires_at"),
            lastUsedAt: try row.optionalDate("last_used_at"),
            revokedAt: try row.optionalDate("revoked_at")
        )
    }
}

extension Row {
    fileprivate func optionalDate(_ column: String) throws -> Date? {
        let milliseconds: Int64? = try value(column)
        return milliseconds.map { Date(timeIntervalSince1970: Double($0) / 1000) }
    }
}
