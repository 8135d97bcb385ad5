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

    /// Makes a value; nothing is stored by it.
    package init(
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
        capturedAt: String? = nil
    ) {
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
    }
}

/// How a picture or video encodes high dynamic range (ITU-R BT.2100).
package enum HDRTransfer: String, Sendable, Codable, CaseIterable {
    /// Perceptual quantization.
    case pq
    /// Hybrid log-gamma.
    case hlg
}

/// What came of the media work on a file whose bytes could be judged.
package struct MediaOutcome: Sendable, Equatable {
    /// What the file is.
    package var facts: MediaFacts
    /// What was made of it; every object is in the bucket already.
    package var renditions: [Rendition]
    /// A ThumbHash in base64.
    package var placeholder: String?
    /// Why there is no picture; nil where there is one, and where none is to be expected.
    package var pictureFailure: String?
    /// What is to be made of it by jobs of their own.
    package var requests: [RenditionRequest]
    /// What it was found to be, where nothing was known of it before; nil where its type stays.
    package var type: FoundType?
    /// Which earlier pictures stay where there is no new one of the name; nil where none does.
    package var earlierPictures: EarlierPictures?

    /// Makes a value; nothing is stored by it.
    package init(
        facts: MediaFacts = MediaFacts(),
        renditions: [Rendition] = [],
        placeholder: String? = nil,
        pictureFailure: String? = nil,
        requests: [RenditionRequest] = []
    ) {
        self.facts = facts
        self.renditions = renditions
        self.placeholder = placeholder
        self.pictureFailure = pictureFailure
        self.requests = requests
    }

    /// The names of those of the attachment's pictures that stay beside the new ones.
    func keptPictures(of attachment: Attachment) -> Set<String> {
        guard let wanted = earlierPictures?.names else { return [] }
        let (names, keys) = (Set(renditions.map(\.name)), Set(renditions.map(\.objectKey)))
        return Set(
            attachment.renditions
                .filter {
                    !$0.isMadeLater && wanted.contains($0.name) && !names.contains($0.name)
                        && !keys.contains($0.objectKey)
                }
                .map(\.name)
        )
    }
}

/// What a file is that was of no known kind.
package struct FoundType: Sendable, Equatable {
    /// The kind.
    package var kind: FileKind
    /// The media type, in lower case and without parameters.
    package var mediaType: String

    /// Makes a value; nothing is stored by it.
    package init(kind: FileKind, mediaType: String) {
        self.kind = kind
        self.mediaType = mediaType
    }
}

/// Pictures that were made before, and that are better than none where they could not be made anew.
package struct EarlierPictures: Sendable, Equatable {
    /// The names of all that are still wanted.
    package var names: Set<String>
    /// Why not all of them were made anew: a code and words for the operator.
    package var reason: String

    /// Makes a value; nothing is stored by it.
    package init(names: Set<String>, reason: String) {
        self.names = names
        self.reason = reason
    }
}
