import Curl

/// Is told of the calls of an S3 client as they end, on whatever thread that happens: it must be quick, and never waits.
package protocol S3Observer: Sendable {
    /// A call ended after so long, its retries included; one whose body the caller reads ends with the answer's head.
    func s3Call(_ operation: S3Operation, ended outcome: S3Outcome, after duration: Duration)
    /// A call is about to be sent once more.
    func s3Retry(of operation: S3Operation)
}

/// The operations that a client performs, by their names in AWS's documentation.
package enum S3Operation: String, Sendable, CaseIterable {
    case abortMultipartUpload = "AbortMultipartUpload"
    case completeMultipartUpload = "CompleteMultipartUpload"
    case createBucket = "CreateBucket"
    case createMultipartUpload = "CreateMultipartUpload"
    case deleteObject = "DeleteObject"
    case deleteObjects = "DeleteObjects"
    case getObject = "GetObject"
    case headBucket = "HeadBucket"
    case headObject = "HeadObject"
    case listMultipartUploads = "ListMultipartUploads"
    case listObjects = "ListObjectsV2"
    case listParts = "ListParts"
    case putObject = "PutObject"
    case uploadPart = "UploadPart"
    /// Any that this list does not name.
    case other

    init(_ name: String) {
        self = S3Operation(rawValue: name) ?? .other
    }
}

/// How a call ended, in few words.
package enum S3Outcome: String, Sendable, CaseIterable {
    /// It did what it was asked for.
    case success
    /// There is no such object or upload; for many calls that is as good as success.
    case notFound = "not_found"
    /// The storage refused it: a status from 400 to 499.
    case rejected
    /// The storage failed, or what it answered makes no sense.
    case failed
    /// No answer came.
    case unreachable
    /// It was not sent, for the storage is known to be down.
    case circuitOpen = "circuit_open"
    /// The caller went away.
    case cancelled

    /// The outcome that an error stands for.
    init(_ error: S3Error) {
        switch error.code {
        case .circuitOpen: self = .circuitOpen
        case .transport(.cancelled), .transport(.closed): self = .cancelled
        case .transport: self = .unreachable
        default:
            if error.isNotFound {
                self = .notFound
            } else if let status = error.status, (400...499).contains(status) {
                self = .rejected
            } else {
                self = .failed
            }
        }
    }
}
