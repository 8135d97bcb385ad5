/// One job for a worker; its file travels beside it as a descriptor.
package struct MediaRequest: Codable, Sendable, Equatable {
    /// What a worker can be asked.
    package enum Operation: String, Codable, Sendable {
        /// Answers with the worker's version; takes no file.
        case ping
        /// Reports what the file is.
        case probe
        /// Reports what the file is and renders a thumbnail.
        case process
        /// Plans how the file's metadata is taken out.
        case strip
        /// Tries to break out of the confinement and answers what came of it; takes no file.
        case breakout

        /// The job has a file.
        package var takesFile: Bool {
            switch self {
            case .ping, .breakout: false
            case .probe, .process, .strip: true
            }
        }
    }

    /// What is to be done.
    package var operation: Operation
    /// The thumbnail that `process` renders; nil takes the default one.
    package var thumbnail: ThumbnailSpecification?
    /// How much `strip` takes out; nil takes out all.
    package var strip: StripMode?
    /// What the job may use up.
    package var limits: MediaLimits

    /// Makes a request; nothing is checked here.
    package init(
        operation: Operation,
        thumbnail: ThumbnailSpecification? = nil,
        strip: StripMode? = nil,
        limits: MediaLimits = MediaLimits()
    ) {
        self.operation = operation
        self.thumbnail = thumbnail
        self.strip = strip
        self.limits = limits
    }
}

/// How a thumbnail is to be.
package struct ThumbnailSpecification: Codable, Sendable, Equatable {
    /// The width in pixels at most: a smaller picture is never enlarged.
    package var width: Int
    /// The JPEG quality, 1 to 100 as other encoders count it.
    package var jpegQuality: Int
    /// Where in a video to take the picture; a shorter clip gives its first good frame.
    package var positionMilliseconds: Int

    /// Makes a specification; the worker clamps what is out of range.
    package init(width: Int = 320, jpegQuality: Int = 80, positionMilliseconds: Int = 1_000) {
        self.width = width
        self.jpegQuality = jpegQuality
        self.positionMilliseconds = positionMilliseconds
    }

    /// The widest image that is rendered, whatever `width` says.
    package static let maxWidth = 4_096

    /// The width that counts: `width`, brought between 1 and `maxWidth`.
    package var effectiveWidth: Int { min(max(width, 1), Self.maxWidth) }

    /// The most that an image of so wide a specification is high; of a still higher picture it is narrower.
    package static func maxHeight(forWidth width: Int) -> Int { 8 * width }
}

/// What one job may use up.
package struct MediaLimits: Codable, Sendable, Equatable {
    /// The time from the worker's taking the job to its being killed.
    package var wallClockMilliseconds: Int
    /// Processor seconds.
    package var cpuSeconds: Int
    /// Address space of the job's process, the libraries' own (some 200 MB) included; 0 for no limit.
    package var addressSpaceBytes: Int64
    /// The most pixels of a picture that is decoded.
    package var maxPixels: Int64
    /// The most bytes of a rendered image.
    package var maxAnswerBytes: Int

    /// Makes limits that suit phone videos and camera pictures.
    package init(
        wallClockMilliseconds: Int = 30_000,
        cpuSeconds: Int = 20,
        addressSpaceBytes: Int64 = 1 << 30,
        maxPixels: Int64 = 100_000_000,
        maxAnswerBytes: Int = 4 << 20
    ) {
        self.wallClockMilliseconds = wallClockMilliseconds
        self.cpuSeconds = cpuSeconds
        self.addressSpaceBytes = addressSpaceBytes
        self.maxPixels = maxPixels
        self.maxAnswerBytes = maxAnswerBytes
    }
}
