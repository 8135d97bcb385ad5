import NIOCore
import ServiceLifecycle

/// Tells the service manager when the server listens and when it stops, and gives signs of life in between.
struct ServiceManagerReports: Service {
    let notifier: ServiceNotifier
    let listeningPort: ListeningPort
    /// The connections' threads: a sign of life says that each of them has come round.
    let loops: any EventLoopGroup

    func run() async throws {
        guard await isListening() else { return }
        notifier.tell("READY=1")
        await cancelWhenGracefulShutdown {
            guard let interval = notifier.watchdogInterval else {
                try? await gracefulShutdown()
                return
            }
            // sd_watchdog_enabled(3): at half the interval.
            while (try? await Task.sleep(for: interval / 2)) != nil {
                for loop in loops.makeIterator() { try? await loop.submit {}.get() }
                notifier.tell("WATCHDOG=1")
            }
        }
        notifier.tell("STOPPING=1")
    }

    /// Waits until the server listens; false where it stops, or fails, before that.
    private func isListening() async -> Bool {
        await cancelWhenGracefulShutdown {
            while listeningPort.number == nil {
                guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { return false }
            }
            return true
        }
    }
}
