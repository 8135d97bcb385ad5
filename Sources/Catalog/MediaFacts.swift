/// What probing a media file told; what does not apply is nil.
package struct MediaFacts: Sendable, Equatable {
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

    /// Makes a value; nothing is stored by it.
    package init(
        durationMilliseconds: Int64? = nil,
        width: Int? = nil,
        height: Int? = nil,
        bitrate: Int? = nil,
        frameRate: Double? = nil,
        codec: String? = nil,
        audioCodec: String? = nil,
        rotation: Int? = nil
    ) {
        self.durationMilliseconds = durationMilliseconds
        self.width = width
        self.height = height
        self.bitrate = bitrate
        self.frameRate = frameRate
        self.codec = codec
        self.audioCodec = audioCodec
        self.rotation = rotation
    }
}

/// A thumbnail that is already in the bucket.
package struct ThumbnailFacts: Sendable, Equatable {
    /// The key of the thumbnail's object.
    package let objectKey: String
    /// The width in pixels.
    package let width: Int
    /// The height in pixels.
    package let height: Int

    /// Makes a value; nothing is stored by it.
    package init(objectKey: String, width: Int, height: Int) {
        self.objectKey = objectKey
        self.width = width
        self.height = height
    }
}
