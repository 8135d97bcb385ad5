import HTTPTypes
import Hummingbird

/// Refuses what would change something while the server is in maintenance; whoever reads is served.
struct MaintenanceGate: RequestLayer {
    let maintenance: MaintenanceSwitch

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        if maintenance.isOn, Self.isWrite(request.method) { throw MaintenanceError() }
        return try await next(request, context)
    }

    /// RFC 9110 section 9.2.1: the methods that are safe.
    private static func isWrite(_ method: HTTPRequest.Method) -> Bool {
        switch method {
        case .get, .head, .options, .trace: false
        default: true
        }
    }
}

/// A request would have changed something during maintenance.
struct MaintenanceError: Error {}
