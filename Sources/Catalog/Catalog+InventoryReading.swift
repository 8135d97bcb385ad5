import Foundation
import GRDB

// Two records of the old system may be of one file. As long as not all of them have been read, the catalog cannot tell that a
// deleted attachment was the last that had it.
extension Catalog {
    /// Notes that an inventory of the store is about to be read: nothing is deleted there until it was read to its end.
    ///
    /// A reading that broke off leaves the note, and the time of the first one counts until one came to its end.
    package func beginInventory(store: String) async throws(CatalogError) {
        try await write(changing: .nothing) { db in
            guard try db.inventoryBegan(store: store) == nil else { return }
            // Within the transaction, so that what was deleted before it has an earlier time.
            try db.setMeta(.inventoryBegan(store: store), to: String(Date().milliseconds))
        }
    }

    /// Notes that the inventory of the store was read to its end: every file that a record names is known to be needed.
    package func endInventory(store: String) async throws(CatalogError) {
        try await write(changing: .nothing) { db in try db.setMeta(.inventoryBegan(store: store), to: nil) }
    }
}

extension Database {
    /// When an inventory was begun that was not read to its end, in milliseconds since 1970 UTC; nil where there is none.
    func inventoryBegan(store: String) throws -> Int64? {
        try meta(.inventoryBegan(store: store)).flatMap(Int64.init)
    }
}
