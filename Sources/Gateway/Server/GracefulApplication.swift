import Hummingbird
import Logging
import ServiceLifecycle

/// Serves, and at a shutdown gives the requests under way a grace before it cancels them.
///
/// The grace runs from the moment at which this service is told to stop, for the services of a group stop one after the
/// other.
struct GracefulApplication<Wrapped: ApplicationProtocol>: Service {
    let application: Wrapped
    let requests: RunningRequests
    let grace: Duration
    let logger: Logger

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await cancelRequestsAfterGrace() }
            defer { group.cancelAll() }
            try await application.run()
        }
    }

    private func cancelRequestsAfterGrace() async {
        do {
            try await gracefulShutdown()
            try await Task.sleep(for: grace)
        } catch {
            // Everything has ended before.
            return
        }
        logger.warning("The grace of the shutdown is over; the requests that are left are cancelled")
        requests.cancelAll()
    }
}
