import Attachments
import Catalog
import HTTPTypes
import Hummingbird

/// Liveness and readiness, for the machinery that runs the server; neither needs a token.
struct HealthRoutes: Sendable {
    let attachments: AttachmentService
    let catalog: Catalog

    func add(to table: RouteTable) {
        table.addOpen("/healthz", [.get: { _, _ in try live() }, .head: { _, _ in try live() }])
        table.addOpen("/readyz", [.get: { try await ready($1) }, .head: { try await ready($1) }])
    }

    /// The process answers.
    private func live() throws -> Response {
        try .json(HealthJSON(status: "ok"))
    }

    /// The database and the bucket answer, so that uploads can be taken.
    private func ready(_ context: GatewayContext) async throws -> Response {
        let storageIsReady = await attachments.storageIsReachable()
        let databaseIsReady: Bool
        do {
            try await catalog.ping()
            databaseIsReady = true
        } catch {
            databaseIsReady = false
        }
        let isReady = storageIsReady && databaseIsReady
        var response = try Response.json(
            HealthJSON(
                status: isReady ? "ready" : "unavailable",
                database: databaseIsReady ? "ok" : "unavailable",
                storage: storageIsReady ? "ok" : "unavailable",
                error: isReady ? nil : "The server is not ready.",
                code: isReady ? nil : "not_ready",
                requestID: isReady ? nil : context.requestID
            ),
            status: isReady ? .ok : .serviceUnavailable
        )
        if !isReady { response.headers[.retryAfter] = "5" }
        return response
    }
}

/// What a probe reads; a part that was not asked about is left out.
private struct HealthJSON: Encodable {
    let status: String
    var database: String?
    var storage: String?
    var error: String?
    var code: String?
    var requestID: String?

    private enum CodingKeys: String, CodingKey {
        case status, database, storage, error, code
        case requestID = "request_id"
    }
}
