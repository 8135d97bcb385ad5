import HTTPTypes
import Hummingbird

/// Registers routes so that a known path with a wrong method is a 405 that names the right ones (RFC 9110 section
/// 15.5.6).
///
/// A final slash makes no difference: Hummingbird's router drops it.
struct RouteTable {
    typealias Handler = @Sendable (Request, AuthenticatedContext) async throws -> Response
    typealias OpenHandler = @Sendable (Request, GatewayContext) async throws -> Response

    private let open: Router<GatewayContext>
    private let paths: KnownPaths
    private let authenticator: Authenticator
    private let rates: RateLimiting
    private let uploadPaths: Set<String>
    private let basePath: String
    private let requests: RunningRequests
    private let metrics: GatewayMetrics

    /// The methods that are told apart.
    static let methods: [HTTPRequest.Method] = [
        .get, .head, .post, .put, .patch, .delete, .options, .trace,
    ]

    init(
        router: Router<GatewayContext>,
        paths: KnownPaths,
        basePath: String,
        authenticator: Authenticator,
        rates: RateLimiting,
        uploadPaths: Set<String>,
        requests: RunningRequests,
        metrics: GatewayMetrics
    ) {
        open = router
        self.paths = paths
        self.authenticator = authenticator
        self.basePath = basePath
        self.requests = requests
        self.rates = rates
        self.uploadPaths = uploadPaths
        self.metrics = metrics
    }

    /// A path under the base path; every handler needs a token, and is cancelled when a shutdown's grace is over.
    ///
    /// HEAD is answered wherever GET is, without the body. Where the answer is JSON, the client must be willing to take that.
    func add(_ path: String, answersJSON: Bool = true, _ given: [HTTPRequest.Method: Handler]) {
        var handlers = given
        if handlers[.head] == nil { handlers[.head] = handlers[.get] }
        for (method, handler) in handlers {
            let layers = RouteMark(route: metrics.route(basePath + path, method: method.rawValue))
                .then(authenticator)
                .then(routeRates(method, path))
            let guarded = open.group(RouterPath(basePath))
                .add(middleware: LayeredMiddleware(layers))
                .group(context: AuthenticatedContext.self)
            guarded.on(RouterPath(path), method: method) { [requests] request, context -> Response in
                if answersJSON { try AcceptHeader.requireJSON(request) }
                return try await Self.perform(handler, request, context, among: requests)
            }
        }
        refuseOthers(than: Array(handlers.keys), at: basePath + path)
    }

    /// A path of the root that needs no token.
    func addOpen(_ path: String, _ handlers: [HTTPRequest.Method: OpenHandler]) {
        addOpen(path, rates: nil, handlers)
    }

    /// A path under the base path whose URLs are signed, so that it needs no token.
    func addSigned(_ path: String, _ handlers: [HTTPRequest.Method: OpenHandler]) {
        let rates = SignedRouteRates(rates: rates, position: position(of: .get, path))
        addOpen(basePath + path, rates: rates, handlers)
    }

    private func addOpen(_ path: String, rates: SignedRouteRates?, _ handlers: [HTTPRequest.Method: OpenHandler]) {
        for (method, handler) in handlers {
            let route = metrics.route(path, method: method.rawValue)
            open.on(RouterPath(path), method: method) { request, context in
                context.trace.note(route: route)
                try rates?.count(context)
                return try await handler(request, context)
            }
        }
        refuseOthers(than: Array(handlers.keys), at: path)
    }

    private func routeRates(_ method: HTTPRequest.Method, _ path: String) -> RouteRates {
        let kind: RatePolicy.Name =
            switch method {
            case .get, .head: .reads
            case .post where uploadPaths.contains(basePath + path): .uploads
            default: .writes
            }
        return RouteRates(rates: rates, kind: kind, position: position(of: method, path))
    }

    private func position(of method: HTTPRequest.Method, _ path: String) -> Int {
        guard let position = APIRoute.position(of: method, path) else {
            preconditionFailure("\(method) \(path) is missing in APIRoute.all")
        }
        return position
    }

    private static func perform(
        _ handler: @escaping Handler,
        _ request: Request,
        _ context: AuthenticatedContext,
        among requests: RunningRequests
    ) async throws -> Response {
        do {
            return try await requests.run(on: context.eventLoop) { try await handler(request, context) }
        } catch {
            // What a cancelled call failed with depends on where it was; the client learns the one reason.
            guard requests.areCancelled, ErrorAnswer(error).status.code >= 500 else { throw error }
            throw CancellationError()
        }
    }

    private func refuseOthers(than allowed: [HTTPRequest.Method], at path: String) {
        let allowed = allowed.sorted { $0.rawValue < $1.rawValue }
        let route = metrics.route(path, method: "refused")
        paths.add(path, methods: allowed)
        for method in Self.methods where !allowed.contains(method) {
            open.on(RouterPath(path), method: method) { request, context -> Response in
                context.trace.note(route: route)
                throw RequestError.methodNotAllowed(request.method, allowed: allowed)
            }
        }
    }
}
