/// A file that was made from an attachment's original and lies in the bucket beside it.
package struct Rendition: Sendable, Codable, Equatable {
    /// The name of the rendition that `thumbnail_url` stands for.
    package static let thumbnail = "thumbnail"

    /// The name by which it is configured; an attachment has each name once.
    package var name: String
    /// The key of the object in the bucket.
    package var objectKey: String
    /// The width in pixels; nil for what is no picture.
    package var width: Int?
    /// The height in pixels; nil for what is no picture.
    package var height: Int?
    /// The media type that the object is stored with.
    package var mediaType: String
    /// The size of the object in bytes; nil where it was made before sizes were kept.
    package var byteCount: Int64?

    /// Makes a value; nothing is stored by it.
    package init(
        name: String,
        objectKey: String,
        width: Int?,
        height: Int?,
        mediaType: String,
        byteCount: Int64?
    ) {
        self.name = name
        self.objectKey = objectKey
        self.width = width
        self.height = height
        self.mediaType = mediaType
        self.byteCount = byteCount
    }
}
