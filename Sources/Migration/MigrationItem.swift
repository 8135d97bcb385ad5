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
    /// What else the inventory tells that it is stored with; the rest is the source's own.
    package var headers: ItemHeaders?
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
        headers: ItemHeaders? = nil,
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
        self.headers = headers
        self.sha256 = sha256
        self.modifiedAt = modifiedAt
        self.attachmentID = attachmentID
        self.rendition = rendition
        self.sourceVersion = sourceVersion
    }
}

/// What an inventory may tell of an object's headers beside its type and disposition.
package struct ItemHeaders: Sendable, Codable, Equatable {
    /// The Cache-Control; nil where it is not told.
    package var cacheControl: String?
    /// The Content-Encoding; nil where it is not told.
    package var contentEncoding: String?
    /// The Content-Language; nil where it is not told.
    package var contentLanguage: String?
    /// User metadata, names without `x-amz-meta-`; nil where nothing is told of it.
    package var metadata: [String: String]?

    /// Makes a value; nil where nothing at all is told.
    package init?(
        cacheControl: String? = nil,
        contentEncoding: String? = nil,
        contentLanguage: String? = nil,
        metadata: [String: String]? = nil
    ) {
        guard cacheControl != nil || contentEncoding != nil || contentLanguage != nil || metadata != nil else {
            return nil
        }
        self.cacheControl = cacheControl
        self.contentEncoding = contentEncoding
        self.contentLanguage = contentLanguage
        self.metadata = metadata
    }
}
