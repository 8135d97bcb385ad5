package import Catalog
package import Foundation

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

    /// Whether it is made of the source's own list, so that nothing there is without a word in it.
    var listsSource: Bool { get }

    /// Whether each file that there is a word of was looked at, so that what is missing has been complained of.
    var looksAtFiles: Bool { get }

    /// Hands out, a page at a time, locations that something speaks of though nothing is to be moved from there.
    func readMentioned(_ body: ([String]) async throws -> Void) async throws

    /// Whether nothing at all is a usual answer; of any other inventory it says that the wrong one was named.
    var mayBeEmpty: Bool { get }

    /// Where the inventory itself lies in the source, which no record speaks of; nil where it does not.
    var ownLocation: String? { get }
}

extension MigrationInventory {
    /// Records speak of some files; what else there is has to be looked for.
    package var listsSource: Bool { false }
    /// The source is asked for each file.
    package var looksAtFiles: Bool { true }
    /// There are none.
    package func readMentioned(_ body: ([String]) async throws -> Void) async throws {}
    /// There is something, or it is the wrong place.
    package var mayBeEmpty: Bool { false }
    /// It lies elsewhere.
    package var ownLocation: String? { nil }
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

    /// Nothing is in it, and nothing is complained of.
    var isEmpty: Bool {
        conversations.isEmpty && messages.isEmpty && attachments.isEmpty && items.isEmpty && complaints.isEmpty
    }
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

    /// A file that a record names.
    package struct File: Sendable, Codable, Equatable {
        /// The attachment that the record is of.
        package var attachmentID: UUID
        /// Where the file would be.
        package var location: String

        /// Makes a value.
        package init(attachmentID: UUID, location: String) {
            self.attachmentID = attachmentID
            self.location = location
        }
    }

    /// What sort of thing is wrong.
    package var kind: Kind
    /// Which: a location, or a table and row, or a line's number.
    package var subject: String
    /// What is wrong, which value, and what would be right.
    package var reason: String
    /// Which file is missing or cannot be read, where a record names it: one that is missing and arrived before is not missed.
    package var file: File?
    /// What it is about is brought all the same, and what is wrong is mended: the target will lack nothing for it.
    package var isRemark: Bool

    /// Makes a complaint.
    package init(kind: Kind, subject: String, reason: String, file: File? = nil, isRemark: Bool = false) {
        self.kind = kind
        self.subject = subject
        self.reason = reason
        self.file = file
        self.isRemark = isRemark
    }
}
