import HTTPTypes

/// An HTTP/1.1 client: any number of transfers, both ways streamed, on one thread of libcurl's multi interface.
///
/// Connections are kept and used again. TLS certificates are verified. Redirects are not followed, compression is not
/// asked for, proxies from the environment are not used, no cookie is kept. A request whose kept connection turns out
/// to be dead before any answer came is sent again on a new one, when its body can be read again.
package final class CurlClient: Sendable {
    private let configuration: CurlConfiguration
    private let inbox: CurlInbox

    /// Starts the client's thread.
    ///
    /// Throws `other` when libcurl or the thread cannot be started.
    package init(configuration: CurlConfiguration = .init()) throws(CurlError) {
        self.configuration = configuration
        inbox = try CurlLoop.start(configuration)
    }

    deinit {
        inbox.requestStop()
    }

    /// Sends a request and returns when the head of the response has arrived.
    ///
    /// The request's body has then usually, not always, been sent whole: a server may answer early. A status code is
    /// never an error. Cancelling the task aborts the transfer, unless it is shielded: then neither the request
    /// nor the reading of the answer's body can be cancelled.
    package func send(_ request: CurlRequest, isShielded: Bool = false) async throws(CurlError) -> CurlResponse {
        try request.validate()
        let timeout = request.totalTimeout ?? configuration.totalTimeout
        let transfer = Transfer(
            request: request,
            deadline: timeout.map { ContinuousClock.now.advanced(by: $0) },
            inbox: inbox,
            isShielded: isShielded
        )
        let head = try await (isShielded ? transfer.start() : cancellable(transfer)).get()
        return CurlResponse(
            status: head.status,
            headers: head.headers,
            wasResent: head.wasResent,
            body: CurlResponseBody(transfer)
        )
    }

    private func cancellable(_ transfer: Transfer) async -> Result<ResponseHead, CurlError> {
        await withTaskCancellationHandler {
            await transfer.start()
        } onCancel: {
            transfer.cancel()
        }
    }

    /// Goes the way of a request up to the point where it would be sent, and closes the connection.
    ///
    /// The host is resolved and connected to and, for https, the TLS handshake done. Throws as `send` does.
    package func connect(to url: String, timeout: Duration) async throws(CurlError) {
        var request = CurlRequest(method: .head, url: url, totalTimeout: timeout)
        request.onlyConnects = true
        _ = try await send(request)
    }

    /// Ends the client: transfers under way fail with `closed`, as does every later `send`.
    ///
    /// Returns when the thread has let go of everything. May be called more than once.
    package func shutdown() async {
        inbox.requestStop()
        await inbox.waitForExit()
    }
}
