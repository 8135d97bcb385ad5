package import Foundation

/// What a look through the storage can find.
package enum SweepKind: String, Sendable, Codable, CaseIterable {
    /// An object that nothing in the catalog refers to.
    case objectWithoutRow = "object_without_row"
    /// A row of the catalog whose object is not in the storage.
    case rowWithoutObject = "row_without_object"
    /// An object that nothing refers to, with the id of a row of which an object is not in the storage: it may be that one.
    case movedObject = "moved_object"
    /// What an upload left whose process is dead.
    case expiredUpload = "expired_upload"
    /// A multipart upload of which nothing in the catalog knows.
    case openUpload = "open_upload"
    /// A file in the spool that nobody writes to any more.
    case spoolFile = "spool_file"
    /// An object, or a multipart upload, with which the storage was tried, by a check that ended early.
    case trialObject = "trial_object"
}

/// One thing that should not be there, or that is missing.
package struct SweepItem: Sendable, Codable, Equatable {
    /// What it is.
    package var kind: SweepKind
    /// The object's key, or the path of a file.
    package var name: String
    /// Why it is in the list, in words.
    package var reason: String
    /// When it came to be, as far as that is known.
    package var since: Date?
    /// Its bytes, as far as they are known.
    package var byteCount: Int64?
    /// The entity tag of an object, so that another one under the same key is not taken for it.
    package var etag: String?
    /// The multipart upload.
    package var uploadID: String?
    /// The attachment that a row is of, or would be of.
    package var attachmentID: UUID?
    /// Whether a row is of an original, and not of a rendition.
    package var isOriginal: Bool?
    /// The key that the row names whose object a moved one may be.
    package var rowKey: String?

    /// Makes an item; what is nil does not apply or is not known.
    package init(
        _ kind: SweepKind,
        name: String,
        reason: String,
        since: Date? = nil,
        byteCount: Int64? = nil,
        etag: String? = nil,
        uploadID: String? = nil,
        attachmentID: UUID? = nil,
        isOriginal: Bool? = nil,
        rowKey: String? = nil
    ) {
        self.kind = kind
        self.name = name
        self.reason = reason
        self.since = since
        self.byteCount = byteCount
        self.etag = etag
        self.uploadID = uploadID
        self.attachmentID = attachmentID
        self.isOriginal = isOriginal
        self.rowKey = rowKey
    }

    private enum CodingKeys: String, CodingKey {
        case kind, name, reason, since, etag
        case byteCount = "byte_count"
        case uploadID = "upload_id"
        case attachmentID = "attachment_id"
        case isOriginal = "is_original"
        case rowKey = "row_key"
    }
}

/// What became of one item.
package enum SweepOutcome: String, Sendable, Codable, CaseIterable {
    /// It is gone.
    case removed
    /// The attachment says now that its object is missing.
    case marked
    /// The row refers to the object now.
    case relinked
    /// It is reported only.
    case reported
    /// It is not as it was any more: something refers to it, it was changed, or is gone already.
    case changed
}

/// What a look through the storage came to.
package struct SweepTotals: Sendable, Equatable {
    /// What was found, by kind.
    package var found: [SweepKind: Int] = [:]
    /// How many objects of this program's are in the storage.
    package var listed = 0
    /// The bytes of what was found, as far as they are known.
    package var byteCount: Int64 = 0
    /// What would have been found but is too young, or of unknown age, by kind.
    package var heldBack: [SweepKind: Int] = [:]

    /// Nothing yet.
    package init() {}

    mutating func add(_ item: SweepItem) {
        found[item.kind, default: 0] += 1
        byteCount += item.byteCount ?? 0
    }

    mutating func holdBack(_ kind: SweepKind) {
        heldBack[kind, default: 0] += 1
    }
}
