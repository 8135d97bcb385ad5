import Attachments
import NIOCore
import Synchronization

/// Counts the open connections by the network of a client.
final class ConnectionCounts: Sendable {
    private let counts = Mutex<[IPAddress: Int]>([:])

    /// Counts one connection more; false, and nothing counted, where there are as many as the limit.
    func open(_ network: IPAddress, limit: Int) -> Bool {
        counts.withLock { counts in
            let count = counts[network, default: 0]
            guard count < limit else { return false }
            counts[network] = count + 1
            return true
        }
    }

    func close(_ network: IPAddress) {
        counts.withLock { counts in
            let count = counts[network, default: 0] - 1
            counts[network] = count > 0 ? count : nil
        }
    }
}

/// Closes a connection at once where its address has as many open as one address may.
///
/// Without an answer: who opens so many is to cost nothing. Proxies that are trusted speak for many and have no bound.
final class ConnectionCap: ChannelInboundHandler, RemovableChannelHandler {
    // It looks at no data.
    typealias InboundIn = Never

    private let limits: LiveValue<GatewayLimits>
    private let counts: ConnectionCounts
    /// What was counted, until it is given back.
    private var network: IPAddress?

    init(limits: LiveValue<GatewayLimits>, counts: ConnectionCounts) {
        self.limits = limits
        self.counts = counts
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { count(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        giveBack()
    }

    func channelActive(context: ChannelHandlerContext) {
        count(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        giveBack()
        context.fireChannelInactive()
    }

    private func count(_ context: ChannelHandlerContext) {
        let limits = limits.current
        guard network == nil, let limit = limits.connectionsPerAddress,
            let peer = context.channel.remoteAddress?.address, !limits.trustedProxies.contain(peer)
        else { return }
        guard counts.open(peer.clientNetwork, limit: limit) else {
            context.close(promise: nil)
            return
        }
        network = peer.clientNetwork
    }

    private func giveBack() {
        guard let network else { return }
        self.network = nil
        counts.close(network)
    }
}

@available(*, unavailable)
extension ConnectionCap: Sendable {}
