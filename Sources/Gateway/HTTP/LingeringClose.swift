import Attachments
import HTTPTypes
import Hummingbird
import NIOCore

/// Ends the connection after an answer that came before the whole request: the rest of a refused upload is not worth
/// reading.
///
/// The answer goes out first. Meanwhile, and for a bounded time after, what the client still sends is dropped: a
/// connection closed with unread bytes is reset, and a reset can take the answer away from a client that is still
/// sending.
struct LingeringClose: RequestLayer {
    /// What is still taken of a request after its answer.
    let limits: LingeringLimits
    /// Tells whether the server waits for its connections to end.
    let requests: RunningRequests
    /// How fast bodies must come.
    let gatewayLimits: LiveValue<GatewayLimits>

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        let body = context.body
        body.attach(request, pace: gatewayLimits.current.pace)
        defer { body.stopWatching() }
        var response = try await next(request, context)
        guard body.hasUnreadBytes else { return response }
        response.headers[.connection] = "close"
        let (answer, channel) = (response.body, context.channel)
        guard body.mayGoOn else {
            response.body = ResponseBody(contentLength: answer.contentLength) { writer in
                defer { channel.close(promise: nil) }
                try await answer.write(writer)
            }
            return response
        }
        let rest = DiscardedBody(limits: requests.areCancelled || body.isTooSlow ? limits.shortened : limits)
        response.body = ResponseBody(contentLength: answer.contentLength) { writer in
            try await channel.addBeforeHTTP(rest)
            do {
                try await answer.write(writer)
            } catch {
                channel.eventLoop.execute { rest.end() }
                throw error
            }
            channel.eventLoop.execute { rest.linger() }
        }
        return response
    }
}
