package import Foundation

/// How far the media work on an attachment has come.
package enum AttachmentStatus: String, Sendable, Codable, CaseIterable {
    /// The object is stored; probing and the renditions are still to come.
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
    /// The SHA-256 of the bytes that were received, as 64 lower-case hex digits.
    ///
    /// Nil for a file from elsewhere of which the bytes have not been read yet.
    package var sha256: String?
    /// The SHA-256 of the object: another one where the file was stripped of metadata before it was stored.
    package var storedSHA256: String?
    /// How far the media work has come.
    package var status: AttachmentStatus
    /// Why the media work failed, or why there is no picture of a file that is ready.
    ///
    /// Always set when the status is failed, never while it is processing.
    package var failureReason: String?
    /// The playing time.
    package var durationMilliseconds: Int64?
    /// The displayed width in pixels, after rotation.
    package var width: Int?
    /// The displayed height in pixels, after rotation.
    package var height: Int?
    /// The bit rate of the whole file in kbit/s.
    package var bitrate: Int?
    /// Frames a second, on average.
    package var frameRate: Double?
    /// The frames of a video are not of equal length.
    package var isVariableFrameRate: Bool?
    /// The frames of an animated picture.
    package var frameCount: Int?
    /// The codec of a video's picture; nil for every other kind.
    package var codec: String?
    /// The audio codec.
    package var audioCodec: String?
    /// Sound samples a second.
    package var sampleRate: Int?
    /// Sound channels.
    package var channels: Int?
    /// Clockwise degrees: 0, 90, 180 or 270.
    package var rotation: Int?
    /// A picture has a channel for transparency, whether or not anything is transparent.
    package var hasAlpha: Bool?
    /// A picture moves.
    package var isAnimated: Bool?
    /// How high dynamic range is encoded; nil for what has none.
    package var hdrTransfer: HDRTransfer?
    /// When it was recorded, by the file's own account: date and time of ISO 8601, with an offset where the file has
    /// one.
    package var capturedAt: String?
    /// What was made of it, the thumbnail first.
    package var renditions: [Rendition]
    /// A ThumbHash in base64.
    package var placeholder: String?
    /// Why there is no URL of it; nil where there is.
    package var hold: AttachmentHold?
    /// The name of the rendition that took the original's place; nil where the original is what was received.
    package var replacedBy: String?
    /// The user who uploaded the file.
    package var uploadedBy: String
    /// When the request that brought the file began, to the millisecond.
    package var uploadedAt: Date
    /// The places of those of its objects that are not in the storage yet; it is not stored by way of this value.
    package var waitingPlaces: [OldPlace] = []

    /// Makes a value; nothing is stored by it.
    ///
    /// Where nothing is said of the stored digest, what was received was stored.
    package init(
        id: UUID,
        messageID: UUID,
        objectKey: String,
        fileName: String,
        fileKind: FileKind,
        fileSize: Int64,
        mediaType: String,
        sha256: String?,
        storedSHA256: String? = nil,
        status: AttachmentStatus,
        failureReason: String? = nil,
        durationMilliseconds: Int64? = nil,
        width: Int? = nil,
        height: Int? = nil,
        bitrate: Int? = nil,
        frameRate: Double? = nil,
        isVariableFrameRate: Bool? = nil,
        frameCount: Int? = nil,
        codec: String? = nil,
        audioCodec: String? = nil,
        sampleRate: Int? = nil,
        channels: Int? = nil,
        rotation: Int? = nil,
        hasAlpha: Bool? = nil,
        isAnimated: Bool? = nil,
        hdrTransfer: HDRTransfer? = nil,
        capturedAt: String? = nil,
        renditions: [Rendition] = [],
        placeholder: String? = nil,
        hold: AttachmentHold? = nil,
        replacedBy: String? = nil,
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
        self.storedSHA256 = storedSHA256 ?? sha256
        self.status = status
        self.failureReason = failureReason
        self.durationMilliseconds = durationMilliseconds
        self.width = width
        self.height = height
        self.bitrate = bitrate
        self.frameRate = frameRate
        self.isVariableFrameRate = isVariableFrameRate
        self.frameCount = frameCount
        self.codec = codec
        self.audioCodec = audioCodec
        self.sampleRate = sampleRate
        self.channels = channels
        self.rotation = rotation
        self.hasAlpha = hasAlpha
        self.isAnimated = isAnimated
        self.hdrTransfer = hdrTransfer
        self.capturedAt = capturedAt
        self.renditions = renditions
        self.placeholder = placeholder
        self.hold = hold
        self.replacedBy = replacedBy
        self.uploadedBy = uploadedBy
        self.uploadedAt = uploadedAt
    }

    /// The small picture that stands for the file, where there is one.
    package var thumbnail: Rendition? { renditions.first { $0.name == Rendition.thumbnail } }

    /// The keys of all objects that belong to the attachment: the original's, then the renditions'.
    package var objectKeys: [String] { [objectKey] + renditions.map(\.objectKey) }

    /// Where the object with the key still waits; nil where the storage has it.
    package func waitingPlace(ofKey key: String) -> OldPlace? { waitingPlaces.first { $0.objectKey == key } }
}
