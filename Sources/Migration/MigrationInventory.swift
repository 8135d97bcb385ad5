package import Catalog
import Foundation

/// What is to be moved: a Django database, a manifest, a bucket's list, a directory tree, or the catalog itself.
///
/// An inventory says what there should be; the bytes are an `ObjectStore`'s.
package protocol MigrationInventory: Sendable {
    /// Hands out everything in batches, in an order that is the same each time, and never twice the same thing.
    ///
    /// Memory does not grow with the number of files. A line or a row that cannot be used is a `MigrationComplaint` in its
    /// batch, and the rest goes on; throws `MigrationError` where the inventory as a whole cannot be read, or what the closure
    /// throws.
    func read(_ body: (InventoryBatch) async throws -> Void) async throws
}

/// A stretch of an inventory: records first, then the items that belong to them.
package struct InventoryBatch: Sendable {
    /// Conversations with their participants, to be there before the messages.
    package var conversations: [ImportedConversation] = []
    /// Messages, to be there before the attachments.
    package var messages: [Message] = []
    /// Attachments as they will be in the catalog, with the keys that their objects will have.
    package var attachments: [ImportedAttachment] = []
    /// The objects.
    package var items: [MigrationItem] = []
    /// What cannot be used, and why.
    package var complaints: [MigrationComplaint] = []

    /// Makes an empty batch.
    package init() {}
}

/// A conversation with those who take part in it.
package struct ImportedConversation: Sendable, Equatable {
    /// The conversation.
    package var conversation: Conversation
    /// Those who take part; nobody else is taken out.
    package var participants: [Participant]

    /// Makes a value.
    package init(conversation: Conversation, participants: [Participant]) {
        self.conversation = conversation
        self.participants = participants
    }
}

/// An attachment whose bytes are still elsewhere.
package struct ImportedAttachment: Sendable, Equatable {
    /// As it will be in the catalog; its digest is nil until the bytes have been read.
    package var attachment: Attachment
    /// Where each of its objects is in the source, by the object's key in the target.
    package var locations: [String: String]

    /// Makes a value.
    package init(attachment: Attachment, locations: [String: String]) {
        self.attachment = attachment
        self.locations = locations
    }
}

/// Something in the source that cannot be moved as it is.
package struct MigrationComplaint: Sendable, Codable, Equatable {
    /// What sort of thing is wrong.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// The record or line breaks a rule.
        case invalid
        /// The record names a file that is not there.
        case missing
        /// The file is there and cannot be read.
        case unreadable
        /// Something else has the same key or id already.
        case conflict
        /// Nothing refers to the file.
        case unreferenced
    }

    /// What sort of thing is wrong.
    package var kind: Kind
    /// Which: a location, or a table and row, or a line's number.
    package var subject: String
    /// What is wrong, which value, and what would be right.
    package var reason: String

    /// Makes a complaint.
    package init(kind: Kind, subject: String, reason: String) {
        self.kind = kind
        self.subject = subject
        self.reason = reason
    }
}
