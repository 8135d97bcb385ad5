import HTTPTypes
import Synchronization
import Testing

@testable import Gateway

/// The limits of single routes: which routes there are, and the arithmetic of two buckets.
struct RouteLimitTests {
    private let ann = RatePartition.user("ann")

    /// A clock that stands, or is turned by the test.
    private final class Clock: Sendable {
        let nanoseconds = Mutex<Int64>(7_000_000_000)

        func now() -> Int64 { nanoseconds.withLock { $0 } }
    }

    @Test func `the routes are those that the description of the API has below the base path`() {
        let isRoot = { (path: String) in ["/metrics", "/healthz", "/readyz"].contains(path) }
        let described = OpenAPITests.operations.filter { !isRoot($0.path) }
            .map { "\($0.method) \($0.path.hasSuffix("/") ? String($0.path.dropLast()) : $0.path)" }
        let known = APIRoute.all.map { "\($0.method.rawValue) \($0.path)" }
        #expect(Set(known) == Set(described))
        #expect(known.count == Set(known).count)
    }

    @Test func `the back end's own routes are those where everybody else is refused`() {
        let rows = AccessRow.all.filter { $0.method != "HEAD" && $0.statuses != nil }
        let isRefusing = { (row: AccessRow) in
            let statuses = row.statuses ?? []
            // All but the back end, which stands fifth.
            return statuses[4] != 403 && statuses.enumerated().allSatisfy { $0.offset == 4 || $0.element == 403 }
        }
        let name = { (row: AccessRow) in
            "\(row.method) \(row.path.hasSuffix("/") ? String(row.path.dropLast()) : row.path)"
        }
        let known = APIRoute.all.filter(\.isForBackEnd).map { "\($0.method.rawValue) \($0.path)" }
        #expect(Set(known) == Set(rows.filter(isRefusing).map(name)))
    }

    @Test(arguments: [
        ("POST /upload/", ["POST /upload"]),
        ("POST /upload", ["POST /upload"]),
        ("GET //attachments//{id}/", ["GET /attachments/{id}"]),
        ("/attachments/{id}/", ["DELETE /attachments/{id}", "GET /attachments/{id}"]),
        ("GET /hls/{id}/{playlist}", ["GET /hls/{id}/{playlist}"]),
    ])
    func `a route is named by its path, with or without a method`(text: String, routes: [String]) throws {
        let named = try APIRoute.positions(named: text).map { APIRoute.all[$0] }
        #expect(named.map { "\($0.method.rawValue) \($0.path)" }.sorted() == routes)
    }

    @Test func `HEAD counts where GET does`() throws {
        let get = try #require(APIRoute.position(of: .get, "/attachments/{id}"))
        #expect(APIRoute.position(of: .head, "/attachments/{id}") == get)
        #expect(APIRoute.position(of: .head, "/upload") == nil)
        #expect(APIRoute.position(of: .delete, "/attachments/{id}") != get)
    }

    @Test func `a limit holds on its own routes alone`() throws {
        let limit = try #require(RouteLimit(name: "looks", route: "/attachments/{id}/", perMinute: 5, per: .user))
        let limits = RouteLimits([limit])
        for (position, route) in APIRoute.all.enumerated() {
            #expect(limits[position] == (route.path == "/attachments/{id}" ? [limit] : []), "\(route)")
            #expect(RouteLimits()[position] == [])
        }
        #expect(RouteLimit(name: "looks", route: "/nothing/", perMinute: 5, per: .user) == nil)
    }

    @Test func `where one bucket is empty nothing is taken from the others`() {
        let clock = Clock()
        let limiter = RateLimiter { clock.now() }
        // A token every 20 s, and every 60 s.
        let reads = RateCharge(policy: RatePolicy(name: .reads, quota: 3), partition: ann)
        let looks = RateCharge(policy: RatePolicy(name: .route("looks", .all), quota: 1), partition: .all)
        let first = limiter.take([reads, looks])
        #expect(first.map(\.isGranted) == [true, true])
        #expect(first.map(\.remaining) == [2, 0])
        #expect(first.map(\.resetSeconds) == [20, 60])
        for _ in 0..<5 {
            let refused = limiter.take([reads, looks])
            #expect(refused.map(\.isGranted) == [true, false])
            #expect(refused.map(\.remaining) == [2, 0])
            #expect(refused.map(\.resetSeconds) == [20, 60])
        }
        // The route's bucket is full again after a minute, and the kind's long before.
        clock.nanoseconds.withLock { $0 += 60_000_000_000 }
        let later = limiter.take([reads, looks])
        #expect(later.map(\.isGranted) == [true, true])
        #expect(later.map(\.remaining) == [2, 0])
        // The other way round: the kind's is used up elsewhere, and the route's keeps what has grown.
        clock.nanoseconds.withLock { $0 += 60_000_000_000 }
        for _ in 0..<3 { _ = limiter.take(reads.policy, of: ann) }
        let other = limiter.take([reads, looks])
        #expect(other.map(\.isGranted) == [false, true])
        #expect(other.map(\.remaining) == [0, 1])
        #expect(other.map(\.resetSeconds) == [20, 0])
    }

    @Test func `limits of one name are apart by whose requests they count`() {
        let limiter = RateLimiter { 1 }
        for name in [RatePolicy.Name.route("a", .user), .route("a", .all), .route("b", .user)] {
            #expect(limiter.take(RatePolicy(name: name, quota: 1), of: ann).isGranted)
            #expect(!limiter.take(RatePolicy(name: name, quota: 1), of: ann).isGranted)
        }
    }

    @Test(arguments: [
        (RouteLimit.Partition.user, "requests of yours to this route"),
        (.address, "requests of your address to this route"),
        (.all, "requests of all clients to this route"),
    ])
    func `a refusal says whose requests were too many`(per: RouteLimit.Partition, whose: String) throws {
        let limit = try #require(RouteLimit(name: "posts", route: "POST /upload/", perMinute: 30, per: per))
        let limiter = RateLimiter { 1 }
        let verdicts = (0..<31).map { _ in limiter.take(limit.policy, of: ann) }
        let refused = try #require(verdicts.last)
        let report = RateLimitReport()
        report.note(refused)
        #expect(
            report.fields.map { "\($0.name): \($0.value)" } == [
                #"RateLimit-Policy: "posts";q=30;w=60"#, #"RateLimit: "posts";r=0;t=2"#,
            ]
        )
        let answer = ErrorAnswer(RequestError.rateLimited(refused))
        #expect(answer.message == "There were too many \(whose): 30 a minute are allowed. Try again in 2 s.")
        #expect(answer.retryAfter == .seconds(2))
    }
}
