import Hummingbird

/// What every request passes through on its way to a handler, and its answer on the way back.
///
/// As Hummingbird's middleware, but put together by type, and called where the caller is: between two of that, a task looks
/// several times for the executor that it prefers, and most layers do hardly more than that themselves.
protocol RequestLayer: Sendable {
    /// Answers the request, with `next` or without.
    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response
}

extension RequestLayer {
    /// This layer, and another one behind it.
    func then<Inner: RequestLayer>(_ inner: Inner) -> some RequestLayer {
        LayerPair(outer: self, inner: inner)
    }
}

private struct LayerPair<Outer: RequestLayer, Inner: RequestLayer>: RequestLayer {
    let outer: Outer
    let inner: Inner

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        try await outer.handle(request, context: context) { request, context in
            try await inner.handle(request, context: context, next: next)
        }
    }
}

/// A layer that may not be there.
extension Optional: RequestLayer where Wrapped: RequestLayer {
    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        guard let layer = self else { return try await next(request, context) }
        return try await layer.handle(request, context: context, next: next)
    }
}

/// Layers, for Hummingbird's router.
struct LayeredMiddleware<Layer: RequestLayer>: RouterMiddleware {
    typealias Context = GatewayContext

    let layers: Layer

    init(_ layers: Layer) {
        self.layers = layers
    }

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        try await layers.handle(request, context: context) { request, context in try await next(request, context) }
    }
}
