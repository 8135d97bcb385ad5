import Curl
import HTTPTypes

/// One S3 operation before it is signed; but for one with a stream it can be sent any number of times.
struct S3Call: Sendable {
    /// What the path names.
    enum Target: Sendable {
        case bucket
        case object(String)

        var isObject: Bool {
            if case .object = self { true } else { false }
        }
    }

    /// The operation's name in AWS's documentation, for errors.
    let operation: String
    let method: HTTPRequest.Method
    let target: Target
    /// Names and values before encoding, in wire order.
    var query: [(name: String, value: String)] = []
    /// Headers that are signed.
    var headers: [(name: String, value: String)] = []
    /// Headers that hops in between may change.
    var unsignedHeaders: HTTPFields = [:]
    var body: S3Body?
    /// A body in place of that one that can be sent but once, and is not signed.
    var stream: CurlBody?
    /// What is known of the body.
    var digests = S3BodyDigests()
    /// The root element of the answer; another one, or none, is an error even under a 200.
    var expectedRoot: String?
    /// Another name that some server gives that root.
    var alternativeRoot: String?
    /// The most bytes of an answer that are read.
    var answerLimit = 1024 * 1024
    /// Whether the answer must confirm the bytes of the body.
    var isConfirmed = false
    /// Whether checksums will come, of the parts of what the call opens (CreateMultipartUpload).
    var declaresChecksums = false
    /// Whether the attempt under way carries the header of its checksum, if it has one.
    var offersChecksum = false
    /// Whether the next attempt is to go to another of the storage's servers, where it has more than one.
    var avoidsConnection = false
    /// Whether a request under way is answered before a cancellation of the task takes effect: for writes of which the
    /// storage may already have everything, so that what comes after them finds what they left.
    var isShielded = false
    /// How long the storage may be silent, where that is longer than for other calls.
    var stallTimeout: Duration?
    /// Whether an attempt must end within the configured time; large bodies have the transport's stall limit alone.
    var isShort = true

    init(_ operation: String, _ method: HTTPRequest.Method, _ target: Target) {
        self.operation = operation
        self.method = method
        self.target = target
    }

    func error(_ code: S3ErrorCode, _ message: String) -> S3Error {
        S3Error(code: code, message: message, operation: operation)
    }
}

/// A whole answer with a status that means success.
struct S3Answer: Sendable {
    let headers: HTTPFields
    /// The document, when the call expects one.
    let document: XMLNode?
    /// Whether the request may have reached the storage more than once.
    var wasRepeated = false
    /// What showed that the body arrived, where the call asks for that.
    var proof: S3WriteProof?
}
