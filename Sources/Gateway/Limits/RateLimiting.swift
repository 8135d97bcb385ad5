import Attachments
import HTTPTypes
import Hummingbird

/// The rate limits as the requests meet them: what is allowed now, and the buckets.
struct RateLimiting: Sendable {
    let limits: LiveValue<GatewayLimits>
    let limiter: RateLimiter

    /// Counts the request in the bucket of the policy, if that has a bound; throws `rate_limited` where it is empty.
    func count(_ name: RatePolicy.Name, of partition: RatePartition, in report: RateLimitReport) throws {
        guard let policy = limits.current.rates.policy(name) else { return }
        let verdict = limiter.take(policy, of: partition)
        report.note(verdict)
        guard verdict.isGranted else { throw RequestError.rateLimited(verdict) }
    }
}

/// Holds the requests of each address to its rate, before anything is known of who sends them.
///
/// Probes are left alone: a server that refused them would be taken for dead.
struct AddressRateLimit: RouterMiddleware {
    typealias Context = GatewayContext

    let rates: RateLimiting

    static let probes: Set<String> = ["/healthz", "/readyz", "/metrics"]

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        if let address = context.clientAddress, !Self.probes.contains(request.uri.path) {
            try rates.count(.address, of: .address(address.clientNetwork), in: context.rateLimits)
        }
        return try await next(request, context)
    }
}

/// Holds the requests of each user to the rates of their kinds; stands behind the authentication.
///
/// The app's back end speaks for all its users, so it is held to none, and what its address was charged is given back.
struct UserRateLimit: RouterMiddleware {
    typealias Context = GatewayContext

    let rates: RateLimiting
    /// The routes that bring files, as paths without a slash at the end.
    let uploadPaths: Set<String>

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        guard let identity = context.identity else { throw TokenError.missing }
        if identity.isService {
            giveBack(context)
        } else {
            try rates.count(policy(of: request), of: .user(identity.userID), in: context.rateLimits)
        }
        return try await next(request, context)
    }

    private func giveBack(_ context: GatewayContext) {
        guard let address = context.clientAddress else { return }
        for verdict in context.rateLimits.verdicts {
            rates.limiter.giveBack(verdict.policy, to: .address(address.clientNetwork))
        }
        context.rateLimits.forget()
    }

    private func policy(of request: Request) -> RatePolicy.Name {
        switch request.method {
        case .get, .head, .options: return .reads
        case .post:
            return uploadPaths.contains(request.routedPath) ? .uploads : .writes
        default: return .writes
        }
    }
}

/// Tells clients in header fields what the rate limits said; stands around the answers to errors, for they need it most.
struct RateLimitFields: RouterMiddleware {
    typealias Context = GatewayContext

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        for field in context.rateLimits.fields { response.headers.append(field) }
        return response
    }
}

extension RequestError {
    /// The bucket is empty.
    static func rateLimited(_ verdict: RateVerdict) -> RequestError {
        let whose =
            switch verdict.policy.name {
            case .address: "requests of your address"
            case .reads: "requests of yours that read"
            case .writes: "requests of yours that change something"
            case .uploads: "uploads of yours"
            }
        return RequestError(
            status: .tooManyRequests,
            code: "rate_limited",
            message: "There were too many \(whose): \(verdict.policy.quota) a minute are allowed. "
                + "Try again in \(verdict.resetSeconds) s.",
            retryAfter: .seconds(verdict.resetSeconds)
        )
    }
}
