/// What is counted together, and how much of it is allowed.
struct RatePolicy: Sendable, Equatable {
    /// The name that clients read in `RateLimit-Policy`.
    enum Name: Hashable, Sendable {
        /// All requests of one address.
        case address
        /// Requests of one user that only look.
        case reads
        /// Requests of one user that change something.
        case writes
        /// Requests of one user that bring a file.
        case uploads
        /// Requests of one route that the operator limits by this name, and whose are counted together.
        case route(String, RouteLimit.Partition)

        /// Those that each gateway has.
        static let general: [Name] = [.address, .reads, .writes, .uploads]

        /// The name as clients read it.
        var text: String {
            switch self {
            case .address: "address"
            case .reads: "reads"
            case .writes: "writes"
            case .uploads: "uploads"
            case .route(let name, _): name
            }
        }
    }

    let name: Name
    /// How many requests a full bucket holds; at least 1.
    let quota: Int

    /// The time in which an empty bucket fills, in seconds.
    static let windowSeconds = 60
}

/// How many requests a minute are allowed; nil where there is no bound.
package struct RateLimits: Sendable, Equatable {
    /// Of one address, whoever sends them.
    package var address: Int?
    /// Of one user, those that only look.
    package var userReads: Int?
    /// Of one user, those that change something.
    package var userWrites: Int?
    /// Of one user, those that bring a file.
    package var userUploads: Int?
    /// Of single routes, beside those.
    package var routes = RouteLimits()

    /// Makes rate limits with the documented defaults.
    package init(
        address: Int? = 6000,
        userReads: Int? = 1200,
        userWrites: Int? = 600,
        userUploads: Int? = 120
    ) {
        self.address = address
        self.userReads = userReads
        self.userWrites = userWrites
        self.userUploads = userUploads
    }

    /// No bound at all.
    package static let none = RateLimits(address: nil, userReads: nil, userWrites: nil, userUploads: nil)

    func policy(_ name: RatePolicy.Name) -> RatePolicy? {
        let quota: Int? =
            switch name {
            case .address: address
            case .reads: userReads
            case .writes: userWrites
            case .uploads: userUploads
            case .route: nil
            }
        return quota.map { RatePolicy(name: name, quota: max($0, 1)) }
    }
}

/// Whose requests are counted together.
enum RatePartition: Hashable, Sendable {
    case address(IPAddress)
    case user(String)
    /// Everyone's.
    case all
}

/// One bucket that a request takes from.
struct RateCharge: Sendable {
    let policy: RatePolicy
    let partition: RatePartition
}

/// What a rate limit says to one request.
struct RateVerdict: Sendable, Equatable {
    let policy: RatePolicy
    /// Whether there was room; where another limit refused the request all the same, nothing was taken.
    let isGranted: Bool
    /// How many more requests would be granted now.
    let remaining: Int
    /// The seconds until the bucket is full; of a refused request, until it would be granted.
    let resetSeconds: Int
}
