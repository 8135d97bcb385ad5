import Attachments
import Catalog
import HTTPTypes
import Hummingbird
import S3

/// What a client is told about an error, and whether the operator must hear of it.
///
/// This file is the one table of both.
struct ErrorAnswer {
    let status: HTTPResponse.Status
    /// Stable, snake_case.
    let code: String
    let message: String
    var retryAfter: Duration?
    /// Whether the error is the server's trouble and not the client's: then the log says what happened, as an error.
    var isReported = false
    /// Further headers: `Allow`, `WWW-Authenticate`.
    var headers: HTTPFields = [:]

    init(_ error: any Error) {
        switch error {
        case let error as AttachmentError: self.init(error)
        case let error as RequestError: self.init(error)
        case let error as FormError: self.init(status: .badRequest, code: error.code, message: error.message)
        case let error as TokenError: self.init(error)
        case let error as CatalogError: self.init(error)
        case is S3Error: self = .storageUnavailable
        case is MaintenanceError: self = .maintenance
        case is CancellationError: self = .shuttingDown
        case let error as any HTTPResponseError: self.init(status: error.status)
        default: self = .internalError
        }
    }

    private init(
        status: HTTPResponse.Status,
        code: String,
        message: String,
        retryAfter: Duration? = nil,
        isReported: Bool = false
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.isReported = isReported
    }

    private init(_ error: AttachmentError) {
        let (status, isReported): (HTTPResponse.Status, Bool) =
            switch error.code {
            case .invalidRequest, .missingFile, .missingMessageID, .incompleteBody, .notAVideo: (.badRequest, false)
            case .invalidDigest, .digestMismatch: (.badRequest, false)
            case .forbidden, .notAParticipant: (.forbidden, false)
            case .messageNotFound, .attachmentNotFound, .quarantined: (.notFound, false)
            case .conflict, .messageGone, .scanPending: (.conflict, false)
            case .fileTooLarge, .quotaExceeded: (.contentTooLarge, false)
            case .tooManyUploads: (.tooManyRequests, false)
            case .unsupportedMediaType: (.unsupportedMediaType, false)
            case .mediaTypeMismatch, .metadataNotRemovable: (.unprocessableContent, false)
            case .storageUnavailable, .spoolFull, .mediaBusy, .mediaUnavailable, .membershipUnavailable:
                (.serviceUnavailable, true)
            case .internalError: (.internalServerError, true)
            }
        self.init(
            status: status,
            code: error.code.rawValue,
            message: error.message,
            retryAfter: error.retryAfter ?? (status == .serviceUnavailable ? .seconds(5) : nil),
            isReported: isReported
        )
    }

    private init(_ error: RequestError) {
        self.init(status: error.status, code: error.code, message: error.message, retryAfter: error.retryAfter)
        headers = error.headers
        if !error.allowed.isEmpty {
            headers[.allow] = error.allowed.map(\.rawValue).joined(separator: ", ")
        }
    }

    private init(_ error: TokenError) {
        let message =
            switch error.code {
            case .missing: "Send a bearer token in the Authorization header."
            case .invalid: "The token is not valid."
            case .expired: "The token has expired."
            }
        self.init(status: .unauthorized, code: error.code.rawValue, message: message)
        // RFC 6750 section 3: no error attribute for a request that came without a token.
        let detail = error.code == .missing ? "" : ", error=\"invalid_token\""
        headers[.wwwAuthenticate] = "Bearer realm=\"satchel\"\(detail)"
    }

    private init(_ error: CatalogError) {
        switch error.code {
        case .constraint:
            self.init(status: .conflict, code: "conflict", message: "This contradicts what is stored already.")
        case .notFound:
            self.init(status: .notFound, code: "not_found", message: "What this refers to does not exist.")
        case .busy:
            self.init(
                status: .serviceUnavailable,
                code: "storage_unavailable",
                message: "The catalog is busy. Try again.",
                retryAfter: .seconds(2),
                isReported: true
            )
        default:
            self = .internalError
        }
    }

    /// For what Hummingbird itself refuses.
    private init(status: HTTPResponse.Status) {
        switch status.code {
        case 404: self.init(RequestError.notFound)
        case 400..<500: self.init(status: status, code: "invalid_request", message: status.reasonPhrase)
        default: self = .internalError
        }
    }

    private static let storageUnavailable = ErrorAnswer(
        status: .serviceUnavailable,
        code: "storage_unavailable",
        message: "The storage is not available at the moment. Try again.",
        retryAfter: .seconds(5),
        isReported: true
    )

    private static let maintenance = ErrorAnswer(
        status: .serviceUnavailable,
        code: "maintenance",
        message: "The server is in maintenance and takes no changes. Reading works; try again later.",
        retryAfter: .seconds(60)
    )

    private static let shuttingDown = ErrorAnswer(
        status: .serviceUnavailable,
        code: "shutting_down",
        message: "The server is shutting down. Nothing was kept; try again.",
        retryAfter: .seconds(5)
    )

    private static let internalError = ErrorAnswer(
        status: .internalServerError,
        code: "internal",
        message: "Something went wrong on the server. Name the request_id when you report it.",
        isReported: true
    )
}
