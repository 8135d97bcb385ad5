import CCurl
import HTTPTypes

/// A transfer that libcurl works on: its handle and all that the callbacks change.
///
/// Not Sendable, and that is the point: it is made on the loop's thread, libcurl calls back on that thread, and the
/// loop lets go of it there. The callbacks get an unretained pointer to it, which stays valid because the loop holds
/// the object from before curl_multi_add_handle until after curl_multi_remove_handle.
final class ActiveTransfer {
    let transfer: Transfer
    let handle: EasyHandle
    private let body: RequestBodyReader
    private let headers: HeaderList
    private let stallSeconds: Int
    private var parser = ResponseHeadParser()
    private var isSendPaused = false
    private var isReceivePaused = false
    /// The bytes of response body still to come, `nil` when the server did not say.
    private var expectedByteCount: Int64?
    private var wasRequested = false
    private var wasResent = false

    /// The server has refused the request before it had all of it.
    private(set) var wasAnsweredEarly = false
    /// The whole response is here, as far as its length was told.
    private(set) var hasWholeResponse = false
    /// Why a callback ended the transfer: says more than libcurl's own "aborted by callback".
    private(set) var failure: (code: CurlError.Code, message: String)?

    init(_ transfer: Transfer, handle: EasyHandle, configuration: CurlConfiguration) throws(CurlError) {
        self.transfer = transfer
        self.handle = handle
        body = try RequestBodyReader(transfer)
        headers = try Self.headerLines(of: transfer.request)
        stallSeconds = max(1, (transfer.request.stallTimeout ?? configuration.stallTimeout).secondsRoundedUp)
        try setOptions(configuration)
        try setRequest(transfer.request)
        try handle.set(CURLOPT_HTTPHEADER, pointer: headers.head.map { UnsafeMutableRawPointer($0) })
        try handle.set(CURLOPT_LOW_SPEED_LIMIT, 1)
        let context = Unmanaged.passUnretained(self).toOpaque()
        try setCallbacks(context: context, seekable: transfer.request.body.isSeekable)
        if configuration.onlyPublicAddresses { try refusePrivateAddresses(context: context) }
    }

    /// Where the callbacks find the transfer again.
    ///
    /// The loop holds it, so nothing is retained or released here.
    static func at(_ context: UnsafeMutableRawPointer) -> ActiveTransfer {
        Unmanaged<ActiveTransfer>.fromOpaque(context).takeUnretainedValue()
    }

    // MARK: - Called by libcurl, through the callbacks

    /// A connection is there and the request is about to be written on it: the first time, or again because a kept
    /// connection was dead.
    ///
    /// `false` when the body cannot be sent again.
    ///
    /// libcurl itself goes back only over bytes it has written, not over those it has read and not yet written.
    func willSendRequest() -> Bool {
        // Another of the host's addresses would do.
        if failure?.code == .addressRefused { failure = nil }
        let isAgain = wasRequested
        wasRequested = true
        wasResent = isAgain
        isSendPaused = false
        isReceivePaused = false
        setStallLimit(stallSeconds)
        guard !isAgain || body.seek(to: 0) else {
            failure = (.connectionLost, "the connection was lost and the stream cannot be sent again")
            return false
        }
        return true
    }

    /// An address is about to be connected to that this client may not reach.
    func refuseAddress(_ address: String) {
        failure = (.addressRefused, "the address \(address) is not one of the public Internet")
    }

    func receiveHeaderLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
        switch parser.consume(bytes) {
        case .needsMore:
            return true
        case .failure(let message):
            failure = (.protocolViolation, message)
            return false
        case .head(var head):
            head.wasResent = wasResent
            expectedByteCount = head.headers[.contentLength].flatMap { Int64($0) }
            noteEarlyAnswer(head)
            transfer.deliver(head)
            return true
        }
    }

    /// Takes bytes of the response's body.
    ///
    /// `false`: pause.
    func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard transfer.receive(bytes) else {
            isReceivePaused = true
            return false
        }
        if let expected = expectedByteCount {
            expectedByteCount = expected - Int64(bytes.count)
            noteWholeResponse()
        }
        return true
    }

    func readBody(into target: UnsafeMutableRawBufferPointer) -> RequestBodyReader.Reading {
        // Nothing more is sent to a server that has refused.
        guard !wasAnsweredEarly else { return .bytes(0) }
        let reading = body.read(into: target)
        switch reading {
        case .bytes:
            break
        case .nothingYet:
            isSendPaused = true
            // libcurl exempts transfers whose receiving is paused from the stall limit, not those that wait to send.
            setStallLimit(0)
        case .failed(let message):
            failure = (.bodyReadFailed, message)
        }
        return reading
    }

    func seekBody(to position: Int64) -> Bool {
        body.seek(to: position)
    }

    // MARK: - Called by the loop

    func resumeReceive() -> CURLcode {
        guard isReceivePaused else { return CURLE_OK }
        isReceivePaused = false
        return applyPauses()
    }

    func resumeSend() -> CURLcode {
        guard isSendPaused else { return CURLE_OK }
        isSendPaused = false
        setStallLimit(stallSeconds)
        return applyPauses()
    }

    /// Tells libcurl which directions stay paused.
    ///
    /// May call the body callback at once, which may pause again.
    private func applyPauses() -> CURLcode {
        let paused = (isReceivePaused ? CURLPAUSE_RECV : 0) | (isSendPaused ? CURLPAUSE_SEND : 0)
        let result = curl_easy_pause(handle.pointer, paused)
        // Not a failure: the connection is gone or not there yet, and the transfer will tell by itself.
        return result == CURLE_BAD_FUNCTION_ARGUMENT ? CURLE_OK : result
    }

    private func setStallLimit(_ seconds: Int) {
        // Fails only for an option that libcurl does not know or a value that is negative: neither can be.
        satchel_easy_set_long(handle.pointer, CURLOPT_LOW_SPEED_TIME, seconds)
    }

    /// A refusal that comes before the request was sent whole: libcurl stops sending unless the server has said that
    /// it closes the connection, and never lets go of a transfer whose sending is paused.
    private func noteEarlyAnswer(_ head: ResponseHead) {
        guard head.status >= 300, !transfer.request.body.isNone else { return }
        let isSentWhole = body.count.map { handle.uploadedByteCount >= $0 } ?? body.hasEnded
        guard !isSentWhole else { return }
        wasAnsweredEarly = true
        if isSendPaused {
            transfer.inbox.post(.resumeSend(transfer))
        }
        noteWholeResponse()
    }

    private func noteWholeResponse() {
        guard wasAnsweredEarly, !hasWholeResponse, let expectedByteCount, expectedByteCount <= 0 else { return }
        hasWholeResponse = true
        transfer.inbox.post(.endEarly(transfer))
    }
}
