import HTTPTypes
import Hummingbird
import Synchronization

/// The paths that there are, and the methods that each knows.
final class KnownPaths: Sendable {
    private struct Path {
        let segments: [Substring]
        let methods: [HTTPRequest.Method]
    }

    private let paths = Mutex<[Path]>([])

    /// Adds a path, whose variable segments stand in braces.
    func add(_ path: String, methods: [HTTPRequest.Method]) {
        paths.withLock { $0.append(Path(segments: path.split(separator: "/"), methods: methods)) }
    }

    /// The methods of the path that a request names; nil where there is no such path.
    func methods(at path: String) -> [HTTPRequest.Method]? {
        let segments = path.split(separator: "/")
        return paths.withLock { paths in
            paths.first { known in
                known.segments.count == segments.count
                    && zip(known.segments, segments).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
            }?
            .methods
        }
    }
}

/// Has a method that no route knows by name refused as those are that some know: 405 on a path that there is (RFC 9110
/// section 15.5.6), 404 elsewhere.
struct UnknownMethods: RequestLayer {
    let paths: KnownPaths

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        guard !RouteTable.methods.contains(request.method), let allowed = paths.methods(at: request.uri.path) else {
            return try await next(request, context)
        }
        throw RequestError.methodNotAllowed(request.method, allowed: allowed)
    }
}
