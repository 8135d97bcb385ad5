package import Foundation

/// How far the media work on an attachment has come.
package enum AttachmentStatus: String, Sendable, Codable, CaseIterable {
    /// The object is stored; probing and the thumbnail are still to come.
    case processing
    /// Everything that can be known is known.
    case ready
    /// The object is stored, but the media work failed for the reason kept beside.
    case failed
}

/// A stored file that belongs to a message.
package struct Attachment: Sendable, Codable, Equatable {
    /// The identifier; new ones are version 7.
    package var id: UUID
    /// The message that carries the file.
    package var messageID: UUID
    /// The key of the object in the bucket.
    package var objectKey: String
    /// The name that the uploader gave, cleaned; at most 255 characters.
    package var fileName: String
    /// What sort of file it is.
    package var fileKind: FileKind
    /// The size of the object in bytes.
    package var fileSize: Int64
    /// The media type that the object is stored with.
    package var mediaType: String
    /// The SHA-256 of the object as 64 lower-case hex digits.
    package var sha256: String
    /// How far the media work has come.
    package var status: AttachmentStatus
    /// Why the media work failed; set exactly when the status is failed.
    package var failureReason: String?
    /// The playing time.
    package var durationMilliseconds: Int64?
    /// The displayed width in pixels, after rotation.
    package var width: Int?
    /// The displayed height in pixels, after rotation.
    package var height: Int?
    /// The bit rate of the whole file in kbit/s.
    package var bitrate: Int?
    /// Frames a second.
    package var frameRate: Double?
    /// The codec of a video's picture; nil for every other kind.
    package var codec: String?
    /// The audio codec.
    package var audioCodec: String?
    /// Clockwise degrees: 0, 90, 180 or 270.
    package var rotation: Int?
    /// The key of the thumbnail's object; set together with its width and height.
    package var thumbnailKey: String?
    /// The width of the thumbnail in pixels.
    package var thumbnailWidth: Int?
    /// The height of the thumbnail in pixels.
    package var thumbnailHeight: Int?
    /// A ThumbHash in base64.
    package var placeholder: String?
    /// The user who uploaded the file.
    package var uploadedBy: String
    /// When the request that brought the file began, to the millisecond.
    package var uploadedAt: Date

    /// Makes a value; nothing is stored by it.
    package init(
        id: UUID,
        messageID: UUID,
        objectKey: String,
        fileName: String,
        fileKind: FileKind,
        fileSize: Int64,
        mediaType: String,
        sha256: String,
        status: AttachmentStatus,
        failureReason: String? = nil,
        durationMilliseconds: Int64? = nil,
        width: Int? = nil,
        height: Int? = nil,
        bitrate: Int? = nil,
        frameRate: Double? = nil,
        codec: String? = nil,
        audioCodec: String? = nil,
        rotation: Int? = nil,
        thumbnailKey: String? = nil,
        thumbnailWidth: Int? = nil,
        thumbnailHeight: Int? = nil,
        placeholder: String? = nil,
        uploadedBy: String,
        uploadedAt: Date
    ) {
        self.id = id
        self.messageID = messageID
        self.objectKey = objectKey
        self.fileName = fileName
        self.fileKind = fileKind
        self.fileSize = fileSize
        self.mediaType = mediaType
        self.sha256 = sha256
        self.status = status
        self.failureReason = failureReason
        self.durationMilliseconds = durationMilliseconds
        self.width = width
        self.height = height
        self.bitrate = bitrate
        self.frameRate = frameRate
        self.codec = codec
        self.audioCodec = audioCodec
        self.rotation = rotation
        self.thumbnailKey = thumbnailKey
        self.thumbnailWidth = thumbnailWidth
        self.thumbnailHeight = thumbnailHeight
        self.placeholder = placeholder
        self.uploadedBy = uploadedBy
        self.uploadedAt = uploadedAt
    }
}
