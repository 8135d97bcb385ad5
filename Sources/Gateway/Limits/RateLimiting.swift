import Attachments
import HTTPTypes
import Hummingbird

/// The rate limits as the requests meet them: what is allowed now, and the buckets.
struct RateLimiting: Sendable {
    let limits: LiveValue<GatewayLimits>
    let limiter: RateLimiter

    /// Counts the request in one bucket; throws `rate_limited` where that is empty.
    func count(_ policy: RatePolicy, of partition: RatePartition, in report: RateLimitReport) throws {
        let verdict = limiter.take(policy, of: partition)
        report.note(verdict)
        guard verdict.isGranted else { throw RequestError.rateLimited(verdict) }
    }

    /// Counts the request in each of the buckets; throws `rate_limited`, and has taken from none, where one is empty.
    func count(_ charges: [RateCharge], in report: RateLimitReport) throws {
        let verdicts = limiter.take(charges)
        for verdict in verdicts { report.note(verdict) }
        // The one that is granted last: before that the request would be refused again.
        let refusal = verdicts.filter { !$0.isGranted }.max { $0.resetSeconds < $1.resetSeconds }
        if let refusal { throw RequestError.rateLimited(refusal) }
    }
}

/// Holds the requests of each address to its rate, before anything is known of who sends them.
///
/// Probes are left alone: a server that refused them would be taken for dead.
struct AddressRateLimit: RequestLayer {
    let rates: RateLimiting

    static let probes: Set<String> = ["/healthz", "/readyz", "/metrics"]

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        if let address = context.clientAddress, !Self.probes.contains(request.uri.path),
            let policy = rates.limits.current.rates.policy(.address)
        {
            try rates.count(policy, of: .address(address.clientNetwork), in: context.rateLimits)
        }
        return try await next(request, context)
    }
}

/// Tells clients in header fields what the rate limits said; stands around the answers to errors, for they need it most.
struct RateLimitFields: RequestLayer {
    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
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
            case .route(_, .user): "requests of yours to this route"
            case .route(_, .address): "requests of your address to this route"
            case .route(_, .all): "requests of all clients to this route"
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
