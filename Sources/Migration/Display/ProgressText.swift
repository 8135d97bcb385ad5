import Foundation

/// What both a terminal's block and plain lines say of a run.
enum ProgressText {
    /// `1,234 of 10,020 files   512.3 MiB of 2.1 GiB`.
    static func amounts(_ progress: MigrationProgress) -> String {
        let (done, planned) = (progress.done, progress.planned)
        let files = "\(FigureText.count(done.objects)) of \(FigureText.count(planned.objects)) files"
        return "\(files)   \(FigureText.bytes(progress.movedBytes)) of \(FigureText.bytes(planned.bytes))"
    }

    /// `41.2 MiB/s   310 files/s   2 errors`; empty where there is nothing to tell.
    static func pace(_ progress: MigrationProgress) -> String {
        var parts: [String] = []
        if progress.phase == .running, let speed = progress.speed {
            parts.append(FigureText.rate(speed.bytesPerSecond))
            parts.append(FigureText.frequency(speed.objectsPerSecond).replacing("/s", with: " files/s"))
        }
        let errors = progress.errorCount
        if errors > 0 { parts.append("\(FigureText.count(errors)) \(errors == 1 ? "error" : "errors")") }
        return parts.joined(separator: "   ")
    }

    /// How long it takes still, or why it stands.
    static func end(_ progress: MigrationProgress) -> String {
        switch progress.phase {
        case .preparing:
            "taking the inventory"
        case .running:
            progress.secondsLeft.map { "\(FigureText.duration(seconds: $0)) left" } ?? ""
        case .paused:
            progress.workers.isEmpty ? "paused (SIGUSR2 resumes)" : "pausing: what is under way ends"
        case .waiting(let until):
            "outside of the time window, goes on at \(FigureText.time(until))"
        case .ended:
            "ended"
        }
    }

    /// All of it in one line.
    static func line(_ progress: MigrationProgress) -> String {
        guard progress.phase != .preparing else { return end(progress) }
        let percent = FigureText.percent(progress.movedBytes, of: progress.planned.bytes)
        return ["\(amounts(progress)) (\(percent))", pace(progress), end(progress)].filter { !$0.isEmpty }
            .joined(separator: "   ")
    }
}
