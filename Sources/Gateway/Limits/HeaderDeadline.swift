import Attachments
import Catalog
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTPTypes
import NIOSSL

/// Closes a connection on which the head of a request does not come to its end in time.
///
/// The time runs from the opening of the connection, and for later requests from the first byte that is of no request
/// before; between requests the idle timeout holds. A client that has begun a head is told, 408 as of RFC 9110 section
/// 15.5.9.
///
/// It stands behind the HTTP decoder, where it sees heads, and puts a second handler before that, which sees bytes.
final class HeaderDeadline: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: LiveValue<GatewayLimits>
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    private var isHeadAwaited = true
    private var hasBytes = false
    /// Requests whose answer is not written yet.
    private var unansweredCount = 0
    /// The parts of requests that came so far.
    private var partCount = 0

    init(limits: LiveValue<GatewayLimits>) {
        self.limits = limits
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        do {
            let operations = context.pipeline.syncOperations
            // Behind TLS: its handshake is no head.
            let tls = try? operations.handler(type: NIOSSLServerHandler.self)
            try operations.addHandler(ByteWatch(deadline: self), position: tls.map { .after($0) } ?? .first)
        } catch {
            // Only on a connection that is closed already.
            context.close(promise: nil)
        }
        if context.channel.isActive { arm() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        disarm()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        arm()
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        disarm()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        partCount += 1
        switch Self.unwrapInboundIn(data) {
        case .head:
            isHeadAwaited = false
            unansweredCount += 1
            disarm()
        case .body: break
        case .end:
            isHeadAwaited = true
            hasBytes = false
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = Self.unwrapOutboundIn(data) { unansweredCount -= 1 }
        context.write(data, promise: promise)
    }

    /// Bytes came, and were decoded.
    fileprivate func bytesWereRead(partCountBefore: Int) {
        // What completes a part may be all there is; whatever head it began as well shows with its next bytes.
        guard isHeadAwaited, partCount == partCountBefore else { return }
        hasBytes = true
        if timer == nil { arm() }
    }

    fileprivate var partsSoFar: Int { partCount }

    private func arm() {
        disarm()
        timer = context?.eventLoop.assumeIsolated()
            .scheduleTask(in: TimeAmount(limits.current.headerTimeout)) { self.expire() }
    }

    private func disarm() {
        timer?.cancel()
        timer = nil
    }

    private func expire() {
        timer = nil
        guard isHeadAwaited, let context else { return }
        // An answer that is still being written would be cut off, or mixed with ours.
        guard unansweredCount == 0 else { return arm() }
        if hasBytes { refuse(context) }
        context.close(promise: nil)
    }

    private func refuse(_ context: ChannelHandlerContext) {
        let id = UUID.version7().text
        let body = ByteBuffer(
            string: """
                {"code":"request_timeout","error":"The head of the request did not come in time.","request_id":"\(id)"}
                """
        )
        let head = HTTPResponse(
            status: .requestTimeout,
            headerFields: [
                .contentType: "application/json; charset=utf-8", .contentLength: "\(body.readableBytes)",
                .cacheControl: "no-store", .connection: "close", .requestID: id,
            ]
        )
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(Self.wrapOutboundOut(.body(body)), promise: nil)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
    }
}

@available(*, unavailable)
extension HeaderDeadline: Sendable {}

/// Tells a deadline of bytes, before they are decoded.
private final class ByteWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let deadline: HeaderDeadline

    init(deadline: HeaderDeadline) {
        self.deadline = deadline
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let before = deadline.partsSoFar
        context.fireChannelRead(data)
        deadline.bytesWereRead(partCountBefore: before)
    }
}

@available(*, unavailable)
extension ByteWatch: Sendable {}
