/// What describes a new object beside its bytes; each value is printable ASCII, and none but those of metadata is empty.
package struct S3ObjectHeaders: Sendable, Equatable {
    /// The media type.
    package var contentType: String
    /// The Content-Disposition, if any (RFC 6266).
    package var contentDisposition: String?
    /// The Cache-Control, if any.
    package var cacheControl: String?
    /// The Content-Encoding, if any.
    package var contentEncoding: String?
    /// The Content-Language, if any.
    package var contentLanguage: String?
    /// The caller's own metadata: names without `x-amz-meta-`.
    package var metadata: [(name: String, value: String)]

    /// Describes an object.
    package init(
        contentType: String,
        contentDisposition: String? = nil,
        cacheControl: String? = nil,
        contentEncoding: String? = nil,
        contentLanguage: String? = nil,
        metadata: [(name: String, value: String)] = []
    ) {
        self.contentType = contentType
        self.contentDisposition = contentDisposition
        self.cacheControl = cacheControl
        self.contentEncoding = contentEncoding
        self.contentLanguage = contentLanguage
        self.metadata = metadata
    }

    /// The same type, and the same values under the same names.
    package static func == (left: S3ObjectHeaders, right: S3ObjectHeaders) -> Bool {
        left.contentType == right.contentType && left.contentDisposition == right.contentDisposition
            && left.cacheControl == right.cacheControl && left.contentEncoding == right.contentEncoding
            && left.contentLanguage == right.contentLanguage
            && left.metadata.elementsEqual(right.metadata) { $0 == $1 }
    }

    /// Those that have a header of their own, and are there.
    var standard: [(name: String, value: String)] {
        [
            ("cache-control", cacheControl),
            ("content-disposition", contentDisposition),
            ("content-encoding", contentEncoding),
            ("content-language", contentLanguage),
        ]
        .compactMap { name, value in value.map { (name: name, value: $0) } }
    }
}
