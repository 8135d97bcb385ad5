package import Curl

/// Why a call failed: the storage's own code, or what went wrong before it could answer.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
package enum S3ErrorCode: Sendable, Hashable {
    case accessDenied
    case authorizationHeaderMalformed
    case badDigest
    case bucketAlreadyExists
    case bucketAlreadyOwnedByYou
    case contentSHA256Mismatch
    case entityTooLarge
    case entityTooSmall
    case incompleteBody
    case internalError
    case invalidAccessKeyID
    case invalidArgument
    case invalidBucketName
    case invalidPart
    case invalidPartOrder
    case invalidRange
    case invalidRequest
    case keyTooLong
    case malformedXML
    case methodNotAllowed
    case noSuchBucket
    case noSuchKey
    case noSuchUpload
    case notImplemented
    case operationAborted
    case permanentRedirect
    case preconditionFailed
    case requestTimeTooSkewed
    case requestTimeout
    case serviceUnavailable
    case signatureDoesNotMatch
    case slowDown
    case temporaryRedirect
    /// A code that has no case here, or `HTTP` and the status where the answer had none.
    case other(String)
    /// Success by status, but the body is not what the call promises: cut short, no XML, another document.
    case malformedResponse
    /// The file to be sent could not be read.
    case bodyUnreadable
    /// Other bytes arrived than were sent.
    case checksumMismatch
    /// The object is not as long as its parts together.
    case sizeMismatch
    /// Not asked: the storage is known to be down.
    case circuitOpen
    /// No answer: the connection failed.
    case transport(CurlError.Code)

    /// The case of a code from an error document.
    init(_ code: String) {
        self = Self.byText[code] ?? .other(code)
    }

    /// The code as S3 spells it; for failures without one, a word of our own.
    package var text: String {
        switch self {
        case .other(let code): code
        case .malformedResponse: "MalformedResponse"
        case .bodyUnreadable: "BodyUnreadable"
        case .checksumMismatch: "ChecksumMismatch"
        case .sizeMismatch: "SizeMismatch"
        case .circuitOpen: "CircuitOpen"
        case .transport(let code): "Transport(\(code.rawValue))"
        default: Self.texts.first { $0.code == self }?.text ?? "Unknown"
        }
    }

    private static let byText: [String: S3ErrorCode] =
        Dictionary(texts.map { ($0.text, $0.code) }) { first, _ in first }
        .merging(synonyms) { first, _ in first }

    private static let texts: [(code: S3ErrorCode, text: String)] = [
        (.accessDenied, "AccessDenied"),
        (.authorizationHeaderMalformed, "AuthorizationHeaderMalformed"),
        (.badDigest, "BadDigest"),
        (.bucketAlreadyExists, "BucketAlreadyExists"),
        (.bucketAlreadyOwnedByYou, "BucketAlreadyOwnedByYou"),
        (.contentSHA256Mismatch, "XAmzContentSHA256Mismatch"),
        (.entityTooLarge, "EntityTooLarge"),
        (.entityTooSmall, "EntityTooSmall"),
        (.incompleteBody, "IncompleteBody"),
        (.internalError, "InternalError"),
        (.invalidAccessKeyID, "InvalidAccessKeyId"),
        (.invalidArgument, "InvalidArgument"),
        (.invalidBucketName, "InvalidBucketName"),
        (.invalidPart, "InvalidPart"),
        (.invalidPartOrder, "InvalidPartOrder"),
        (.invalidRange, "InvalidRange"),
        (.invalidRequest, "InvalidRequest"),
        (.keyTooLong, "KeyTooLongError"),
        (.malformedXML, "MalformedXML"),
        (.methodNotAllowed, "MethodNotAllowed"),
        (.noSuchBucket, "NoSuchBucket"),
        (.noSuchKey, "NoSuchKey"),
        (.noSuchUpload, "NoSuchUpload"),
        (.notImplemented, "NotImplemented"),
        (.operationAborted, "OperationAborted"),
        (.permanentRedirect, "PermanentRedirect"),
        (.preconditionFailed, "PreconditionFailed"),
        (.requestTimeTooSkewed, "RequestTimeTooSkewed"),
        (.requestTimeout, "RequestTimeout"),
        (.serviceUnavailable, "ServiceUnavailable"),
        (.signatureDoesNotMatch, "SignatureDoesNotMatch"),
        (.slowDown, "SlowDown"),
        (.temporaryRedirect, "TemporaryRedirect"),
    ]

    // Spellings of other servers for the same things.
    private static let synonyms: [String: S3ErrorCode] = [
        "SlowDownRead": .slowDown,
        "SlowDownWrite": .slowDown,
        "TooManyRequests": .slowDown,
        "TooManyRequestsException": .slowDown,
        "Throttling": .slowDown,
        "ThrottlingException": .slowDown,
        "RequestLimitExceeded": .slowDown,
        "Redirect": .temporaryRedirect,
        // Of two conditional writes to one key at a time, one is to be tried again.
        "ConditionalRequestConflict": .operationAborted,
    ]
}

extension S3ErrorCode {
    /// The code that a status alone stands for: the answer to HEAD has no body.
    init(status: Int, target: S3Call.Target) {
        self =
            switch status {
            case 301, 308: .permanentRedirect
            case 302, 303, 307: .temporaryRedirect
            case 400: .invalidRequest
            case 401, 403: .accessDenied
            case 404: target.isObject ? .noSuchKey : .noSuchBucket
            case 405: .methodNotAllowed
            case 408: .requestTimeout
            case 412: .preconditionFailed
            case 413: .entityTooLarge
            case 416: .invalidRange
            case 429: .slowDown
            case 500: .internalError
            case 501: .notImplemented
            case 503: .serviceUnavailable
            default: .other("HTTP\(status)")
            }
    }
}
