/// What a worker answers; the pictures' bytes follow it.
package struct MediaAnswer: Codable, Sendable, Equatable {
    /// What the file is.
    package var report: MediaReport?
    /// What the bytes that follow are: one picture behind the other, in this order.
    package var renditions: [RenditionInfo]
    /// A ThumbHash of the picture, in base64.
    package var placeholder: String?
    /// The index of the storyboard, which is the last of the renditions.
    package var storyboard: StoryboardIndex?
    /// Why there is no report.
    package var failure: MediaFailure?
    /// Why there is a report, and not every picture that was asked for.
    package var reason: MediaFailure?
    /// The versions of the libraries; only a ping is answered with it.
    package var libraryVersion: String?
    /// What a breakout came to; nothing else is answered with it.
    package var confinement: ConfinementReport?
    /// The bytes of an encoded `StripPlan` that follow; only a strip is answered with it.
    package var planByteCount: Int?
    /// The bytes of a `TranscodedFile` as JSON that follow; only a transcoding is answered with it.
    package var transcodedByteCount: Int?
    /// How long the work took.
    package var timings: MediaTimings?

    /// Makes an answer.
    package init(
        report: MediaReport? = nil,
        renditions: [RenditionInfo] = [],
        placeholder: String? = nil,
        storyboard: StoryboardIndex? = nil,
        failure: MediaFailure? = nil,
        reason: MediaFailure? = nil,
        libraryVersion: String? = nil,
        confinement: ConfinementReport? = nil,
        planByteCount: Int? = nil,
        transcodedByteCount: Int? = nil,
        timings: MediaTimings? = nil
    ) {
        self.report = report
        self.renditions = renditions
        self.placeholder = placeholder
        self.storyboard = storyboard
        self.failure = failure
        self.reason = reason
        self.libraryVersion = libraryVersion
        self.confinement = confinement
        self.planByteCount = planByteCount
        self.transcodedByteCount = transcodedByteCount
        self.timings = timings
    }
}

/// What a rendered picture is, without its bytes.
package struct RenditionInfo: Codable, Sendable, Equatable {
    /// The media type of a JPEG.
    package static let jpeg = "image/jpeg"
    /// The media type of a WebP picture.
    package static let webP = "image/webp"

    /// The name of its specification.
    package var name: String
    /// The width in pixels.
    package var width: Int
    /// The height in pixels.
    package var height: Int
    /// The media type, `image/jpeg` or `image/webp`.
    package var mediaType: String
    /// The number of bytes.
    package var byteCount: Int

    /// Makes a description.
    package init(name: String, width: Int, height: Int, mediaType: String, byteCount: Int) {
        self.name = name
        self.width = width
        self.height = height
        self.mediaType = mediaType
        self.byteCount = byteCount
    }
}
