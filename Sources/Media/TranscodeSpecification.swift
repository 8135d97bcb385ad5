/// How one rendition of a video, a sound or a still picture is encoded.
package struct TranscodeSpecification: Codable, Sendable, Equatable {
    /// What the file is.
    package enum Container: String, Codable, Sendable {
        /// MP4 (ISO/IEC 14496-14) with `moov` before `mdat`: H.264 and AAC.
        case mp4
        /// MP4 of fragments, each of them a segment of HTTP Live Streaming (RFC 8216bis): H.264 and AAC.
        case fragmented
        /// MP4 with AAC alone.
        case m4a
        /// Ogg with Opus (RFC 7845) alone.
        case opus
        /// WebP (RFC 9649), lossy, of a still picture.
        case webp
    }

    /// The name of the rendition; each attachment has each name once.
    package var name: String
    /// What the file is.
    package var container: Container
    /// The most pixels of the shorter side; a smaller picture is never enlarged.
    ///
    /// Nil for a sound, and for a still picture.
    package var shortEdge: Int?
    /// The constant rate factor of x264, 1 to 51; less is better.
    package var crf: Int
    /// The most kbit/s of the picture; nil where only the rate factor counts.
    package var maxBitrate: Int?
    /// The most seconds between two key frames; of a fragmented file, the length of a segment.
    package var keyFrameSeconds: Double
    /// The most frames a second; more of them are thinned out.
    package var maxFrameRate: Double
    /// x264's preset, `ultrafast` to `veryslow`.
    package var preset: String
    /// The kbit/s of the sound, of which at most two channels are kept.
    package var audioBitrate: Int
    /// The most pixels of a still picture's longer side; a smaller one is never enlarged.
    ///
    /// Nil for all else.
    package var longEdge: Int?
    /// The quality of a still picture, 1 to 100.
    package var quality: Int

    /// Makes a specification; the worker clamps numbers that are out of range.
    package init(
        name: String,
        container: Container,
        shortEdge: Int?,
        crf: Int = 23,
        maxBitrate: Int? = nil,
        keyFrameSeconds: Double = 2,
        maxFrameRate: Double = 60,
        preset: String = "medium",
        audioBitrate: Int = 128,
        longEdge: Int? = nil,
        quality: Int = 80
    ) {
        self.name = name
        self.container = container
        self.shortEdge = shortEdge
        self.crf = crf
        self.maxBitrate = maxBitrate
        self.keyFrameSeconds = keyFrameSeconds
        self.maxFrameRate = maxFrameRate
        self.preset = preset
        self.audioBitrate = audioBitrate
        self.longEdge = longEdge
        self.quality = quality
    }
}

/// How far a transcoding is.
package struct TranscodeProgress: Codable, Sendable, Equatable {
    /// How much of the playing time is encoded, 0 to 100.
    package var percent: Int

    /// Makes a value.
    package init(percent: Int) {
        self.percent = percent
    }
}

/// What a transcoding wrote into the file that it was given.
package struct TranscodedFile: Codable, Sendable, Equatable {
    /// One segment of a fragmented file.
    package struct Segment: Codable, Sendable, Equatable {
        /// Where it begins, in bytes.
        package var offset: Int64
        /// How many bytes it has.
        package var length: Int64
        /// How long it plays.
        package var milliseconds: Int64

        /// Makes a value.
        package init(offset: Int64, length: Int64, milliseconds: Int64) {
            self.offset = offset
            self.length = length
            self.milliseconds = milliseconds
        }
    }

    /// The length of the whole file, in bytes.
    package var byteCount: Int64
    /// The playing time; 0 of a still picture.
    package var milliseconds: Int64
    /// The width in pixels; nil for a sound.
    package var width: Int?
    /// The height in pixels; nil for a sound.
    package var height: Int?
    /// Frames a second, on average; nil for a sound and a still picture.
    package var frameRate: Double?
    /// The codecs as RFC 6381 has them: `avc1.64001f,mp4a.40.2`; of a still picture `webp`.
    package var codecs: String
    /// Of a fragmented file, how many bytes come before the first segment; else 0.
    package var headerByteCount: Int64
    /// Of a fragmented file, its segments in order; else none.
    package var segments: [Segment]
    /// What became of the source's streams; nil where the worker did not tell.
    package var streams: TranscodedStreams?

    /// Makes a value.
    package init(
        byteCount: Int64,
        milliseconds: Int64,
        width: Int?,
        height: Int?,
        frameRate: Double?,
        codecs: String,
        headerByteCount: Int64 = 0,
        segments: [Segment] = [],
        streams: TranscodedStreams? = nil
    ) {
        self.byteCount = byteCount
        self.milliseconds = milliseconds
        self.width = width
        self.height = height
        self.frameRate = frameRate
        self.codecs = codecs
        self.headerByteCount = headerByteCount
        self.segments = segments
        self.streams = streams
    }
}
