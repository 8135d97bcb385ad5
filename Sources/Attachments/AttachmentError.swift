/// Why the product refused or could not do what was asked, in words that a client may read.
package struct AttachmentError: Error, Sendable {
    /// The kinds of failure; the raw value is the stable code that clients receive.
    package enum Code: String, Sendable, CaseIterable {
        case invalidRequest = "invalid_request"
        case missingFile = "missing_file"
        case missingMessageID = "missing_message_id"
        case messageNotFound = "message_not_found"
        case attachmentNotFound = "attachment_not_found"
        case forbidden
        case notAParticipant = "not_a_participant"
        case fileTooLarge = "file_too_large"
        case quotaExceeded = "quota_exceeded"
        case tooManyUploads = "too_many_uploads"
        case unsupportedMediaType = "unsupported_media_type"
        case mediaTypeMismatch = "media_type_mismatch"
        case notAVideo = "not_a_video"
        case metadataNotRemovable = "metadata_not_removable"
        case incompleteBody = "incomplete_body"
        case invalidDigest = "invalid_digest"
        case digestMismatch = "digest_mismatch"
        case storageUnavailable = "storage_unavailable"
        case spoolFull = "spool_full"
        case mediaBusy = "media_busy"
        case mediaUnavailable = "media_unavailable"
        case membershipUnavailable = "membership_unavailable"
        case scanPending = "scan_pending"
        case quarantined
        case conflict
        case messageGone = "message_gone"
        case internalError = "internal"
    }

    /// What went wrong.
    package let code: Code
    /// What a client may read: names the value and what is allowed, never a path, a secret or another's data.
    package let message: String
    /// How long a client should wait before it tries again, where that helps.
    package let retryAfter: Duration?
    /// What caused this, for the log.
    package let underlying: (any Error)?

    /// Makes an error with the client's message and, for the log, its cause.
    package init(_ code: Code, _ message: String, retryAfter: Duration? = nil, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.underlying = underlying
    }
}

extension AttachmentError: CustomStringConvertible {
    /// The code, the message and the cause, for the log.
    package var description: String {
        let cause = underlying.map { " (\($0))" } ?? ""
        return "\(code.rawValue): \(message)\(cause)"
    }
}
