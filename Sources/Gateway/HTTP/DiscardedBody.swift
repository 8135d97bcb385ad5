import NIOCore

/// How much of a request that was answered early a connection still takes, and for how long.
struct LingeringLimits: Sendable {
    /// How long the client may send nothing.
    var silence = TimeAmount.seconds(5)
    /// How long the client may send at all.
    var total = TimeAmount.seconds(30)
    /// How many bytes the client may send.
    var byteCount: Int64

    /// The same for a server whose shutdown waits for this connection.
    var shortened: LingeringLimits {
        LingeringLimits(silence: .seconds(2), total: .seconds(4), byteCount: byteCount)
    }
}

/// Drops what a client still sends of a request that is being answered early, and then closes the connection.
///
/// It stands before the HTTP decoder, so that what is dropped is neither parsed nor waits for a reader: a handler that
/// was cancelled while it read has ended the connection's sequence of parts for good. The connection is closed once the
/// answer is out and the client has hung up, has been silent, or has sent more than is worth waiting for.
///
/// `@unchecked Sendable`: the mutable state is touched on the connection's event loop alone.
final class DiscardedBody: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private enum Phase {
        case answering
        case lingering
        case over
    }

    private let limits: LingeringLimits
    private var phase = Phase.answering
    private var context: ChannelHandlerContext?
    private var byteCount: Int64 = 0
    private var isInputClosed = false
    private var silentSince = NIODeadline.now()
    private var lingersUntil = NIODeadline.now()
    private var timer: Scheduled<Void>?

    init(limits: LingeringLimits) {
        self.limits = limits
    }

    /// The answer is out: waits for the client within the limits, then closes.
    ///
    /// On the event loop.
    func linger() {
        guard phase == .answering else { return }
        phase = .lingering
        silentSince = .now()
        lingersUntil = silentSince + limits.total
        if isInputClosed || byteCount >= limits.byteCount { end() } else { watch() }
    }

    /// Closes the connection at once.
    ///
    /// On the event loop.
    func end() {
        guard phase != .over else { return }
        phase = .over
        timer?.cancel()
        context?.close(promise: nil)
    }

    /// One timer, which looks again at the earliest moment at which a limit can be reached.
    private func watch() {
        let due = min(silentSince + limits.silence, lingersUntil)
        timer = context?.eventLoop.scheduleTask(deadline: due) { self.look() }
    }

    private func look() {
        guard phase == .lingering else { return }
        let now = NIODeadline.now()
        if now >= lingersUntil || now >= silentSince + limits.silence { end() } else { watch() }
    }
}

extension DiscardedBody {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        // Whoever read before may have stopped for want of room.
        context.read()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        phase = .over
        timer?.cancel()
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        byteCount += Int64(Self.unwrapInboundIn(data).readableBytes)
        silentSince = .now()
        if phase == .lingering, byteCount >= limits.byteCount { end() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        context.read()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard (event as? ChannelEvent) == .inputClosed else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        // Not passed on: for the decoder a body would end early, and that would be answered a second time.
        isInputClosed = true
        if phase == .lingering { end() }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, phase == .answering else {
            context.close(mode: mode, promise: promise)
            return
        }
        // Hummingbird closes right behind an answer while it shuts down, and a client that still sends would be reset.
        context.channel.closeFuture.cascade(to: promise)
        linger()
    }
}
