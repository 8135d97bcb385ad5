/// Why a job, or its thumbnail, came to nothing.
///
/// The message names no path.
package struct MediaFailure: Error, Codable, Sendable, Equatable, CustomStringConvertible {
    /// The stable codes.
    package enum Code: String, Sendable {
        /// No format or codec that the worker is allowed to open.
        case unsupportedFormat = "unsupported_format"
        /// The format is known and the content is broken.
        case invalidData = "invalid_data"
        /// Nothing could be decoded to a picture.
        case noFrame = "no_frame"
        /// The picture is larger than the job's limit.
        case tooManyPixels = "too_many_pixels"
        /// The rendered image is larger than the job's limit.
        case answerTooLarge = "answer_too_large"
        /// The picture was decoded and could not be scaled or encoded.
        case renderingFailed = "rendering_failed"
        /// The worker's process died of the job.
        case crashed
        /// The job was stopped at its wall clock or processor time.
        case timedOut = "timed_out"
        /// The job ran into its memory limit, or the machine's.
        case outOfMemory = "out_of_memory"
        /// The file could not be read.
        case unreadable
        /// The file that the job writes takes no more: the disk is full, or gone.
        case unwritable
        /// The worker could not confine itself and did not touch the file.
        case confinementFailed = "confinement_failed"
        /// No worker can be started, it is shutting down, or nothing is left to send it the job with.
        case workerUnavailable = "worker_unavailable"
        /// The caller's task was cancelled.
        case cancelled
    }

    /// One of the stable codes.
    package var code: String
    /// What happened, in words for a log.
    package var message: String

    /// The code and what happened, in one line.
    package var description: String { "\(code): \(message)" }

    /// Makes a failure with a stable code.
    package init(_ code: Code, _ message: String) {
        self.code = code.rawValue
        self.message = message
    }

    /// The same job may well succeed later: the worker, not the file, was at fault.
    package var isTemporary: Bool {
        switch Code(rawValue: code) {
        case .confinementFailed, .workerUnavailable, .cancelled: true
        default: false
        }
    }
}
