import Hummingbird

/// Notes which route a request was led to, before anything can refuse it.
struct RouteMark: RequestLayer {
    let route: RouteMetrics

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        context.trace.note(route: route)
        return try await next(request, context)
    }
}
