import Catalog
import Curl
import Foundation
import Logging
import Media
import S3
import SigV4
import TestSupport

@testable import Attachments

/// A service over a catalog of its own, whose storage and worker are not there: for what asks nothing of them.
struct OfflineService {
    let service: AttachmentService
    let catalog: Catalog

    /// Runs the body with a service of which `recover` has not been called, over a catalog that has no schema yet unless it `migrates`.
    ///
    /// `clock` is the storage's, as `credentials` are.
    static func run(
        migrates: Bool = true,
        webhooks: WebhookTargets = .none,
        playlistLinks: (any PlaylistLinks)? = nil,
        clock: @escaping @Sendable () -> SigningTime = { SigningTime.now() },
        credentials: Credentials = Credentials(accessKeyID: "AKID", secretAccessKey: "secret"),
        configure: (inout AttachmentsConfiguration) -> Void = { _ in },
        _ body: (OfflineService) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        let catalog = try Catalog.open(path: directory.file("catalog.sqlite"), webhooks: webhooks)
        if migrates { try catalog.migrate() }
        var configuration = AttachmentsConfiguration(
            spoolDirectory: directory.file("spool"),
            partSizeBytes: 5 << 20
        )
        configure(&configuration)
        let curl = try CurlClient()
        let storage = S3Client(
            configuration: S3Configuration(
                endpoint: try S3Endpoint(parsing: "http://127.0.0.1:9"),
                bucket: "bucket",
                credentials: credentials
            ),
            curl: curl,
            clock: clock
        )
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let service = AttachmentService(
            configuration: configuration,
            catalog: catalog,
            storage: storage,
            media: MediaRunner(workerPath: "/nonexistent/satchel-worker"),
            playlistLinks: playlistLinks,
            logger: logger
        )
        let outcome: Result<Void, any Error>
        do {
            try await body(OfflineService(service: service, catalog: catalog))
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await curl.shutdown()
        withExtendedLifetime(directory) {}
        try outcome.get()
    }
}
