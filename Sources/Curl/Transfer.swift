import NIOCore
import Synchronization

/// One request and its response, as its caller and the loop's thread share them.
///
/// What only the loop touches is in `ActiveTransfer`.
final class Transfer: Sendable {
    /// Beyond this many bytes of unread response the transfer is paused.
    static let receiveHighWaterMark = 256 * 1024

    private typealias HeadWaiter = CheckedContinuation<Result<ResponseHead, CurlError>, Never>
    private typealias Reader = CheckedContinuation<Result<ByteBuffer?, CurlError>, Never>

    private struct State {
        var isCancelled = false
        var headWaiter: HeadWaiter?
        var unread = ByteBuffer()
        var isReceivePaused = false
        var reader: Reader?
        /// How it ended, once it has.
        var end: Result<Void, CurlError>?
    }

    let request: CurlRequest
    let deadline: ContinuousClock.Instant?
    /// Between a stream body and the loop; `nil` for other bodies.
    let uploadPipe: UploadPipe?
    let inbox: CurlInbox
    /// The cancellation of its caller's task is nothing to it.
    private let isShielded: Bool
    private let state = Mutex(State())

    init(request: CurlRequest, deadline: ContinuousClock.Instant?, inbox: CurlInbox, isShielded: Bool) {
        self.request = request
        self.isShielded = isShielded
        self.deadline = deadline
        self.inbox = inbox
        uploadPipe = if case .stream = request.body { UploadPipe() } else { nil }
    }

    // MARK: - The caller's side

    /// Hands the transfer to the loop and waits for the response's head.
    func start() async -> Result<ResponseHead, CurlError> {
        await withCheckedContinuation { continuation in
            state.withLock { $0.headWaiter = continuation }
            if !inbox.post(.start(self)) {
                finish(.failure(.closed(.neverSent)))
            }
        }
    }

    /// The next part of the response's body, `nil` at its end.
    func nextChunk() async throws(CurlError) -> ByteBuffer? {
        if let ready = takeReady() {
            return try ready.get()
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waitForChunk(continuation)
            }
        } onCancel: {
            if !isShielded { cancel() }
        }
        return try result.get()
    }

    /// Has the loop abort the transfer, unless it is over.
    ///
    /// May be called at any time, from any thread.
    func cancel() {
        let isUnderWay = state.withLock { state in
            guard state.end == nil, !state.isCancelled else { return false }
            // The loop may not have seen the transfer yet: it looks at this before it starts.
            state.isCancelled = true
            return true
        }
        if isUnderWay {
            inbox.post(.abort(self, .cancelled))
        }
    }

    private func takeReady() -> Result<ByteBuffer?, CurlError>? {
        let (ready, wasPaused) = state.withLock { state -> (Result<ByteBuffer?, CurlError>?, Bool) in
            let ready = Self.takeReady(&state)
            return (ready, Self.takePause(&state, after: ready))
        }
        if wasPaused {
            inbox.post(.resumeReceive(self))
        }
        return ready
    }

    private func waitForChunk(_ continuation: Reader) {
        let (ready, wasPaused) = state.withLock { state -> (Result<ByteBuffer?, CurlError>?, Bool) in
            if let ready = Self.takeReady(&state) {
                return (ready, Self.takePause(&state, after: ready))
            }
            guard state.reader == nil else {
                return (.failure(.invalid("a response's body has one reader at a time")), false)
            }
            state.reader = continuation
            return (nil, false)
        }
        if wasPaused {
            inbox.post(.resumeReceive(self))
        }
        if let ready {
            continuation.resume(returning: ready)
        }
    }

    private static func takeReady(_ state: inout State) -> Result<ByteBuffer?, CurlError>? {
        if state.unread.readableBytes > 0 {
            let chunk = state.unread
            state.unread = ByteBuffer()
            return .success(chunk)
        }
        switch state.end {
        case .some(.success): return .success(nil)
        case .some(.failure(let error)): return .failure(error)
        case .none: return nil
        }
    }

    /// Whether the loop must be told to go on, now that something was taken.
    private static func takePause(_ state: inout State, after ready: Result<ByteBuffer?, CurlError>?) -> Bool {
        guard ready != nil, state.isReceivePaused, state.end == nil else { return false }
        state.isReceivePaused = false
        return true
    }

    // MARK: - The loop's side

    var isCancelled: Bool {
        state.withLock { $0.isCancelled }
    }

    func deliver(_ head: ResponseHead) {
        let waiter = state.withLock { state -> HeadWaiter? in
            let waiter = state.headWaiter
            state.headWaiter = nil
            return waiter
        }
        waiter?.resume(returning: .success(head))
    }

    /// Takes bytes of the response's body.
    ///
    /// `false`: the reader is behind, nothing was taken, pause.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let (isTaken, reader, chunk) = state.withLock { state -> (Bool, Reader?, ByteBuffer) in
            guard state.unread.readableBytes < Self.receiveHighWaterMark else {
                state.isReceivePaused = true
                return (false, nil, ByteBuffer())
            }
            state.unread.writeBytes(bytes)
            guard let reader = state.reader else {
                return (true, nil, ByteBuffer())
            }
            let chunk = state.unread
            state.unread = ByteBuffer()
            state.reader = nil
            return (true, reader, chunk)
        }
        reader?.resume(returning: .success(chunk))
        return isTaken
    }

    /// Ends the transfer for its caller; only the first end counts.
    func finish(_ end: Result<Void, CurlError>) {
        uploadPipe?.close()
        let (headWaiter, reader) = state.withLock { state -> (HeadWaiter?, Reader?) in
            if state.end == nil {
                state.end = end
            }
            let waiters = (state.headWaiter, state.reader)
            state.headWaiter = nil
            state.reader = nil
            return waiters
        }
        switch end {
        case .success:
            headWaiter?
                .resume(
                    returning: .failure(
                        CurlError(code: .protocolViolation, delivery: .maybeSent, message: "no response head arrived")
                    )
                )
            reader?.resume(returning: .success(nil))
        case .failure(let error):
            headWaiter?.resume(returning: .failure(error))
            reader?.resume(returning: .failure(error))
        }
    }
}
