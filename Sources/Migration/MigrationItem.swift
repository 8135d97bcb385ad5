package import Foundation

/// One object that is to be moved: where its bytes are, and what they are to become.
package struct MigrationItem: Sendable, Codable, Equatable {
    /// Where the bytes are in the source: a path below a directory, or a key below a bucket's prefix.
    package var location: String
    /// The key that the object gets in the target; of two items that want the same key the second is a conflict.
    package var targetKey: String
    /// The length in bytes, where the inventory tells it; else the source is asked.
    package var byteCount: Int64?
    /// The media type, where the inventory tells it; else the source's own, else what the first bytes say.
    package var contentType: String?
    /// The Content-Disposition, where the inventory tells it; else the source's own, if any.
    package var contentDisposition: String?
    /// The SHA-256 as 64 lower-case hex digits, where the inventory tells it; other bytes are a failure.
    package var sha256: String?
    /// When the file was stored or changed.
    package var modifiedAt: Date?
    /// The attachment that the object belongs to; nil for a bare object, which no record speaks of.
    package var attachmentID: UUID?
    /// The name of the rendition that the object is; nil for an original and for a bare object.
    package var rendition: String?
    /// The version at the source, as `MigrationRow.sourceVersion`; nil where the inventory did not look at the file.
    package var sourceVersion: String?

    /// Makes an item.
    package init(
        location: String,
        targetKey: String,
        byteCount: Int64? = nil,
        contentType: String? = nil,
        contentDisposition: String? = nil,
        sha256: String? = nil,
        modifiedAt: Date? = nil,
        attachmentID: UUID? = nil,
        rendition: String? = nil,
        sourceVersion: String? = nil
    ) {
        self.location = location
        self.targetKey = targetKey
        self.byteCount = byteCount
        self.contentType = contentType
        self.contentDisposition = contentDisposition
        self.sha256 = sha256
        self.modifiedAt = modifiedAt
        self.attachmentID = attachmentID
        self.rendition = rendition
        self.sourceVersion = sourceVersion
    }
}
