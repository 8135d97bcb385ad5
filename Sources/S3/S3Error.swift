package import Curl

/// A call that failed for good, its retries included.
package struct S3Error: Error, Sendable, CustomStringConvertible {
    /// Why.
    package let code: S3ErrorCode
    /// The status of the answer; nil when there was none.
    package let status: Int?
    /// The storage's words, or our own; for the log, not for clients.
    package let message: String
    /// The storage's name of the request, for its operator.
    package let requestID: String?
    /// The S3 operation, such as `PutObject`.
    package let operation: String
    /// The failure of the connection, if that is what it was.
    package let underlying: CurlError?
    /// How long the storage asked to be left alone.
    package let retryAfter: Duration?
    /// How often the call was sent.
    package internal(set) var attempts: Int
    /// Whether an earlier attempt of the call left open what came of it, however plain this last answer is.
    package internal(set) var followsOpenAttempt = false

    /// An error with a code and whatever else is known.
    package init(
        code: S3ErrorCode,
        status: Int? = nil,
        message: String,
        requestID: String? = nil,
        operation: String,
        underlying: CurlError? = nil,
        retryAfter: Duration? = nil,
        attempts: Int = 1
    ) {
        self.code = code
        self.status = status
        self.message = message
        self.requestID = requestID
        self.operation = operation
        self.underlying = underlying
        self.retryAfter = retryAfter
        self.attempts = attempts
    }

    /// A call whose connection failed.
    package init(transport error: CurlError, status: Int? = nil, operation: String) {
        self.init(
            code: .transport(error.code),
            status: status,
            message: error.message,
            operation: operation,
            underlying: error
        )
    }

    /// A call that was not sent any more, since its deadline had passed.
    package static func noTimeLeft(for operation: String) -> S3Error {
        let cause = CurlError(code: .totalTimeout, delivery: .neverSent, message: "no time was left to ask the storage")
        return S3Error(transport: cause, operation: operation)
    }

    /// Whether the object or the upload does not exist; a missing bucket is a fault of the settings and not meant.
    package var isNotFound: Bool {
        switch code {
        case .noSuchKey, .noSuchUpload: true
        case .noSuchBucket: false
        default: status == 404
        }
    }

    /// Whether the same call may succeed a moment later.
    package var isRetryable: Bool {
        switch code {
        case .transport(let code):
            switch code {
            case .couldNotResolve, .couldNotConnect, .connectTimeout, .tlsHandshake, .stalled, .totalTimeout,
                .connectionLost, .protocolViolation:
                true
            default:
                false
            }
        case .internalError, .slowDown, .requestTimeout, .serviceUnavailable, .operationAborted, .malformedResponse,
            .checksumMismatch, .badDigest, .contentSHA256Mismatch, .incompleteBody:
            true
        case .notImplemented, .bodyUnreadable, .sizeMismatch, .circuitOpen:
            false
        default:
            status.map { $0 >= 500 || $0 == 429 } ?? false
        }
    }

    /// Whether the storage is down or overloaded: the caller should answer 503.
    package var isUnavailable: Bool {
        switch code {
        case .transport(.tls), .circuitOpen: true
        default: isRetryable
        }
    }

    /// Whether it tells that the storage as a whole is out of order, and not that this one call met with trouble.
    var saysStorageIsDown: Bool {
        switch code {
        case .transport(let code):
            switch code {
            case .couldNotResolve, .couldNotConnect, .connectTimeout, .tlsHandshake, .tls, .stalled, .totalTimeout,
                .connectionLost, .protocolViolation:
                true
            default:
                false
            }
        case .slowDown, .malformedResponse, .notImplemented, .bodyUnreadable, .checksumMismatch, .sizeMismatch,
            .circuitOpen:
            false
        default:
            status.map { $0 >= 500 } ?? false
        }
    }

    /// Whether the storage may have done, or may yet do, what it was asked for: by this attempt, or by one before it.
    package var leavesOutcomeOpen: Bool {
        if followsOpenAttempt { return true }
        return switch code {
        case .transport: underlying?.delivery != .neverSent
        case .malformedResponse: true
        case .circuitOpen, .bodyUnreadable: false
        default: status.map { $0 >= 500 } ?? false
        }
    }

    /// One line for the log; nothing secret is in it.
    package var description: String {
        var text = "\(operation) failed: \(code.text)"
        if let status {
            text += " (status \(status))"
        }
        text += ": \(message)"
        if let requestID {
            text += " [request \(requestID)]"
        }
        if attempts > 1 {
            text += " after \(attempts) attempts"
        }
        return text
    }
}
