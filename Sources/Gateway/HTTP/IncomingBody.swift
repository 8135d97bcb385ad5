import Attachments
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// The body of one request: counted, and checked against its declared length.
///
/// It knows whether the client waits for `100 Continue` (RFC 9110 section 10.1.1) and says so at the first read, which
/// is after every check that needs no body. For an answer that comes before the end it knows whether more can still
/// arrive.
///
/// `@unchecked Sendable`: one task at a time uses it. First the handler's, then, when that is done, the connection's,
/// which has waited for it.
final class IncomingBody: @unchecked Sendable {
    private enum Phase {
        case absent
        case unread
        case reading
        case ended
        /// The reader was cancelled; the client may still be sending.
        case interrupted
        /// The client sends too slowly, and may go on to.
        case tooSlow
        /// The connection failed, or the client went away.
        case broken
    }

    private let channel: any Channel
    private var iterator: RequestBody.AsyncIterator?
    private var phase = Phase.absent
    private var isContinueAwaited = false
    private var check: DigestCheck?
    private var watch: BodyWatch?
    private var readsLargePieces = false

    /// The Content-Length; nil for a chunked body.
    private(set) var declaredByteCount: Int64?
    /// The bytes that arrived so far.
    private(set) var byteCount: Int64 = 0

    init(channel: any Channel) {
        self.channel = channel
    }

    /// Takes the request's body over; called once, before any handler runs.
    func attach(_ request: Request, pace: BodyPace) {
        declaredByteCount = request.headers[.contentLength].flatMap { Int64($0) }
        guard (declaredByteCount ?? 0) > 0 || request.headers[.transferEncoding] != nil else { return }
        phase = .unread
        isContinueAwaited = request.headers[.expect]?.lowercased() == "100-continue"
        iterator = request.body.makeAsyncIterator()
        watch = BodyWatch(pace, channel: channel)
    }

    /// Nobody reads any more.
    func stopWatching() {
        watch?.stop()
        watch = nil
        guard readsLargePieces else { return }
        readsLargePieces = false
        // As connections have it from the start.
        setReading(AdaptiveRecvByteBufferAllocator(), pieces: 4)
    }

    /// Has the rest read in pieces of up to 256 KiB instead of 64: a quarter of the system calls.
    ///
    /// The channel keeps memory for as many pieces as it reads in a row. With one that is no more than before, and TLS, which hands on all
    /// of them at once, does not gather more.
    func readLargePieces() {
        guard !readsLargePieces else { return }
        readsLargePieces = true
        setReading(AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 64 << 10, maximum: 256 << 10), pieces: 1)
    }

    private func setReading(_ allocator: AdaptiveRecvByteBufferAllocator, pieces: UInt) {
        _ = channel.setOption(.recvAllocator, value: allocator)
        _ = channel.setOption(.maxMessagesPerRead, value: pieces)
    }

    /// Whether the reading was ended for the client's slowness.
    var isTooSlow: Bool {
        if case .tooSlow = phase { true } else { false }
    }

    /// Whether bytes of the body may still be on their way, so that the connection cannot go on to the next request.
    var hasUnreadBytes: Bool {
        switch phase {
        case .absent, .ended: false
        case .unread, .reading, .interrupted, .tooSlow, .broken: true
        }
    }

    /// Whether the client can still be sending.
    var mayGoOn: Bool {
        switch phase {
        case .absent, .ended, .broken: false
        case .unread, .reading, .interrupted, .tooSlow: true
        }
    }

    /// Has the body held against what the client says of its digests, once it has ended; call before the first read.
    func verify(_ claims: [DigestClaim]) {
        guard !claims.isEmpty else { return }
        check = DigestCheck(claims)
    }

    /// The next bytes; nil at the end of a body that is as long as it was declared, and has the digests that it must.
    ///
    /// Throws `incomplete_body` where the client goes away before, CancellationError where the server shuts down, and
    /// `digest_mismatch` at the end of a body that is another than the client says.
    func next() async throws -> ByteBuffer? {
        switch phase {
        case .absent, .ended: return nil
        case .broken: throw Self.incomplete
        case .tooSlow: throw RequestError.slowBody
        case .interrupted: throw CancellationError()
        case .unread:
            phase = .reading
            try await sayContinue()
            watch?.start()
        case .reading: break
        }
        let chunk = await read()
        if Task.isCancelled { throw CancellationError() }
        if let chunk { return chunk }
        if phase == .tooSlow { throw RequestError.slowBody }
        guard phase == .ended else { throw Self.incomplete }
        try check?.verify()
        return nil
    }

    /// The whole body, for one that belongs into memory; throws `body_too_large` beyond the limit.
    func collect(upTo limit: Int) async throws -> ByteBuffer {
        if let declaredByteCount, declaredByteCount > limit { throw RequestError.bodyTooLarge(limit: limit) }
        var whole = ByteBuffer()
        while var chunk = try await next() {
            guard whole.readableBytes + chunk.readableBytes <= limit else {
                throw RequestError.bodyTooLarge(limit: limit)
            }
            whole.writeBuffer(&chunk)
        }
        return whole
    }

    /// The next bytes, nil at the end; the phase then tells a good end from a bad one.
    private func read() async -> ByteBuffer? {
        guard var iterator else { return nil }
        do {
            watch?.beginWaiting()
            let chunk = try await iterator.next(isolation: #isolation)
            watch?.endWaiting(byteCount: chunk?.readableBytes ?? 0)
            self.iterator = iterator
            if let chunk {
                byteCount += Int64(chunk.readableBytes)
                check?.update(chunk)
                return chunk
            }
            // Without a parser error a connection that ends early looks like the end of the body.
            phase = declaredByteCount == nil || declaredByteCount == byteCount ? .ended : .broken
        } catch {
            phase =
                switch error {
                case is CancellationError: .interrupted
                case is SlowBody: .tooSlow
                default: .broken
                }
        }
        self.iterator = nil
        stopWatching()
        return nil
    }

    private func sayContinue() async throws {
        guard isContinueAwaited else { return }
        isContinueAwaited = false
        do {
            try await channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)))
        } catch {
            phase = .broken
            throw Self.incomplete
        }
    }

    private static let incomplete = AttachmentError(
        .incompleteBody,
        "The body of the request ended early. Nothing was kept; send it again."
    )
}
