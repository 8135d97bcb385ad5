/// Why a transfer failed, and whether the server may have seen the request.
package struct CurlError: Error, Sendable, Equatable {
    /// What went wrong, as a stable name.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// The host's name did not resolve.
        case couldNotResolve
        /// The connection was refused or the host unreachable.
        case couldNotConnect
        /// The host's addresses are none that the client may connect to.
        case addressRefused
        /// Resolving, connecting or the TLS handshake took too long.
        case connectTimeout
        /// The connection ended, or the two did not understand each other, during the TLS handshake.
        case tlsHandshake
        /// The server's certificate is not to be trusted, or TLS cannot be set up at all.
        case tls
        /// No byte moved for `CurlConfiguration.stallTimeout`.
        case stalled
        /// The transfer took longer than its `totalTimeout`.
        case totalTimeout
        /// The connection ended before the response did.
        case connectionLost
        /// The answer is not HTTP/1.x.
        case protocolViolation
        /// The request's body could not be read, or did not have the length declared.
        case bodyReadFailed
        /// The response's body is larger than the caller takes.
        case bodyTooLarge
        /// The task was cancelled, or the response's body was dropped before its end.
        case cancelled
        /// The request cannot be sent as it stands.
        case invalidRequest
        /// The client was shut down.
        case closed
        /// Anything else; see `curlCode`.
        case other
    }

    /// Whether a server may have seen any of the request.
    package enum Delivery: String, Sendable, Hashable {
        /// No byte of the request left this process: sending it again is safe, whatever it asks for.
        case neverSent
        /// Some of the request left this process: the server may have acted on it.
        case maybeSent
    }

    /// What went wrong.
    package let code: Code
    /// Whether the server may have seen the request.
    package let delivery: Delivery
    /// libcurl's own code (`CURLE_…`), 0 when the failure is not libcurl's.
    package let curlCode: Int32
    /// Words for a log: hosts and reasons, never the URL's query, headers or bodies.
    package let message: String

    /// Makes an error.
    package init(code: Code, delivery: Delivery, curlCode: Int32 = 0, message: String) {
        self.code = code
        self.delivery = delivery
        self.curlCode = curlCode
        self.message = message
    }
}

extension CurlError: CustomStringConvertible {
    /// The code, the delivery and the message in one line.
    package var description: String {
        "\(code.rawValue) (\(delivery.rawValue)): \(message)"
    }
}

extension CurlError {
    /// A request refused before anything was done about it.
    static func invalid(_ message: String) -> CurlError {
        CurlError(code: .invalidRequest, delivery: .neverSent, message: message)
    }

    static func closed(_ delivery: Delivery) -> CurlError {
        CurlError(code: .closed, delivery: delivery, message: "the HTTP client was shut down")
    }
}
