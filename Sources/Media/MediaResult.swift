/// What came of a job.
package struct MediaResult: Sendable, Equatable {
    /// What the file is.
    package var report: MediaReport?
    /// The rendered image.
    package var thumbnail: Thumbnail?
    /// Why there is no report.
    package var failure: MediaFailure?
    /// Why there is a report and no thumbnail.
    package var thumbnailFailure: MediaFailure?
    /// The version of libavformat; only a ping is answered with it.
    package var libraryVersion: String?
    /// What a breakout came to; nothing else is answered with it.
    package var confinement: ConfinementReport?
    /// How the file's metadata is taken out; only a strip is answered with it.
    package var stripPlan: StripPlan?

    /// Makes a result.
    package init(
        report: MediaReport? = nil,
        thumbnail: Thumbnail? = nil,
        failure: MediaFailure? = nil,
        thumbnailFailure: MediaFailure? = nil,
        libraryVersion: String? = nil,
        confinement: ConfinementReport? = nil,
        stripPlan: StripPlan? = nil
    ) {
        self.report = report
        self.thumbnail = thumbnail
        self.failure = failure
        self.thumbnailFailure = thumbnailFailure
        self.libraryVersion = libraryVersion
        self.confinement = confinement
        self.stripPlan = stripPlan
    }
}

/// A rendered image.
package struct Thumbnail: Sendable, Equatable {
    /// The encoded image.
    package var bytes: [UInt8]
    /// The width in pixels.
    package var width: Int
    /// The height in pixels.
    package var height: Int
    /// The media type, `image/jpeg`.
    package var mediaType: String

    /// Makes an image of encoded bytes.
    package init(bytes: [UInt8], width: Int, height: Int, mediaType: String) {
        self.bytes = bytes
        self.width = width
        self.height = height
        self.mediaType = mediaType
    }
}
