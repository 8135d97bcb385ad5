import HTTPTypes

extension RequestError {
    static let renditionNotFound = RequestError(
        status: .notFound,
        code: "rendition_not_found",
        message: "There is no such rendition of this attachment, or not yet."
    )

    static let proxyNotAllowed = RequestError(
        status: .forbidden,
        code: "forbidden",
        message: "This server does not pass files through (delivery.proxy); follow the redirect instead."
    )

    /// RFC 9110 section 15.5.7.
    static func notAcceptable(_ accept: String) -> RequestError {
        RequestError(
            status: .notAcceptable,
            code: "not_acceptable",
            message: "The answer is application/json, which Accept does not allow; \"\(accept.prefix(64))\" was sent."
        )
    }

    /// RFC 9110 section 15.5.17: the length is told, so that the client can ask for what there is.
    static func rangeNotSatisfiable(_ range: String, byteCount: Int64) -> RequestError {
        RequestError(
            status: .rangeNotSatisfiable,
            code: "range_not_satisfiable",
            message: "The file has \(byteCount) bytes; Range \"\(range.prefix(64))\" names none of them.",
            headers: [.contentRange: "bytes */\(byteCount)"]
        )
    }
}
