import Attachments
import Catalog
import Foundation
import Hummingbird

/// All routes of the gateway, and what every request passes through before it reaches one.
struct Routes {
    let attachments: AttachmentService
    let catalog: Catalog
    let verifier: LiveValue<TokenVerifier>
    let apiKeys: APIKeyVerifier
    /// What every route of the API begins with; no slash at the end.
    let basePath: String
    /// The largest file that is taken, in bytes.
    let largestFile: Int64
    /// Which web pages may call the API.
    let crossOrigin: CrossOriginConfiguration
    /// How files get to clients.
    let delivery: DeliveryConfiguration
    /// Where the handlers' work is cancelled when a shutdown's grace is over.
    let requests: RunningRequests
    /// What requests are held to.
    let rates: RateLimiting
    let metrics: GatewayMetrics
    let maintenance: MaintenanceSwitch
    /// What `/metrics` answers; nil where it is not served here.
    let metricsPage: MetricsPage?
    /// What URLs of this server's own are signed with; nil where there are none.
    let oldObjectLinks: SignedLinks?
    /// What URLs of playlists are signed with; nil where there are none.
    let streamLinks: StreamLinks?
    /// What finds out where this server is reached, where a URL of its own must say so.
    let basing: RequestBasing?

    func makeRouter() -> Router<GatewayContext> {
        let router = Router(context: GatewayContext.self)
        let paths = KnownPaths()
        let uploadPaths: Set = ["\(basePath)/upload", "\(basePath)/videos/upload"]
        router.add(middleware: LayeredMiddleware(layers(uploadPaths: uploadPaths, paths: paths)))
        let table = RouteTable(
            router: router,
            paths: paths,
            basePath: basePath,
            authenticator: Authenticator(verifier: verifier, apiKeys: apiKeys),
            rates: rates,
            uploadPaths: uploadPaths,
            requests: requests,
            metrics: metrics
        )
        addUploads(to: table)
        let content = ContentHandler(attachments: attachments, configuration: delivery)
        AttachmentRoutes(attachments: attachments, content: content).add(to: table)
        TrashRoutes(attachments: attachments).add(to: table)
        OldObjectRoutes(attachments: attachments, links: oldObjectLinks).add(to: table)
        StreamRoutes(attachments: attachments, links: streamLinks).add(to: table)
        ConversationRoutes(attachments: attachments, catalog: catalog).add(to: table)
        ParticipantRoutes(attachments: attachments, catalog: catalog).add(to: table)
        MessageRoutes(attachments: attachments, catalog: catalog).add(to: table)
        ActivityRoutes(catalog: catalog).add(to: table)
        OperatorRoutes(catalog: catalog).add(to: table)
        JobRoutes(catalog: catalog).add(to: table)
        EventRoutes(attachments: attachments).add(to: table)
        HealthRoutes(attachments: attachments, catalog: catalog).add(to: table)
        if let metricsPage { MetricsRoutes(page: metricsPage).add(to: table) }
        return router
    }

    private func layers(uploadPaths: Set<String>, paths: KnownPaths) -> some RequestLayer {
        // Twice: one body that is too large by some, whose client reads nothing before it has sent all.
        let lingering = LingeringLimits(byteCount: 2 * largestFile)
        return ClientAddressing(limits: rates.limits)
            .then(AccessLog(metrics: metrics))
            .then(BrowserShield())
            .then(LingeringClose(limits: lingering, requests: requests, gatewayLimits: rates.limits))
            .then(CrossOrigin(configuration: crossOrigin))
            .then(RateLimitFields())
            .then(ErrorResponder(uploadPaths: uploadPaths))
            .then(AddressRateLimit(rates: rates))
            .then(UnknownMethods(paths: paths))
            .then(MaintenanceGate(maintenance: maintenance))
            .then(basing)
    }

    private func addUploads(to table: RouteTable) {
        let files = UploadHandler(attachments: attachments, route: .any)
        let videos = UploadHandler(attachments: attachments, route: .videosOnly)
        table.add("/upload", [.post: { try await files.handle($0, $1) }])
        table.add("/videos/upload", [.post: { try await videos.handle($0, $1) }])
    }
}

extension AuthenticatedContext {
    /// A part of the path as text, percent-encoding undone.
    func pathText(_ name: String) -> String {
        let raw = parameters.get(name) ?? ""
        return raw.removingPercentEncoding ?? raw
    }
}
