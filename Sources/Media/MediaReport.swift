/// What a media file is.
///
/// What is unknown or does not apply is nil, never zero.
package struct MediaReport: Codable, Sendable, Equatable {
    /// The demuxer's name, for example `mov,mp4,m4a,3gp,3g2,mj2`.
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
    /// The picture's codec as ffprobe names it.
    package var videoCodec: String?
    /// The sound's codec as ffprobe names it.
    package var audioCodec: String?
    /// Sound samples a second.
    package var sampleRate: Int?
    /// Sound channels.
    package var channels: Int?

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
        videoCodec: String? = nil,
        audioCodec: String? = nil,
        sampleRate: Int? = nil,
        channels: Int? = nil
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
        self.videoCodec = videoCodec
        self.audioCodec = audioCodec
        self.sampleRate = sampleRate
        self.channels = channels
    }
}
