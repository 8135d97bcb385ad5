/// What the storage says of an object that was just stored.
package struct S3ObjectWritten: Sendable, Equatable {
    /// The entity tag as given, quotes kept; no digest where parts were put together, and maybe empty.
    package let etag: String
    /// What showed that the bytes arrived; nil where nothing in the answer did, and after a multipart upload.
    package var proof: S3WriteProof?
}

/// What the head of a GET or HEAD answer says of an object.
package struct S3ObjectHead: Sendable, Equatable {
    /// The length of the whole object in bytes.
    package let byteCount: Int64
    /// The length in bytes of what this answer carries: less than `byteCount` for a range.
    package let bodyByteCount: Int64
    /// The entity tag as given, quotes kept; may be empty.
    package let etag: String
    /// The stored media type.
    package let contentType: String?
    /// The Content-Disposition, where it is stored with one.
    package let contentDisposition: String?
    /// The Cache-Control, where it is stored with one.
    package let cacheControl: String?
    /// The Content-Encoding, where it is stored with one.
    package let contentEncoding: String?
    /// The Content-Language, where it is stored with one.
    package let contentLanguage: String?
    /// How many tags it has, where the server tells that; else 0.
    package let tagCount: Int
    /// The time of storing, as the server spells it.
    package let lastModified: String?
    /// The caller's own metadata: names in lower case without `x-amz-meta-`.
    package let metadata: [String: String]

    /// The time of storing in seconds since 1970; nil where the server gives none that can be read.
    package var lastModifiedSeconds: Int64? { lastModified.flatMap(HTTPDate.secondsSinceEpoch) }
}

/// One line of a listing.
package struct S3ObjectSummary: Sendable, Equatable {
    /// The key, decoded.
    package let key: String
    /// The length in bytes.
    package let byteCount: Int64
    /// The entity tag as given, quotes kept; may be empty.
    package let etag: String
    /// The time of storing, ISO 8601 as the server spells it.
    package let lastModified: String?
}
