import Foundation
import Synchronization

/// Says whether another object may be begun: not while paused, not outside of the window, never after a stop.
final class RunGate: Sendable {
    private struct State {
        var isPaused = false
        var isStopped = false
        var reason: MigrationError?
        var announcedOpening: Date?
    }

    /// How soon a change is noticed.
    private static let interval = Duration.milliseconds(100)
    private let window: DailyWindow?
    private let clock: @Sendable () -> Date
    private let observer: (any MigrationObserver)?
    private let state = Mutex(State())

    init(configuration: MigrationRunConfiguration, observer: (any MigrationObserver)?) {
        window = configuration.window
        clock = configuration.clock
        self.observer = observer
    }

    var isPaused: Bool { state.withLock(\.isPaused) }
    var isStopped: Bool { state.withLock(\.isStopped) }
    /// Why the run had to be stopped, where it was not the operator's wish.
    var reason: MigrationError? { state.withLock(\.reason) }

    func pause(_ pauses: Bool) {
        let changes = state.withLock { state in
            defer { state.isPaused = pauses }
            return state.isPaused != pauses
        }
        if changes { observer?.migration(pauses ? .paused : .resumed) }
    }

    func stop(because reason: MigrationError? = nil) {
        state.withLock { state in
            state.isStopped = true
            state.reason = state.reason ?? reason
        }
    }

    /// Returns true when an object may be begun, false after a stop.
    func pass() async throws -> Bool {
        while true {
            let (isStopped, isPaused) = state.withLock { ($0.isStopped, $0.isPaused) }
            if isStopped { return false }
            if !isPaused, isOpen() { return true }
            try await Task.sleep(for: Self.interval)
        }
    }

    private func isOpen() -> Bool {
        guard let window else { return true }
        let now = clock()
        guard !window.contains(now) else {
            state.withLock { $0.announcedOpening = nil }
            return true
        }
        let opening = window.opening(from: now)
        let isNews = state.withLock { state in
            defer { state.announcedOpening = opening }
            return state.announcedOpening != opening
        }
        if isNews { observer?.migration(.waiting(until: opening)) }
        return false
    }
}
