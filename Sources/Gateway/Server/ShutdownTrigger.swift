import ServiceLifecycle
import Synchronization

/// Starts the graceful shutdown of a group of services from outside; also before the group is there.
final class ShutdownTrigger: Sendable {
    private enum State {
        case idle
        case requested
        case running(ServiceGroup)
    }

    private let state = Mutex(State.idle)

    /// Hands the group over; true where the shutdown was asked for already.
    func attach(_ group: ServiceGroup) -> Bool {
        state.withLock { state in
            if case .requested = state { return true }
            state = .running(group)
            return false
        }
    }

    func fire() async {
        let group: ServiceGroup? = state.withLock { state in
            if case .running(let group) = state { return group }
            state = .requested
            return nil
        }
        await group?.triggerGracefulShutdown()
    }
}
