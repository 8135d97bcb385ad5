import Catalog
import Curl
import Media
import S3

/// What the error that ended a job says about its next attempt.
///
/// Only what may lie in the file, or in the row, is tried a limited number of times: a file that is stored must not be
/// given up because the storage or the worker was away.
enum Setback: Equatable {
    /// The process ends: as if the job had not been begun.
    case interruption
    /// The cause lies elsewhere and passes, or an operator removes it: tried again without end.
    case temporary
    /// Anything else: tried again a few times.
    case unexpected

    /// Classifies the error; whatever ends a cancelled task is an interruption.
    init(_ error: any Error) {
        guard !Task.isCancelled else {
            self = .interruption
            return
        }
        switch error {
        // What found no room in the queue has not been begun either.
        case is CancellationError, is MediaQueueFull: self = .interruption
        // None of them is about the bytes: the spool is full, or the folder is not usable now.
        case is SpoolError, is UnsweptRendition, is ObjectWaits: self = .temporary
        // A scanner that is away, or speaks in riddles: without it a file must not pass.
        case is ScanError: self = .temporary
        case let error as OldStoreError: self = error.code == .unavailable ? .temporary : .unexpected
        case let error as S3Error: self = Setback(storage: error)
        case let error as CatalogError: self = Setback(catalog: error)
        case let error as MediaFailure: self = Setback(media: error)
        default: self = .unexpected
        }
    }

    /// A storage that is down, refuses our credentials or has no bucket would refuse any other object as well.
    private init(storage error: S3Error) {
        switch error.code {
        case .transport(.cancelled), .transport(.closed): self = .interruption
        case .transport(.bodyReadFailed), .transport(.bodyTooLarge), .transport(.invalidRequest): self = .unexpected
        case .transport: self = .temporary
        case .accessDenied, .authorizationHeaderMalformed, .invalidAccessKeyID, .noSuchBucket, .permanentRedirect,
            .temporaryRedirect, .requestTimeTooSkewed, .signatureDoesNotMatch:
            self = .temporary
        default:
            let isRefusal = error.status == 401 || error.status == 403
            self = isRefusal || error.isUnavailable ? .temporary : .unexpected
        }
    }

    /// Only a value that the schema refuses and a row that cannot be read come back the same each time.
    private init(catalog error: CatalogError) {
        switch error.code {
        case .constraint, .corrupt: self = .unexpected
        default: self = .temporary
        }
    }

    private init(media error: MediaFailure) {
        if error.code == MediaFailure.Code.cancelled.rawValue {
            self = .interruption
        } else {
            self = error.tellsOfTheFile ? .unexpected : .temporary
        }
    }
}

extension MediaFailure {
    /// Whether it is an answer: false where the worker was at fault, its copy of the file could not be opened, or what it made found
    /// no room on the disk.
    var tellsOfTheFile: Bool {
        !isTemporary && code != Code.unreadable.rawValue && code != Code.unwritable.rawValue
    }

    /// Whether the process that did the job was ended by it: by a crash, or at one of its limits.
    var isWorkerDeath: Bool {
        switch Code(rawValue: code) {
        case .crashed, .timedOut, .outOfMemory: true
        default: false
        }
    }
}

/// What an earlier attempt left under the key of a rendition is still to be swept up.
struct UnsweptRendition: Error, CustomStringConvertible {
    /// What was found to be in the way; nil where only the attempt to store told.
    var hindrance: KeyHindrance?

    var description: String { "An earlier rendition of the attachment is still to be swept up." }
}
