/// A file that was made from an attachment's original and lies in the bucket beside it.
package struct Rendition: Sendable, Codable, Equatable {
    /// The name of the rendition that `thumbnail_url` stands for.
    package static let thumbnail = "thumbnail"
    /// The name of the job that puts a rendition in the original's place; no rendition has it.
    package static let original = "original"

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
    /// The SHA-256 of the object as 64 lower-case hex digits; nil of what is made when the file is probed, and of what was made before
    /// it was kept.
    package var sha256: String?
    /// What became of the original's streams when it was encoded, as JSON; nil of what is made when the file is probed.
    package var streams: String?

    /// Makes a value; nothing is stored by it.
    package init(
        name: String,
        objectKey: String,
        width: Int?,
        height: Int?,
        mediaType: String,
        byteCount: Int64?,
        sha256: String? = nil,
        streams: String? = nil
    ) {
        self.name = name
        self.objectKey = objectKey
        self.width = width
        self.height = height
        self.mediaType = mediaType
        self.byteCount = byteCount
        self.sha256 = sha256
        self.streams = streams
    }

    /// Whether a job of its own made it, after the attachment was ready: a video, a sound, the index of one, or a picture whose digest
    /// is known.
    ///
    /// All others are made when the file is probed, and anew whenever that is done again.
    package var isMadeLater: Bool {
        sha256 != nil || mediaType.hasPrefix("video/") || mediaType.hasPrefix("audio/")
            || mediaType == "application/json"
    }
}
