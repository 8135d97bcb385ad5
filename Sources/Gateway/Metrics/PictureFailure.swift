import Media

/// Why there is no picture of a file: the stable codes of the worker.
enum PictureFailure: String, CaseIterable {
    case unsupportedFormat = "unsupported_format"
    case invalidData = "invalid_data"
    case noFrame = "no_frame"
    case tooManyPixels = "too_many_pixels"
    case answerTooLarge = "answer_too_large"
    case renderingFailed = "rendering_failed"
    case crashed
    case timedOut = "timed_out"
    case outOfMemory = "out_of_memory"
    /// Any other: a new code of the worker must not bring in a label of its own.
    case other

    init(_ failure: MediaFailure) {
        self = PictureFailure(rawValue: failure.code) ?? .other
    }
}
