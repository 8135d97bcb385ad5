/// How many requests a minute one route takes, as the operator says it (`limits.routes.NAME.…`).
package struct RouteLimit: Sendable, Equatable {
    /// Whose requests are counted together.
    package enum Partition: String, CaseIterable, Sendable {
        /// Those of one user.
        case user
        /// Those of one address.
        case address
        /// Everyone's.
        case all
    }

    /// The operator's name for it, which clients read in `RateLimit-Policy`.
    package let name: String
    /// How many a minute; at least 1.
    package let perMinute: Int
    /// Whose requests share a bucket.
    package let per: Partition
    /// The operations, by where they stand in `APIRoute.all`.
    let positions: [Int]

    /// Makes a limit; nil where there is no route of this text, which is one such as `POST /upload/`.
    package init?(name: String, route: String, perMinute: Int, per: Partition) {
        guard let positions = try? APIRoute.positions(named: route) else { return nil }
        self.init(name: name, positions: positions, perMinute: perMinute, per: per)
    }

    init(name: String, positions: [Int], perMinute: Int, per: Partition) {
        self.name = name
        self.positions = positions
        self.perMinute = perMinute
        self.per = per
    }

    var policy: RatePolicy { RatePolicy(name: .route(name, per), quota: max(perMinute, 1)) }
}

/// The limits of single routes, by route: a request of a route without any costs a look into an array.
package struct RouteLimits: Sendable, Equatable {
    private let byPosition: [[RouteLimit]]

    /// Makes the limits of all routes; the default is none.
    package init(_ limits: [RouteLimit] = []) {
        guard !limits.isEmpty else {
            byPosition = []
            return
        }
        byPosition = APIRoute.all.indices.map { position in limits.filter { $0.positions.contains(position) } }
    }

    /// What holds of the operation that stands there in `APIRoute.all`.
    subscript(position: Int) -> [RouteLimit] {
        byPosition.isEmpty ? [] : byPosition[position]
    }
}
