extension StrictReader {
    /// The limits of single routes, in the order of their names.
    mutating func routeLimits() async -> RouteLimits {
        var limits: [RouteLimit] = []
        for name in names(of: .routes) {
            if let limit = await routeLimit(name) { limits.append(limit) }
        }
        return RouteLimits(limits)
    }

    /// The limit; nil where it is turned off by a 0, and, with a fault, where it is none.
    private mutating func routeLimit(_ name: String) async -> RouteLimit? {
        let perKey = NamedKey.route(name, .per)
        let per = await text(perKey).flatMap { choice($0, of: perKey.rawValue, allowed: RouteLimit.Partition.allCases) }
        let positions = await required(NamedKey.route(name, .route)).flatMap { route($0, of: name) } ?? []
        let countKey = NamedKey.route(name, .perMinute)
        let count = await required(countKey).flatMap { integer($0, of: countKey.rawValue, in: 0...1_000_000_000) }
        let partition = per ?? .user
        if let reason = reason(against: partition, at: positions.map { APIRoute.all[$0] }) {
            report(ConfigurationFault(perKey.rawValue, value: partition.rawValue, reason))
        }
        guard let count, count > 0, !positions.isEmpty else { return nil }
        return RouteLimit(name: name, positions: positions, perMinute: count, per: partition)
    }

    /// Why requests of the routes cannot be counted like this; nil where they can.
    private func reason(against partition: RouteLimit.Partition, at routes: [APIRoute]) -> String? {
        if partition != .address, routes.contains(where: { !$0.needsToken }) {
            return "must be address: the route takes signed URLs, and who asks is not known"
        }
        if partition != .all, !routes.isEmpty, routes.allSatisfy(\.isForBackEnd) {
            return "must be all: only the back end may use the route, which no limit of a user or an address counts"
        }
        return nil
    }

    private mutating func route(_ text: String, of name: String) -> [Int]? {
        do {
            return try APIRoute.positions(named: text)
        } catch {
            report(ConfigurationFault(NamedKey.route(name, .route).rawValue, value: text, error.reason))
            return nil
        }
    }

    private mutating func required(_ key: NamedKey) async -> String? {
        let count = faults.count
        if let value = await text(key) { return value }
        if faults.count == count {
            report(ConfigurationFault(key.rawValue, "is required (or set \(key.environmentName))"))
        }
        return nil
    }
}
