/// One job for a worker; its file travels beside it as a descriptor.
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
    /// The pictures that `process` renders; each name occurs once.
    package var renditions: [RenditionSpecification]
    /// Whether `process` makes a storyboard of a video that is long enough.
    package var makesStoryboard: Bool
    /// Where in a video to take the picture; a shorter clip gives its first good frame.
    package var positionMilliseconds: Int
    /// How much `strip` takes out; nil takes out all.
    package var strip: StripMode?
    /// What the job may use up.
    package var limits: MediaLimits

    /// Makes a request; nothing is checked here.
    package init(
        operation: Operation,
        renditions: [RenditionSpecification] = [.thumbnail],
        makesStoryboard: Bool = false,
        positionMilliseconds: Int = 1_000,
        strip: StripMode? = nil,
        limits: MediaLimits = MediaLimits()
    ) {
        self.operation = operation
        self.renditions = renditions
        self.makesStoryboard = makesStoryboard
        self.strip = strip
        self.positionMilliseconds = positionMilliseconds
        self.limits = limits
    }

    /// The most renditions of one job; what is beyond is not rendered.
    package static let maxRenditionCount = 16
}
