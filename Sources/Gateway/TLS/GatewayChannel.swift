import CoreMetrics
import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

/// A client's connection: counted, handled on its own thread, and encrypted where the server has a certificate.
struct GatewayChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    /// Nil for connections in the clear.
    let certificates: TLSCertificates?
    let connections: Meter
    let requests: RunningRequests

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        guard let certificates else { return base.setup(channel: channel, logger: logger) }
        return channel.eventLoop
            .makeCompletedFuture {
                let handler = NIOSSLServerHandler(context: certificates.context)
                try channel.pipeline.syncOperations.addHandler(handler)
            }
            .flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Base.Value, logger: Logger) async {
        connections.increment()
        defer { connections.decrement() }
        // Else each part of a request would wake another thread, and that one this one for the answer.
        await withTaskExecutorPreference(requests.executor(on: value.channel.eventLoop)) {
            await base.handle(value: value, logger: logger)
        }
    }
}

extension Channel {
    /// Puts a handler where the bytes of HTTP come by first: behind TLS, where there is any.
    func addBeforeHTTP(_ handler: DiscardedBody) async throws {
        try await eventLoop.submit {
            let operations = self.pipeline.syncOperations
            guard let tls = try? operations.handler(type: NIOSSLServerHandler.self) else {
                return try operations.addHandler(handler, position: .first)
            }
            try operations.addHandler(handler, position: .after(tls))
        }
        .get()
    }
}
