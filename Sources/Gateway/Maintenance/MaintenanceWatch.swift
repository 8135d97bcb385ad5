import Logging
import ServiceLifecycle

/// Looks twice a second whether maintenance has begun or ended.
struct MaintenanceWatch: Service {
    let maintenance: MaintenanceSwitch
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: .milliseconds(500))) != nil {
                guard maintenance.look() else { continue }
                logger.notice(maintenance.isOn ? "Maintenance: writes are refused" : "Maintenance is over")
            }
        }
    }
}
