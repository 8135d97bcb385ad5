import Catalog
import HTTPTypes
import Hummingbird

/// The activity log, page by page; for tokens with the read or the service scope.
struct ActivityRoutes: Sendable {
    let catalog: Catalog

    private static let limits = 1...1000
    private static let usualLimit = 100

    func add(to table: RouteTable) {
        table.add("/activity", [.get: { try await list($0, $1) }])
    }

    private func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try context.requireReader()
        let query = request.uri.queryParameters
        let limit = try Self.limit(query["limit"])
        let before = try Self.before(query["before"])
        // One more than asked for tells whether there is a next page.
        let found = try await catalog.activities(limit: limit + 1, before: before)
        return try .json(ActivityPageJSON(found.prefix(limit), hasMore: found.count > limit))
    }

    private static func limit(_ text: Substring?) throws -> Int {
        guard let text else { return usualLimit }
        guard let number = Int(text), limits.contains(number) else {
            throw RequestError.invalid(
                "limit must be a whole number from \(limits.lowerBound) to \(limits.upperBound); "
                    + "\"\(text.prefix(64))\" is not."
            )
        }
        return number
    }

    private static func before(_ text: Substring?) throws -> Int64? {
        guard let text else { return nil }
        guard let id = Int64(text), id > 0 else {
            throw RequestError.invalid(
                "before must be the id of an activity, a positive whole number; \"\(text.prefix(64))\" is not."
            )
        }
        return id
    }
}
