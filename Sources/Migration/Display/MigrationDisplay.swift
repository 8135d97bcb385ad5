import Foundation
import Synchronization

/// Shows a run while it runs: hears its events, and writes at its own pace.
///
/// Events are taken in under a lock and cost no writing; a task of its own draws ten times a second on a terminal, and each
/// few seconds elsewhere.
package final class MigrationDisplay: MigrationObserver {
    private struct State {
        var progress = MigrationProgress()
        var screen = TerminalScreen()
        var waiting: [String] = []
        var shownFailures = 0
        var lastLine: ContinuousClock.Instant
    }

    /// More failures than that are not shown one by one outside of JSON: the journal has them.
    private static let mostFailures = 20
    private static let frameInterval = Duration.milliseconds(100)

    private let style: DisplayStyle
    private let device: TerminalDevice
    private let lineInterval: Duration
    private let state: Mutex<State>

    /// Prepares a display that writes in one style to one place, and plain and JSON lines at such intervals.
    package init(style: DisplayStyle, device: TerminalDevice, lineInterval: Duration = .seconds(5)) {
        self.style = style
        self.device = device
        self.lineInterval = lineInterval
        state = Mutex(State(lastLine: .now))
    }

    /// Shows what `work` does until it is done, then takes the block of lines away again.
    package func showing<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        let drawing = Task { [self] in
            while !Task.isCancelled {
                draw(isLast: false)
                try? await Task.sleep(for: Self.frameInterval)
            }
        }
        let result: Result<Value, any Error>
        do {
            result = .success(try await work())
        } catch {
            result = .failure(error)
        }
        drawing.cancel()
        await drawing.value
        draw(isLast: true)
        return try result.get()
    }

    /// Takes an event in; what it tells is shown with the next frame or line.
    package func migration(_ event: MigrationEvent) {
        state.withLock { state in
            state.progress.apply(event)
            if let line = line(of: event, &state) { state.waiting.append(line) }
        }
    }

    /// A line of the caller's own among those of the run, made safe for a terminal; not in JSON.
    package func say(_ line: String) {
        guard style != .json else { return }
        state.withLock { $0.waiting.append(TerminalCells.safe(line)) }
    }

    private func line(of event: MigrationEvent, _ state: inout State) -> String? {
        if style == .json { return ProgressLine(event, state.progress, at: Date())?.json }
        if case .finished(_, _, _, .some) = event {
            state.shownFailures += 1
            if state.shownFailures == Self.mostFailures + 1 {
                return "further failures are not shown here; `satchel storage status --failures` has all of them"
            }
            if state.shownFailures > Self.mostFailures { return nil }
        }
        return PlainLines.line(event)
    }

    private func draw(isLast: Bool) {
        // A terminal that somebody stopped (Ctrl-S) must not stop the run: it gets the next frame.
        if case .terminal = style, !isLast, !device.isReady { return }
        let now = ContinuousClock.now
        let size = device.size
        let text = state.withLock { state -> String in
            state.progress.tick(at: now)
            let messages = state.waiting
            state.waiting = []
            if case .terminal(let hasColor) = style {
                if isLast {
                    return state.screen.clear() + messages.map { "\($0)\n" }.joined()
                }
                // The size is asked for each time: that is a resize seen without a signal.
                let frame = TerminalFrame(
                    state.progress,
                    columns: size?.columns ?? 80,
                    rows: size?.rows ?? 24,
                    hasColor: hasColor
                )
                return state.screen.update(scrolling: messages, block: frame.lines)
            }
            var lines = messages
            if !isLast, now - state.lastLine >= lineInterval {
                state.lastLine = now
                let isJSON = style == .json
                let progress = state.progress
                lines.append(
                    isJSON ? ProgressLine(.progress, progress, at: Date()).json : ProgressText.line(progress)
                )
            }
            return lines.map { "\($0)\n" }.joined()
        }
        if !text.isEmpty { device.write(text) }
    }
}
