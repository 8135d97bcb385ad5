import HTTPTypes
import Hummingbird
import NIOCore

/// Ends the connection after an answer that came before the whole request: the rest of a refused upload is not worth
/// reading.
///
/// The answer goes out first. Then a bounded amount of the body is read and dropped for a bounded time: a connection
/// closed with unread bytes is reset, and a reset can take the answer away from a client that is still sending.
struct LingeringClose: RouterMiddleware {
    typealias Context = GatewayContext

    /// How many bytes are still read, at most.
    var maxDrainBytes: Int64 = 8 << 20
    /// How long is waited for them, at most.
    var maxDrainTime = TimeAmount.seconds(5)

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        let body = context.body
        body.attach(request)
        var response = try await next(request, context)
        guard body.hasUnreadBytes else { return response }
        response.headers[.connection] = "close"
        let (answer, channel) = (response.body, context.channel)
        let (maxDrainBytes, maxDrainTime) = (maxDrainBytes, maxDrainTime)
        response.body = ResponseBody(contentLength: answer.contentLength) { writer in
            defer { channel.close(promise: nil) }
            try await answer.write(writer)
            let deadline = channel.eventLoop.scheduleTask(in: maxDrainTime) { channel.close(promise: nil) }
            await body.drain(upTo: maxDrainBytes)
            deadline.cancel()
        }
        return response
    }
}
