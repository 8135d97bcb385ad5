import CoreMetrics
import Logging
import Synchronization

/// The one place where a running server takes a new configuration: what can be changed without a restart registers here.
///
/// A configuration with a fault changes nothing at all. Of a good one every part takes what concerns it; one that can't
/// says why, keeps what it has, and holds up no other.
package final class Reload: Sendable {
    /// Takes what concerns it of a configuration; throws where it cannot, and has changed nothing then.
    package typealias Part = @Sendable (GatewayConfiguration) async throws -> Void
    /// Reads the configuration from where it came at the start.
    package typealias Source = @Sendable () async throws -> GatewayConfiguration

    private let source: Source?
    private let logger: Logger
    private let metrics: GatewayMetrics
    private let parts = Mutex<[(name: String, take: Part)]>([])
    /// The reload that runs, for the next one to wait for.
    private let last = Mutex<Task<Bool, Never>?>(nil)

    init(source: Source?, logger: Logger, metrics: GatewayMetrics) {
        self.source = source
        self.logger = logger
        self.metrics = metrics
    }

    /// Adds a part; the name is for the log.
    package func register(_ name: String, _ take: @escaping Part) {
        parts.withLock { $0.append((name: name, take: take)) }
    }

    /// Reads the configuration anew and has every part take it, one reload at a time; answers whether all is in force.
    @discardableResult
    package func perform() async -> Bool {
        let task = last.withLock { last in
            let earlier = last
            let task = Task {
                _ = await earlier?.value
                return await reload()
            }
            last = task
            return task
        }
        return await task.value
    }

    private func reload() async -> Bool {
        guard let source else { return false }
        let configuration: GatewayConfiguration
        do {
            configuration = try await source()
        } catch {
            logger.error("The configuration was not taken; all stays as it was", metadata: ["error": "\(error)"])
            metrics.reloads[.failure].increment()
            return false
        }
        var isWhole = true
        for part in parts.withLock({ $0 }) {
            do {
                try await part.take(configuration)
            } catch {
                isWhole = false
                logger.error("A part keeps what it has", metadata: ["part": "\(part.name)", "error": "\(error)"])
            }
        }
        metrics.reloads[isWhole ? .success : .failure].increment()
        let names = parts.withLock { $0.map(\.name) }.joined(separator: ", ")
        if isWhole { logger.notice("The configuration was read anew", metadata: ["parts": "\(names)"]) }
        return isWhole
    }
}
