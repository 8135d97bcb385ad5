import Catalog
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

    private let store: any ObjectStore
    private let keyPrefix: String
    private let owner: Owner?

    /// Takes what the store lists.
    ///
    /// Without an owner the objects keep their keys, behind the prefix (`media/`, or nothing), and get no records; what a
    /// storage does not take in a key is percent-encoded. With an owner they become attachments, by the names and times that
    /// the files have, and the prefix is of no use; their ids are made of the message and the location.
    package init(store: any ObjectStore, keyPrefix: String = "", owner: Owner? = nil) {
        self.store = store
        self.keyPrefix = keyPrefix
        self.owner = owner
    }

    /// The inventory is the list of the source.
    package var listsSource: Bool { true }

    /// Hands out what there is in the store's own order; what is there and cannot be brought is complained of.
    package func read(_ body: (InventoryBatch) async throws -> Void) async throws {
        // Of this closure alone: the store calls one closure after the other.
        var told: [MigrationComplaint] = []
        // A folder that has no bytes is nothing to bring.
        try await store.list(complaining: { if !$0.isRemark { told.append($0) } }) { page in
            try Task.checkCancellation()
            var batch = InventoryBatch()
            batch.complaints = told
            told.removeAll()
            if let owner {
                for result in try await AttachmentMaker(files: store).make(page.map { draft(of: $0, owner) }) {
                    batch.take(result)
                }
            } else {
                batch.items = page.map(item)
            }
            try await body(batch)
        }
        // Told after the last page, or where there was none.
        guard !told.isEmpty else { return }
        var rest = InventoryBatch()
        rest.complaints = told
        try await body(rest)
    }

    private func draft(of object: StoredObject, _ owner: Owner) -> AttachmentDraft {
        var draft = AttachmentDraft(
            subject: object.location,
            id: DerivedID.attachment(messageID: owner.messageID, location: object.location),
            messageID: owner.messageID,
            path: object.location,
            uploadedBy: owner.userID
        )
        draft.mediaType = object.contentType
        draft.uploadedAt = object.modifiedAt
        return draft
    }

    private func item(of object: StoredObject) -> MigrationItem {
        MigrationItem(
            location: object.location,
            targetKey: BareKey.key(object.location, prefix: keyPrefix),
            byteCount: object.byteCount,
            contentType: object.contentType,
            contentDisposition: object.contentDisposition,
            modifiedAt: object.modifiedAt,
            sourceVersion: object.version
        )
    }
}
