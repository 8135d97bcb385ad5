import Hummingbird
import NIOCore

/// What the gateway knows of a request while it is being answered.
struct GatewayContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection.
    let channel: any Channel
    /// The request's body: read it here, never from the request.
    let body: IncomingBody
    /// The client's address, as far as it can be trusted; nil where the connection has none.
    var clientAddress: IPAddress?
    /// What the rate limits said, for the answer.
    let rateLimits: RateLimitReport
    /// What the access log will tell.
    let trace: RequestTrace
    /// The id that the answer, every error and every log line carry.
    var requestID = ""
    /// Whose request it is, once the token was verified.
    var identity: Identity?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
        body = IncomingBody(channel: source.channel)
        rateLimits = RateLimitReport()
        trace = RequestTrace()
    }
}
