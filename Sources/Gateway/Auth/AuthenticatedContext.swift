import Attachments
import HTTPTypes
import Hummingbird
import NIOCore

/// The context of a handler that can't run without a verified token: there is no way to make one without an identity.
struct AuthenticatedContext: ChildRequestContext {
    var coreContext: CoreRequestContextStorage
    let identity: Identity
    let body: IncomingBody
    let clientAddress: String?
    /// What the connection's thread runs.
    let eventLoop: any EventLoop

    init(context: GatewayContext) throws {
        guard let identity = context.identity else { throw TokenError.missing }
        coreContext = context.coreContext
        self.identity = identity
        body = context.body
        eventLoop = context.channel.eventLoop
        clientAddress = context.clientAddress?.description
    }

    /// Who asks, in the product's terms.
    func requester(of request: Request) -> Requester {
        Requester(
            userID: identity.userID,
            isService: identity.isService,
            clientAddress: clientAddress,
            userAgent: request.headers[.userAgent].map { String($0.prefix(512)) }
        )
    }

    /// Throws `forbidden` unless the token carries the service scope.
    func requireService() throws {
        guard identity.isService else { throw RequestError.serviceOnly }
    }

    /// Throws `forbidden` unless the token carries the read or the service scope: the operators' routes that change nothing.
    func requireReader() throws {
        guard identity.canRead || identity.isService else { throw RequestError.readersOnly }
    }
}
