/// What a worker answers; the image's bytes follow it.
package struct MediaAnswer: Codable, Sendable, Equatable {
    /// What the file is.
    package var report: MediaReport?
    /// What the bytes that follow are.
    package var thumbnail: ThumbnailInfo?
    /// Why there is no report.
    package var failure: MediaFailure?
    /// Why there is a report and no thumbnail.
    package var thumbnailFailure: MediaFailure?
    /// The version of libavformat; only a ping is answered with it.
    package var libraryVersion: String?
    /// What a breakout came to; nothing else is answered with it.
    package var confinement: ConfinementReport?
    /// The bytes of an encoded `StripPlan` that follow; only a strip is answered with it.
    package var planByteCount: Int?

    /// Makes an answer.
    package init(
        report: MediaReport? = nil,
        thumbnail: ThumbnailInfo? = nil,
        failure: MediaFailure? = nil,
        thumbnailFailure: MediaFailure? = nil,
        libraryVersion: String? = nil,
        confinement: ConfinementReport? = nil,
        planByteCount: Int? = nil
    ) {
        self.report = report
        self.thumbnail = thumbnail
        self.failure = failure
        self.thumbnailFailure = thumbnailFailure
        self.libraryVersion = libraryVersion
        self.confinement = confinement
        self.planByteCount = planByteCount
    }
}

/// What a rendered image is, without its bytes.
package struct ThumbnailInfo: Codable, Sendable, Equatable {
    /// The media type of every thumbnail.
    package static let jpeg = "image/jpeg"

    /// The width in pixels.
    package var width: Int
    /// The height in pixels.
    package var height: Int
    /// The media type, `image/jpeg`.
    package var mediaType: String
    /// The number of bytes.
    package var byteCount: Int

    /// Makes a description.
    package init(width: Int, height: Int, mediaType: String, byteCount: Int) {
        self.width = width
        self.height = height
        self.mediaType = mediaType
        self.byteCount = byteCount
    }
}
