import Catalog
import Foundation
import Hummingbird

/// What is stored; for tokens with the read or the service scope.
struct OperatorRoutes: Sendable {
    let catalog: Catalog

    func add(to table: RouteTable) {
        table.add("/usage", [.get: { try await usage($0, $1) }])
    }

    private func usage(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try context.requireReader()
        let query = RequestQuery(request)
        let grouping: UsageGrouping = try query.choice("by") ?? .fileType
        let limit = try query.integer("limit", in: 1...1000, default: 100)
        let owner = try owner(query)
        let key = try PageCursor.key(query)
        guard grouping != .fileType else {
            let sums = try await catalog.usageByFileType(of: owner)
            let trash = try await catalog.trashUsage(of: owner)
            return try .json(UsagePageJSON(grouping: grouping, usage: sums, trash: trash, nextCursor: nil))
        }
        guard owner == .everyone else {
            throw RequestError.invalid("user_id and conversation_id go with by=file_type alone.")
        }
        let found = try await catalog.usage(by: grouping, after: key, limit: limit + 1)
        let page = Array(found.prefix(limit))
        let next = found.count > limit ? page.last.map { PageCursor.text(of: $0.key) } : nil
        return try .json(UsagePageJSON(grouping: grouping, usage: page, trash: nil, nextCursor: next))
    }

    private func owner(_ query: RequestQuery) throws -> UsageOwner {
        switch (try query.userID("user_id"), try query.id("conversation_id")) {
        case (nil, nil): .everyone
        case (let user?, nil): .user(user)
        case (nil, let conversation?): .conversation(conversation)
        case (_?, _?): throw RequestError.invalid("Give user_id or conversation_id, not both.")
        }
    }
}
