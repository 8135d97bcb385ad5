import Attachments
import ServiceLifecycle

/// Runs the product's background work as a service; at a shutdown it stops after the HTTP server has.
struct AttachmentJobs: Service {
    let attachments: AttachmentService

    func run() async throws {
        await cancelWhenGracefulShutdown { await attachments.run() }
    }
}
