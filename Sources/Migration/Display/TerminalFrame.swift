import Foundation

/// The block of lines that a terminal shows of a run.
package struct TerminalFrame: Sendable {
    private let progress: MigrationProgress
    private let columns: Int
    private let rows: Int
    private let hasColor: Bool

    /// Draws how a run stands, for a terminal of such a size.
    package init(_ progress: MigrationProgress, columns: Int, rows: Int, hasColor: Bool) {
        self.progress = progress
        // The last column stays free: some terminals break the line when it is written to.
        self.columns = max(10, columns - 1)
        self.rows = max(3, rows)
        self.hasColor = hasColor
    }

    /// The lines, none of them wider than the terminal, not more of them than it has rows less one.
    package var lines: [String] {
        guard progress.phase != .preparing else { return [cut(ProgressText.end(progress))] }
        var lines = [summary, bar]
        let room = rows - lines.count - 1
        let numbers = Array(0..<progress.workerCount)
        let shown = numbers.count <= room ? numbers.count : max(0, room - 1)
        lines += numbers.prefix(shown).map(workerLine)
        if shown < numbers.count, room > 0 { lines.append(cut("  and \(numbers.count - shown) more workers")) }
        return lines
    }

    private var summary: String {
        let parts = [ProgressText.amounts(progress), ProgressText.pace(progress), ProgressText.end(progress)]
        let line = cut(parts.filter { !$0.isEmpty }.joined(separator: "   "))
        return progress.errorCount > 0 ? colored(line, .yellow) : line
    }

    private var bar: String {
        let percent = FigureText.percent(progress.movedBytes, of: progress.planned.bytes)
        let room = columns - percent.count - 3
        guard room >= 8 else { return cut(percent) }
        let share = progress.planned.bytes > 0 ? Double(progress.movedBytes) / Double(progress.planned.bytes) : 1
        let full = min(room, Int(share * Double(room)))
        let done = String(repeating: "#", count: full)
        let rest = String(repeating: "-", count: room - full)
        return "[\(colored(done, .green))\(colored(rest, .dim))] \(percent)"
    }

    private func workerLine(_ number: Int) -> String {
        let name = String(repeating: " ", count: max(0, 3 - "\(number + 1)".count)) + "\(number + 1)"
        guard let work = progress.workers[number] else { return cut("\(name)  ") + colored(cut("idle"), .dim) }
        let share = FigureText.percent(work.readCount, of: work.byteCount)
        let padding = String(repeating: " ", count: max(0, 5 - share.count))
        let size = FigureText.bytes(work.byteCount)
        let start = "\(name)  \(padding)\(share) of \(size)"
        let gap = String(repeating: " ", count: max(2, 30 - start.count))
        let room = columns - start.count - gap.count
        guard room >= 8 else { return cut(start) }
        return start + gap + TerminalCells.fit(work.location, to: room)
    }

    private func cut(_ line: String) -> String {
        // Our own words: their end is what can be missed, not their middle.
        line.count <= columns ? line : line.prefix(columns - 1) + "…"
    }

    private enum Color: String {
        case green = "32"
        case yellow = "33"
        case dim = "2"
    }

    private func colored(_ text: String, _ color: Color) -> String {
        hasColor && !text.isEmpty ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
    }
}
