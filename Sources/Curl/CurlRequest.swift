package import HTTPTypes
package import NIOCore

/// One HTTP request.
package struct CurlRequest: Sendable {
    /// The method, sent as it is.
    package var method: HTTPRequest.Method
    /// An absolute http or https URL of printable ASCII, percent-encoded by the caller.
    ///
    /// Path and query go on the wire byte for byte: no dot segment is removed, nothing encoded or decoded.
    package var url: String
    /// The headers.
    ///
    /// `Content-Length` and `Transfer-Encoding` are left out: they follow from the body.
    package var headers: HTTPFields
    /// What is sent after the headers.
    package var body: CurlBody
    /// How long the whole transfer may take; overrides `CurlConfiguration.totalTimeout`.
    package var totalTimeout: Duration?
    /// How long the transfer may go without progress; overrides `CurlConfiguration.stallTimeout`.
    package var stallTimeout: Duration?
    /// Whether the name is resolved anew and a connection of its own is opened, which is kept afterwards like any other.
    package var opensConnection = false
    /// Whether the transfer ends when the connection stands, before anything is sent; see `CurlClient.connect(to:timeout:)`.
    var onlyConnects = false

    /// Makes a request.
    package init(
        method: HTTPRequest.Method,
        url: String,
        headers: HTTPFields = [:],
        body: CurlBody = .none,
        totalTimeout: Duration? = nil,
        stallTimeout: Duration? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.totalTimeout = totalTimeout
        self.stallTimeout = stallTimeout
    }
}

/// The body of a request.
package enum CurlBody: Sendable {
    /// No body. PUT, POST and PATCH say `Content-Length: 0`.
    case none
    /// Bytes in memory; sent again when a kept connection turns out to be dead.
    case bytes(ByteBuffer)
    /// `count` bytes of a file from `offset`, read with pread(2) on the client's thread.
    ///
    /// The descriptor stays the caller's, who may close it once `send` has returned or thrown: the transfer reads from
    /// a duplicate. The file's own offset is not touched. A file shorter than declared fails with `bodyReadFailed`.
    case file(descriptor: Int32, offset: Int64, count: Int64)
    /// Buffers of a sequence, `count` bytes in all, or chunked when that is not known. Cannot be sent twice.
    case stream(count: Int64?, any AsyncSequence<ByteBuffer, any Error> & Sendable)
}

extension CurlBody {
    /// The number of bytes, `nil` when it is not known before the end.
    var count: Int64? {
        switch self {
        case .none: 0
        case .bytes(let buffer): Int64(buffer.readableBytes)
        case .file(_, _, let count): count
        case .stream(let count, _): count
        }
    }

    var isNone: Bool {
        if case .none = self { true } else { false }
    }

    /// Whether the body can be sent again from its start.
    var isSeekable: Bool {
        if case .stream = self { false } else { true }
    }
}

extension CurlRequest {
    /// Throws `invalidRequest` for what libcurl would change, misread or refuse late.
    func validate() throws(CurlError) {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        guard scheme == "http" || scheme == "https", url.dropFirst(scheme.count).hasPrefix("://") else {
            throw .invalid("the URL is not an absolute http or https URL")
        }
        // A space or control character would break the request line, a fragment would be cut off.
        guard url.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else {
            throw .invalid("the URL holds a character that must be percent-encoded")
        }
        switch body {
        case .file(let descriptor, let offset, let count):
            guard descriptor >= 0, offset >= 0, count >= 0 else {
                throw .invalid("the body's file range is not valid")
            }
        case .stream(let count?, _):
            guard count >= 0 else {
                throw .invalid("the body's length is negative")
            }
        case .none, .bytes, .stream(nil, _):
            break
        }
        guard method != .head || body.isNone else {
            throw .invalid("HEAD takes no body")
        }
    }
}
