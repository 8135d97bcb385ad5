import Attachments
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// Finds out whose request it is by address: the peer's, or the one that a trusted proxy tells of.
///
/// Everything that asks for the address after this gets the same one: limits, activity log, access log.
final class ClientAddressing: RequestLayer {
    private let limits: LiveValue<GatewayLimits>
    private let hasWarned = Atomic(false)

    init(limits: LiveValue<GatewayLimits>) {
        self.limits = limits
    }

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let peer = context.channel.remoteAddress?.address {
            let proxies = limits.current.trustedProxies
            if proxies.networks.isEmpty, TrustedProxies.isClaimed(in: request.headers) {
                warn(of: peer, context.logger)
            }
            context.clientAddress = proxies.clientAddress(peer: peer, headers: request.headers)
        }
        return try await next(request, context)
    }

    /// Once: a client can send the header as well, and must not fill the log with it.
    private func warn(of peer: IPAddress, _ logger: Logger) {
        guard !hasWarned.exchange(true, ordering: .relaxed) else { return }
        logger.notice(
            "A request came with X-Forwarded-For or Forwarded, and server.trustedProxies is empty: if that is your proxy, list it",
            metadata: ["peer": .string(peer.description)]
        )
    }
}

extension SocketAddress {
    /// The IP address; nil where the peer has none.
    var address: IPAddress? {
        // An address of a link carries the name of the interface.
        ipAddress.flatMap { IPAddress($0.prefix { $0 != "%" }) }
    }
}
