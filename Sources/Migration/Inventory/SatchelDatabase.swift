import Catalog
import Foundation

/// The inventory of another installation of Satchel, from its catalog's file.
///
/// Everything stays what it is there: ids, keys, names, types, facts, digests, times, renditions. An attachment that is not
/// finished there, or of which the files are not those of the record, is complained of and left out.
package struct SatchelDatabase: MigrationInventory {
    private let copy: CatalogCopy
    private let files: any ObjectStore

    /// So many records make a batch.
    private static let batchSize = 500
    /// So many attachments are looked at together: a bucket answers each after a while.
    private static let width = 16

    /// Takes the catalog as it is now; it may be in use, and of an older release.
    ///
    /// `files` is its bucket, or a copy of that: objects are under the keys that the catalog has. Throws `inventoryUnreadable`
    /// where the file is no catalog, or of a newer release. `warn` is told, in words for the operator, of a private copy of the catalog that
    /// cannot be removed.
    package init(
        path: String,
        files: any ObjectStore,
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(MigrationError) {
        copy = try CatalogCopy(path: path, warn: warn)
        self.files = files
    }

    /// Hands out the conversations, then the messages, then the attachments, each by their ids.
    package func read(_ body: (InventoryBatch) async throws -> Void) async throws {
        do {
            try await readConversations(body)
            try await readMessages(body)
            try await readAttachments(body)
        } catch let error as CatalogError {
            throw MigrationError(.inventoryUnreadable, "the other catalog cannot be read: \(error.message)")
        }
    }

    private func readConversations(_ body: (InventoryBatch) async throws -> Void) async throws {
        typealias Record = (conversation: Conversation, participants: [Participant])
        try await Pages.forEach(by: { (record: Record) in record.conversation.id }) { last in
            try await copy.catalog.conversations(after: last, limit: Self.batchSize)
        } _: { page in
            var batch = InventoryBatch()
            batch.conversations = page.map {
                ImportedConversation(conversation: $0.conversation, participants: $0.participants)
            }
            try await body(batch)
        }
    }

    private func readMessages(_ body: (InventoryBatch) async throws -> Void) async throws {
        try await Pages.forEach(by: \Message.id) { last in
            try await copy.catalog.messages(after: last, limit: Self.batchSize)
        } _: { page in
            var batch = InventoryBatch()
            batch.messages = page
            try await body(batch)
        }
    }

    private func readAttachments(_ body: (InventoryBatch) async throws -> Void) async throws {
        try await Pages.forEach(by: \Attachment.id) { last in
            try await copy.catalog.attachments(after: last, limit: Self.batchSize)
        } _: { page in
            var batch = InventoryBatch()
            for result in try await SideBySide.map(
                page,
                atOnce: Self.width,
                { [files] attachment in
                    try await StoredAttachment(attachment, in: files).result()
                }
            ) {
                batch.take(result)
            }
            try await body(batch)
        }
    }
}
