package import Foundation

/// The inventory of a place that no record speaks of: everything that a directory or a bucket has.
package struct BareInventory: MigrationInventory {
    /// Whom everything is to belong to.
    package struct Owner: Sendable, Equatable {
        /// The message that gets all files; the catalog has to know it.
        package var messageID: UUID
        /// Who has uploaded them.
        package var userID: String

        /// Makes a value.
        package init(messageID: UUID, userID: String) {
            self.messageID = messageID
            self.userID = userID
        }
    }

    /// Takes what the store lists.
    ///
    /// Without an owner the objects keep their keys, behind the prefix (`media/`, or nothing), and get no records. With one
    /// they become attachments.
    package init(store: any ObjectStore, keyPrefix: String = "", owner: Owner? = nil) {}

    /// Hands out what there is in the store's own order.
    package func read(_ body: (InventoryBatch) async throws -> Void) async throws {}
}
