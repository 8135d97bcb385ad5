import CCurl

extension CurlError {
    /// The error for a transfer that libcurl ended with `result`.
    static func of(_ result: CURLcode, delivery: Delivery, detail: String) -> CurlError {
        let text = detail.isEmpty ? String(cString: curl_easy_strerror(result)) : detail
        return CurlError(
            code: Code(result, delivery: delivery),
            delivery: delivery,
            curlCode: Int32(truncatingIfNeeded: result.rawValue),
            message: text
        )
    }
}

extension CurlError.Code {
    fileprivate init(_ result: CURLcode, delivery: CurlError.Delivery) {
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            self = .couldNotResolve
        case CURLE_COULDNT_CONNECT:
            self = .couldNotConnect
        case CURLE_OPERATION_TIMEDOUT:
            // Whole-transfer limits are the loop's own: libcurl times connecting before the request, stalls after.
            self = delivery == .neverSent ? .connectTimeout : .stalled
        case CURLE_SSL_CONNECT_ERROR:
            self = .tlsHandshake
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_SHUTDOWN_FAILED,
            CURLE_USE_SSL_FAILED, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_ENGINE_NOTFOUND:
            self = .tls
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_SEND_FAIL_REWIND:
            self = .connectionLost
        case CURLE_UNSUPPORTED_PROTOCOL:
            // The same code stands for a scheme that is not allowed and for an answer that is not HTTP/1.x.
            self = delivery == .neverSent ? .invalidRequest : .protocolViolation
        case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_UPLOAD_FAILED, CURLE_FILESIZE_EXCEEDED:
            self = .protocolViolation
        case CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED:
            self = .invalidRequest
        default:
            self = .other
        }
    }
}
