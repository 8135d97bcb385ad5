/// What came of a job.
package struct MediaResult: Sendable, Equatable {
    /// What the file is.
    package var report: MediaReport?
    /// The rendered pictures, in the order of their specifications; none that could not be made.
    package var renditions: [RenderedPicture]
    /// A ThumbHash of the picture, in base64.
    package var placeholder: String?
    /// The index of the rendition that is a storyboard; nil where there is none.
    package var storyboard: StoryboardIndex?
    /// Why there is no report.
    package var failure: MediaFailure?
    /// Why there is a report, and not every picture that was asked for.
    package var reason: MediaFailure?
    /// The versions of the libraries; only a ping is answered with it.
    package var libraryVersion: String?
    /// What a breakout came to; nothing else is answered with it.
    package var confinement: ConfinementReport?
    /// How the file's metadata is taken out; only a strip is answered with it.
    package var stripPlan: StripPlan?
    /// What was written; only a transcoding is answered with it.
    package var transcoded: TranscodedFile?
    /// How long the worker took; nil where no worker told.
    package var timings: MediaTimings?

    /// Makes a result.
    package init(
        report: MediaReport? = nil,
        renditions: [RenderedPicture] = [],
        placeholder: String? = nil,
        storyboard: StoryboardIndex? = nil,
        failure: MediaFailure? = nil,
        reason: MediaFailure? = nil,
        libraryVersion: String? = nil,
        confinement: ConfinementReport? = nil,
        stripPlan: StripPlan? = nil,
        transcoded: TranscodedFile? = nil,
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
        self.stripPlan = stripPlan
        self.transcoded = transcoded
        self.timings = timings
    }

    /// The rendition named `thumbnail`.
    package var thumbnail: RenderedPicture? {
        renditions.first { $0.name == RenditionSpecification.thumbnail.name }
    }
}

/// A rendered picture.
package struct RenderedPicture: Sendable, Equatable {
    /// The name of its specification.
    package var name: String
    /// The encoded picture; it holds nothing of the file's metadata.
    package var bytes: [UInt8]
    /// The width in pixels.
    package var width: Int
    /// The height in pixels.
    package var height: Int
    /// The media type, `image/jpeg` or `image/webp`.
    package var mediaType: String

    /// Makes a picture of encoded bytes.
    package init(name: String, bytes: [UInt8], width: Int, height: Int, mediaType: String) {
        self.name = name
        self.bytes = bytes
        self.width = width
        self.height = height
        self.mediaType = mediaType
    }

    /// What it is, without its bytes.
    package var info: RenditionInfo {
        RenditionInfo(name: name, width: width, height: height, mediaType: mediaType, byteCount: bytes.count)
    }
}
