import Migration
import Synchronization

/// Says how far a long command without a display is: a line every five seconds, to the standard error.
final class TimedLines: Sendable {
    private static let interval = Duration.seconds(5)
    private let told = Mutex(ContinuousClock.now)

    /// Says a line unless the one before is newer than that.
    func say(_ line: () -> String) {
        let isDue = told.withLock { told in
            guard told.duration(to: .now) >= Self.interval else { return false }
            told = .now
            return true
        }
        if isDue { Console.printError(line()) }
    }
}

extension PlanStage {
    /// What was done to so many files in the stage.
    var words: String {
        switch self {
        case .source: "of the source listed"
        case .inventory: "looked at"
        case .target: "of the target listed"
        }
    }
}
