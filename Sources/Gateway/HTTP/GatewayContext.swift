import Hummingbird
import NIOCore

/// What the gateway knows of a request while it is being answered.
struct GatewayContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection.
    let channel: any Channel
    /// The request's body: read it here, never from the request.
    let body: IncomingBody
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
        trace = RequestTrace()
    }
}
