import Logging
import ServiceLifecycle
import UnixSignals

/// Reloads at each SIGHUP, and tells the service manager so.
struct ReloadSignals: Service {
    let reload: Reload
    let notifier: ServiceNotifier?

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            notifier?.tellReloading()
            await reload.perform()
            notifier?.tell("READY=1")
        }
    }
}
