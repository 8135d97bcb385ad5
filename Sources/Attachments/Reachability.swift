import Logging
import S3
import Synchronization

/// Whether the bucket answers, as readiness probes ask: whoever asks while the storage is being asked waits for that
/// answer, and an answer serves for a second, so that probes do not load the storage.
final class Reachability: Sendable {
    private struct State {
        var last: (at: ContinuousClock.Instant, isReachable: Bool)?
        var running: Task<Bool, Never>?
    }

    private let storage: S3Client
    private let logger: Logger
    private let state = Mutex(State())

    init(storage: S3Client, logger: Logger) {
        self.storage = storage
        self.logger = logger
    }

    func current() async -> Bool {
        let answer = state.withLock { state -> Task<Bool, Never> in
            if let last = state.last, last.at.duration(to: .now) < .seconds(1) {
                return Task { last.isReachable }
            }
            if let running = state.running { return running }
            let asked = Task { await ask() }
            state.running = asked
            return asked
        }
        return await answer.value
    }

    private func ask() async -> Bool {
        let isReachable: Bool
        do {
            try await storage.probe()
            isReachable = true
        } catch {
            logger.warning("The bucket cannot be reached", metadata: ["error": "\(error)"])
            isReachable = false
        }
        state.withLock { $0 = State(last: (.now, isReachable)) }
        return isReachable
    }
}
