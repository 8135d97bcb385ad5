import Attachments
import HTTPTypes
import Hummingbird

/// What the request under way was sent to, as far as it can be told: scheme, host and port.
///
/// Passed beside the parameters, since nothing between the connection and the making of a URL knows HTTP.
enum RequestBase {
    /// `https://chat.example.com`; nil where there is no request, or nobody needs to know.
    @TaskLocal static var current: String?
}

/// Finds out what requests were sent to: by their Host, or by what a trusted proxy tells of it.
///
/// Stands in the way only where URLs of this server's own are made and its configuration does not say where it is reached.
struct RequestBasing: RequestLayer {
    let limits: LiveValue<GatewayLimits>
    /// `http` or `https`, as this server itself is spoken to.
    let scheme: String

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        let base = Self.base(
            of: request,
            scheme: scheme,
            peer: context.channel.remoteAddress?.address,
            proxies: limits.current.trustedProxies
        )
        return try await RequestBase.$current.withValue(base) { try await next(request, context) }
    }

    /// Nil where the request names no host that could be one.
    static func base(of request: Request, scheme: String, peer: IPAddress?, proxies: TrustedProxies) -> String? {
        var (scheme, host) = (scheme, request.head.authority)
        if let peer, proxies.contain(peer) {
            let told = proxies.toldOrigin(request.headers)
            if let told = told.scheme?.lowercased(), told == "http" || told == "https" { scheme = told }
            host = told.host ?? host
        }
        guard let host, host.wholeMatch(of: /([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/) != nil else {
            return nil
        }
        return "\(scheme)://\(host)"
    }
}

extension TrustedProxies {
    /// What the nearest proxy says that it was asked for; the caller has seen that it is trusted.
    func toldOrigin(_ headers: HTTPFields) -> (scheme: String?, host: String?) {
        switch header {
        case .xForwardedFor:
            (Self.last(headers[values: .xForwardedProto]), Self.last(headers[values: .xForwardedHost]))
        case .forwarded:
            (
                ForwardedHeader.values(of: "proto", in: headers[values: .forwarded].joined(separator: ",")).last ?? nil,
                ForwardedHeader.values(of: "host", in: headers[values: .forwarded].joined(separator: ",")).last ?? nil
            )
        }
    }

    private static func last(_ values: [String]) -> String? {
        let text = values.joined(separator: ",").split(separator: ",").last.map { String($0.trimmingBlanks) }
        return text?.isEmpty == false ? text : nil
    }
}
