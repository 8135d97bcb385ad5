/// One job for a worker; its file, and the one that it writes, travel beside it as descriptors.
package struct MediaRequest: Codable, Sendable, Equatable {
    /// What a worker can be asked.
    package enum Operation: String, Codable, Sendable {
        /// Answers with the versions of the worker's libraries; takes no file.
        case ping
        /// Reports what the file is.
        case probe
        /// Reports what the file is and renders pictures of it.
        case process
        /// Plans how the file's metadata is taken out.
        case strip
        /// Encodes a rendition of the file into another one.
        case transcode
        /// Tries to break out of the confinement and answers what came of it; takes no file.
        case breakout

        /// The job has a file.
        package var takesFile: Bool {
            switch self {
            case .ping, .breakout: false
            case .probe, .process, .strip, .transcode: true
            }
        }

        /// The job has a file to write as well.
        package var takesOutput: Bool { self == .transcode }
    }

    /// What is to be done.
    package var operation: Operation
    /// The pictures that `process` renders; each name occurs once.
    package var renditions: [RenditionSpecification]
    /// Whether `process` makes a storyboard of a video that is long enough.
    package var makesStoryboard: Bool
    /// Where in a video to take the picture; a shorter clip gives its first good frame.
    package var positionMilliseconds: Int
    /// How much `strip` takes out; nil takes out all.
    package var strip: StripMode?
    /// What `transcode` encodes.
    package var transcode: TranscodeSpecification?
    /// What the job may use up.
    package var limits: MediaLimits

    /// Makes a request; nothing is checked here.
    package init(
        operation: Operation,
        renditions: [RenditionSpecification] = [.thumbnail],
        makesStoryboard: Bool = false,
        positionMilliseconds: Int = 1_000,
        strip: StripMode? = nil,
        transcode: TranscodeSpecification? = nil,
        limits: MediaLimits = MediaLimits()
    ) {
        self.operation = operation
        self.renditions = renditions
        self.makesStoryboard = makesStoryboard
        self.strip = strip
        self.transcode = transcode
        self.positionMilliseconds = positionMilliseconds
        self.limits = limits
    }

    /// The most renditions of one job; what is beyond is not rendered.
    package static let maxRenditionCount = 16
}
