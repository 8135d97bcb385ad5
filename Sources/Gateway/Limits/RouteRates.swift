import Attachments
import Hummingbird

/// Holds the requests of one route: each user to the rate of its kind, and all to the route's own limits; stands behind the
/// authentication.
///
/// Which route it is, and of which kind, is settled when the route is made. The app's back end speaks for all its users, so
/// it is held to none of theirs, and what its address was charged is given back; a limit of everyone's requests counts it.
struct RouteRates: RequestLayer {
    let rates: RateLimiting
    let kind: RatePolicy.Name
    /// Where the route stands in `APIRoute.all`.
    let position: Int

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        guard let identity = context.identity else { throw TokenError.missing }
        try count(identity, context)
        return try await next(request, context)
    }

    private func count(_ identity: Identity, _ context: GatewayContext) throws {
        let allowed = rates.limits.current.rates
        let limits = allowed.routes[position]
        if identity.isService {
            giveBack(context)
            let shared = limits.filter { $0.per == .all }
            guard !shared.isEmpty else { return }
            try rates.count(shared.map { RateCharge(policy: $0.policy, partition: .all) }, in: context.rateLimits)
            return
        }
        let policy = allowed.policy(kind)
        guard !limits.isEmpty else {
            if let policy { try rates.count(policy, of: .user(identity.userID), in: context.rateLimits) }
            return
        }
        var charges = policy.map { [RateCharge(policy: $0, partition: .user(identity.userID))] } ?? []
        charges += limits.compactMap { RateCharge($0, userID: identity.userID, address: context.clientAddress) }
        try rates.count(charges, in: context.rateLimits)
    }

    private func giveBack(_ context: GatewayContext) {
        guard let address = context.clientAddress else { return }
        for verdict in context.rateLimits.verdicts {
            rates.limiter.giveBack(verdict.policy, to: .address(address.clientNetwork))
        }
        context.rateLimits.forget()
    }
}

/// Holds the requests of a route whose URLs are signed, where nobody says who asks, to its own limits.
struct SignedRouteRates: Sendable {
    let rates: RateLimiting
    /// Where the route stands in `APIRoute.all`.
    let position: Int

    func count(_ context: GatewayContext) throws {
        let limits = rates.limits.current.rates.routes[position]
        guard !limits.isEmpty else { return }
        let charges = limits.compactMap { RateCharge($0, userID: nil, address: context.clientAddress) }
        try rates.count(charges, in: context.rateLimits)
    }
}

extension RateCharge {
    /// What a limit counts one request as; nil where it is not known whose request it is.
    fileprivate init?(_ limit: RouteLimit, userID: String?, address: IPAddress?) {
        let partition: RatePartition? =
            switch limit.per {
            case .user: userID.map { .user($0) }
            case .address: address.map { .address($0.clientNetwork) }
            case .all: .all
            }
        guard let partition else { return nil }
        self.init(policy: limit.policy, partition: partition)
    }
}
