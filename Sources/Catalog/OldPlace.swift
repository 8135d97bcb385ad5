package import Foundation

/// Where the bytes of an object are, or were, outside of the storage that the catalog's keys are of.
///
/// An object has one such row for each store that it was in; in one of them at most its bytes still wait.
package struct OldPlace: Sendable, Codable, Equatable {
    /// How an object stands to its old place.
    package enum State: String, Sendable, Codable, CaseIterable {
        /// The bytes are there and not yet in the storage: there they are served from.
        case waiting
        /// The storage has the bytes; what is in the old place is a copy.
        case moved
        /// Another object took its part meanwhile (a picture made anew, an object under another key): never moved again.
        case replaced
        /// The attachment was deleted, but can be restored: as waiting, but neither served nor moved.
        case trashed
        /// The attachment was deleted, and the deletion in the old place is still to come.
        case deleted
        /// The attachment was deleted, and there is nothing left in the old place.
        case gone
    }

    /// The key of the object in the storage.
    package var objectKey: String
    /// The attachment that the object belongs to, or did; nil where that is not known any more.
    package var attachmentID: UUID?
    /// Which store it is (`directory:/srv/media`, `s3:https://host:port/bucket/prefix`).
    package var store: String
    /// Where in the store: a path below the directory, or a key below the prefix.
    package var location: String
    /// How the object stands to its old place.
    package var state: State
    /// The length in bytes, as far as it is known.
    package var byteCount: Int64?
    /// When somebody first asked for the object while it waited; such objects are moved first.
    package var touchedAt: Date?
    /// When the state became what it is; of a deletion to come, when it is due.
    package var changedAt: Date

    /// Makes a value; nothing is stored by it.
    package init(
        objectKey: String,
        attachmentID: UUID?,
        store: String,
        location: String,
        state: State,
        byteCount: Int64? = nil,
        touchedAt: Date? = nil,
        changedAt: Date
    ) {
        self.objectKey = objectKey
        self.attachmentID = attachmentID
        self.store = store
        self.location = location
        self.state = state
        self.byteCount = byteCount
        self.touchedAt = touchedAt
        self.changedAt = changedAt
    }
}

/// How many objects of a store are in a state, and their bytes as far as they are known.
package struct OldPlaceCount: Sendable, Equatable {
    /// The store's identity.
    package let store: String
    /// The state.
    package let state: OldPlace.State
    /// How many.
    package let objects: Int
    /// The bytes of all of them; of unknown length count as none.
    package let bytes: Int64
}

/// An attachment of which the bytes are still elsewhere, as it is to be in the catalog.
package struct AdoptionCandidate: Sendable, Equatable {
    /// The attachment with the keys that its objects will have; its digests may be nil.
    package var attachment: Attachment
    /// Where each of its objects is in the old store, by the object's key; every key must be there, and no other.
    package var locations: [String: String]

    /// Makes a value; nothing is stored by it.
    package init(attachment: Attachment, locations: [String: String]) {
        self.attachment = attachment
        self.locations = locations
    }
}

/// What became of one attachment that was to be adopted.
package enum AdoptionOutcome: Sendable, Equatable {
    /// It is in the catalog, and its objects wait in their old place.
    case adopted
    /// An attachment of that id is there; nothing was changed.
    case alreadyThere
    /// It was adopted earlier and then deleted by somebody, or what it refers to was: it stays deleted.
    case deletedBefore
    /// A deleted attachment had the same file, whose deletion is still to come.
    case fileInDeletion
    /// A deleted attachment had the same file, and nothing is left to be done about it: whether there is one again is for
    /// the caller to see.
    case fileDeleted
    /// There is no such message.
    case noMessage
    /// One of its keys is another object's, or an object of that key is still to be deleted.
    case keyTaken
    /// It breaks a rule of the schema; which one, in words without stored values.
    case invalid(String)
}

/// An object that has arrived in the storage, proved by its digest.
package struct ArrivedObject: Sendable, Equatable {
    /// The key in the storage.
    package var objectKey: String
    /// Which store it came from.
    package var store: String
    /// The length in bytes.
    package var byteCount: Int64
    /// The SHA-256 of the bytes: 64 lower-case hex digits.
    package var sha256: String

    /// Makes a value; nothing is stored by it.
    package init(objectKey: String, store: String, byteCount: Int64, sha256: String) {
        self.objectKey = objectKey
        self.store = store
        self.byteCount = byteCount
        self.sha256 = sha256
    }
}

/// What the catalog did with an object that arrived.
package enum MoveOutcome: Sendable, Equatable {
    /// It is served from the storage from now on, or was already.
    case moved
    /// It is not wanted any more; where nothing else has its key, its deletion in the storage is queued.
    case unwanted
}

/// How a store stands when it is to be done with.
package struct CutOver: Sendable, Equatable {
    /// Objects that still wait there, those of restorable attachments included.
    package var waiting = 0
    /// Objects that the storage has.
    package var moved = 0
    /// Objects that others took the part of.
    package var replaced = 0
    /// Objects of deleted attachments that are still to be deleted there.
    package var toDelete = 0
    /// When the store was noted as done with; nil as long as something waits.
    package var at: Date?

    /// Nothing waits, and that is noted.
    package var isOver: Bool { at != nil }

    /// Makes a value; nothing is stored by it.
    package init(waiting: Int = 0, moved: Int = 0, replaced: Int = 0, toDelete: Int = 0, at: Date? = nil) {
        self.waiting = waiting
        self.moved = moved
        self.replaced = replaced
        self.toDelete = toDelete
        self.at = at
    }
}

/// What the start of a process found out about the storage that the catalog's objects are in.
package enum StorageSettlement: Sendable, Equatable {
    /// It is the one of before.
    case unchanged
    /// It was noted for the first time.
    case noted
    /// It is another, and the objects of before wait in the source now: so many.
    case placed(objects: Int)
    /// It is another than the objects are in, and the source is neither; nothing was changed.
    case contradicts(noted: String)
    /// There are objects, it is not known where, and there is a source: nothing was changed.
    case unknown
}
