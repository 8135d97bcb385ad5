/// What a media file is.
///
/// What is unknown or does not apply is nil, never zero.
package struct MediaReport: Codable, Sendable, Equatable {
    /// How a picture or video encodes high dynamic range (ITU-R BT.2100).
    package enum HDRTransfer: String, Codable, Sendable {
        /// Perceptual quantization.
        case pq
        /// Hybrid log-gamma.
        case hlg
    }

    /// The format's short name: of a picture `jpeg`, `png` and so on, else the demuxer's, such as `mov,mp4,m4a,3gp,3g2,mj2`.
    package var format: String
    /// There is a moving picture; cover art and still pictures do not count.
    package var hasVideo: Bool
    /// There is sound.
    package var hasAudio: Bool
    /// The file is a picture (a GIF or APNG counts as one, animated or not).
    package var isStillImage: Bool
    /// The playing time.
    package var durationMilliseconds: Int64?
    /// The displayed width in pixels: after rotation and pixel aspect.
    package var width: Int?
    /// The displayed height in pixels: after rotation and pixel aspect.
    package var height: Int?
    /// The clockwise turn, in degrees, between stored and displayed: 0, 90, 180 or 270.
    package var rotation: Int?
    /// The average bit rate of the whole file in kbit/s.
    package var bitrate: Int?
    /// The average number of frames a second.
    package var frameRate: Double?
    /// The frames of a video are not of equal length.
    package var isVariableFrameRate: Bool?
    /// The picture's codec as ffprobe names it.
    package var videoCodec: String?
    /// The sound's codec as ffprobe names it.
    package var audioCodec: String?
    /// Sound samples a second.
    package var sampleRate: Int?
    /// Sound channels.
    package var channels: Int?
    /// The picture has a channel for transparency, whether or not anything is transparent.
    package var hasAlpha: Bool?
    /// The picture moves; only of still pictures' formats.
    package var isAnimated: Bool?
    /// The frames of an animated picture.
    package var frameCount: Int?
    /// How high dynamic range is encoded; nil where there is none.
    package var hdrTransfer: HDRTransfer?
    /// When it was taken, by the file's own account: ISO 8601, with an offset only where the file tells one.
    package var capturedAt: String?
    /// The name of the embedded colour profile, or of the colour space that the file declares.
    package var colorProfile: String?

    /// Makes a report of a format and nothing else known.
    package init(
        format: String,
        hasVideo: Bool = false,
        hasAudio: Bool = false,
        isStillImage: Bool = false,
        durationMilliseconds: Int64? = nil,
        width: Int? = nil,
        height: Int? = nil,
        rotation: Int? = nil,
        bitrate: Int? = nil,
        frameRate: Double? = nil,
        isVariableFrameRate: Bool? = nil,
        videoCodec: String? = nil,
        audioCodec: String? = nil,
        sampleRate: Int? = nil,
        channels: Int? = nil,
        hasAlpha: Bool? = nil,
        isAnimated: Bool? = nil,
        frameCount: Int? = nil,
        hdrTransfer: HDRTransfer? = nil,
        capturedAt: String? = nil,
        colorProfile: String? = nil
    ) {
        self.format = format
        self.hasVideo = hasVideo
        self.hasAudio = hasAudio
        self.isStillImage = isStillImage
        self.durationMilliseconds = durationMilliseconds
        self.width = width
        self.height = height
        self.rotation = rotation
        self.bitrate = bitrate
        self.frameRate = frameRate
        self.isVariableFrameRate = isVariableFrameRate
        self.videoCodec = videoCodec
        self.audioCodec = audioCodec
        self.sampleRate = sampleRate
        self.channels = channels
        self.hasAlpha = hasAlpha
        self.isAnimated = isAnimated
        self.frameCount = frameCount
        self.hdrTransfer = hdrTransfer
        self.capturedAt = capturedAt
        self.colorProfile = colorProfile
    }
}
