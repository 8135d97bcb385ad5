import Attachments
package import Catalog
import Foundation
import Glibc
package import Logging
import Media
import S3
import ServiceLifecycle
import UnixSignals

/// Works off jobs in a process beside the server: the same configuration, no HTTP.
package struct JobWorker: Sendable {
    private let logger: Logger
    private let catalog: Catalog
    private let storage: S3Client
    private let media: MediaRunner
    private let oldPlaces: GatewayServer.OldPlaces?
    private let eventClients: EventClients
    private let attachments: AttachmentService

    /// Opens the database beside a server that may run, and prepares everything; no job is begun yet.
    ///
    /// Throws where the database can't be opened, its schema is not this release's, or its objects are in another storage.
    package init(configuration: GatewayConfiguration, logger: Logger) async throws {
        self.logger = logger
        catalog = try Catalog.open(
            path: configuration.databasePath,
            webhooks: WebhookTargets(configuration.webhooks),
            replacement: configuration.attachments.transcoding.replacementRule
        )
        try catalog.requireCurrentSchema()
        oldPlaces = try await GatewayServer.openOldPlaces(configuration, catalog: catalog, logger: logger)
        storage = try S3Client(configuration: configuration.storage)
        media = MediaRunner(workerPath: configuration.workerPath)
        configuration.attachments.removeDeadSpools()
        eventClients = try EventClients(configuration)
        attachments = AttachmentService(
            configuration: configuration.attachments.beside(processID: getpid()),
            catalog: catalog,
            storage: storage,
            media: media,
            source: oldPlaces?.source,
            scanner: eventClients.scanner,
            webhookSender: eventClients.sender,
            logger: logger
        )
    }

    /// Does jobs of some kinds until SIGTERM or SIGINT; those that run then are given back.
    ///
    /// Throws where the server was started with another storage meanwhile.
    package func run(kinds: Set<JobKind>) async throws {
        try await withParts {
            logger.notice("Working jobs off", metadata: ["kinds": "\(kinds.map(\.rawValue).sorted())"])
            let services = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [WorkedJobs(attachments: attachments, kinds: kinds)],
                    gracefulShutdownSignals: [.sigterm, .sigint],
                    logger: logger
                )
            )
            try await services.run()
        }
    }

    /// Does one job now, and answers how it ended; nil where it is not over.
    package func run(jobID: Int64) async throws -> EndedJob? {
        try await withParts { try await attachments.runJob(id: jobID) }
    }

    private func withParts<Value>(_ body: () async throws -> Value) async throws -> Value {
        // A peer that goes away is an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let outcome: Result<Value, any Error>
        do {
            try attachments.recover()
            outcome = .success(try await body())
        } catch {
            outcome = .failure(error)
        }
        await media.shutdown()
        await storage.shutdown()
        await oldPlaces?.source.store.shutdown()
        await eventClients.shutdown()
        do {
            try catalog.close()
        } catch {
            logger.warning("The database was not closed cleanly", metadata: ["error": .string("\(error)")])
        }
        return try outcome.get()
    }
}

/// The work as a service, which ends with a shutdown.
private struct WorkedJobs: Service {
    let attachments: AttachmentService
    let kinds: Set<JobKind>

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await attachments.runJobs(of: kinds) }
    }
}
