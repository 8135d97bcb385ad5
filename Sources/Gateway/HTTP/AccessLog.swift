import Catalog
import CoreMetrics
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import S3

/// Gives each request its id and its place in a trace, and writes one line about it when it is answered, and counts it.
///
/// The line names the path without its query: a query can carry ids, and in a presigned URL it is a credential.
struct AccessLog: RequestLayer {
    let metrics: GatewayMetrics

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        let started = ContinuousClock.now
        var context = context
        context.requestID = Self.requestID(of: request)
        context.logger[metadataKey: "hb.request.id"] = nil
        context.logger[metadataKey: "request_id"] = .string(context.requestID)
        let trace = TraceContext(of: request.headers)
        context.logger[metadataKey: "trace_id"] = .string(trace.traceID)
        let ready = context
        var response = try await S3Trace.$current.withValue(trace.outgoing) { try await next(request, ready) }
        response.headers[.requestID] = context.requestID
        let duration = started.duration(to: .now)
        let route = context.trace.route ?? metrics.unmatched
        count(response, of: context, route: route, duration: duration)
        let level: Logger.Level = Self.isProbe(request.uri.path) && response.status.code < 400 ? .debug : .info
        context.logger.log(
            level: level,
            "request",
            metadata: [
                "method": .string(request.method.rawValue),
                "path": .string(request.uri.path),
                "route": .string(route.name),
                "status": .stringConvertible(response.status.code),
                "ms": .stringConvertible(duration.milliseconds),
                "bytes_in": .stringConvertible(context.body.byteCount),
                "bytes_out": .stringConvertible(response.body.contentLength ?? 0),
                "user": .string(context.trace.userID ?? "-"),
                "client": .string(context.clientAddress?.description ?? "-"),
            ]
        )
        return response
    }

    private func count(_ response: Response, of context: GatewayContext, route: RouteMetrics, duration: Duration) {
        route.note(status: response.status.code, after: duration)
        metrics.receivedBytes.increment(by: context.body.byteCount)
        metrics.sentBytes.increment(by: response.body.contentLength ?? 0)
    }

    /// The client's id where it is short and harmless in a log; else a new one.
    private static func requestID(of request: Request) -> String {
        if let id = request.headers[.requestID], (1...128).contains(id.utf8.count),
            id.utf8.allSatisfy(Self.isHarmless)
        {
            return id
        }
        // Foundation's own random ones open a device for each.
        return UUID.version7().text
    }

    private static func isHarmless(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
        default: false
        }
    }

    /// Probes come every few seconds and say nothing while they succeed.
    private static func isProbe(_ path: String) -> Bool {
        path.hasPrefix("/healthz") || path.hasPrefix("/readyz") || path.hasPrefix("/metrics")
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
