import Foundation
import GRDB

/// The name of one of the few values that are about the catalog as a whole.
struct MetaName: Sendable {
    let text: String

    /// The identity of the storage that the objects' keys are of.
    static let storage = MetaName(text: "storage")
    /// What the lock file beside the database has, too.
    static let home = MetaName(text: "home")
    /// What URLs of the gateway's own are signed with.
    static let urlSecret = MetaName(text: "url_secret")

    /// When it was noted that a store is done with; milliseconds since 1970 UTC.
    static func cutOver(store: String) -> MetaName { MetaName(text: "cut_over:\(store)") }

    /// Since when an inventory of a store is read that did not come to its end; milliseconds since 1970 UTC.
    static func inventoryBegan(store: String) -> MetaName { MetaName(text: "inventory_began:\(store)") }
}

extension Catalog {
    /// Returns the identity of the storage that the catalog's objects are in; nil where it was never noted.
    package func storageIdentity() async throws(CatalogError) -> String? {
        try await read { db in try db.meta(.storage) }
    }

    /// Returns the secret for URLs of the gateway's own: 32 random bytes, made when they are first asked for.
    package func urlSecret() async throws(CatalogError) -> [UInt8] {
        try await write { db in
            if let stored = try db.meta(.urlSecret) {
                guard let data = Data(base64Encoded: stored), data.count == 32 else {
                    throw CatalogError(code: .corrupt, message: "the secret for URLs cannot be read")
                }
                return Array(data)
            }
            var generator = SystemRandomNumberGenerator()
            let secret = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            try db.setMeta(.urlSecret, to: Data(secret).base64EncodedString())
            return secret
        }
    }
}

extension Database {
    func meta(_ name: MetaName) throws -> String? {
        try texts(sql: "SELECT value FROM meta WHERE name = ?", arguments: [name.text]).first
    }

    /// Stores the value; nil takes it out.
    func setMeta(_ name: MetaName, to value: String?) throws {
        guard let value else {
            return try run(sql: "DELETE FROM meta WHERE name = ?", arguments: [name.text])
        }
        try run(
            sql: "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            arguments: [name.text, value]
        )
    }
}
