import Foundation
import Migration
import Testing

struct TerminalFrameTests {
    private static func progress(workers: Int) -> MigrationProgress {
        var totals = MigrationTotals()
        totals.planned = MigrationTotals.Amount(objects: 10_020, bytes: 1000 << 20)
        totals.done = MigrationTotals.Amount(objects: 1234, bytes: 250 << 20)
        var progress = MigrationProgress()
        progress.apply(.began(totals))
        for worker in 0..<workers {
            let location = "attachments/2025/01/15/a rather long name \u{1B}[2J of a film \(worker).mp4"
            progress.apply(.started(worker: worker, location: location, byteCount: 100 << 20))
            progress.apply(.advanced(worker: worker, byteCount: 0))
        }
        return progress
    }

    @Test func `it has the counts, a bar, and a line a worker`() {
        let lines = TerminalFrame(Self.progress(workers: 2), columns: 100, rows: 24, hasColor: false).lines
        #expect(lines.count == 4)
        #expect(lines[0] == "1,234 of 10,020 files   250.0 MiB of 1000.0 MiB")
        #expect(lines[1].hasPrefix("[#####"))
        #expect(lines[1].hasSuffix("-] 25 %"))
        #expect(lines[2].hasPrefix("  1    0 % of 100.0 MiB"))
        #expect(lines[2].hasSuffix("of a film 0.mp4"))
    }

    @Test(arguments: [1, 10, 20, 40, 79, 80, 200])
    func `no line is wider than the terminal, and none has a control`(columns: Int) {
        var progress = Self.progress(workers: 9)
        progress.apply(.paused)
        let lines = TerminalFrame(progress, columns: columns, rows: 50, hasColor: false).lines
        for line in lines {
            let width = TerminalCells.width(line)
            #expect(width <= max(columns - 1, 10))
            #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 })
        }
    }

    @Test(arguments: [3, 4, 5, 10, 12, 24])
    func `more workers than the terminal has rows are summed up`(rows: Int) {
        let lines = TerminalFrame(Self.progress(workers: 9), columns: 80, rows: rows, hasColor: false).lines
        #expect(lines.count <= max(rows - 1, 2))
        if rows == 10 { #expect(lines.last == "  and 3 more workers") }
        if rows == 24 { #expect(lines.count == 11) }
    }

    @Test func `colours are there only where they are wanted`() {
        let plain = TerminalFrame(Self.progress(workers: 1), columns: 80, rows: 24, hasColor: false).lines.joined()
        let colored = TerminalFrame(Self.progress(workers: 1), columns: 80, rows: 24, hasColor: true).lines.joined()
        #expect(!plain.contains("\u{1B}"))
        #expect(colored.contains("\u{1B}[32m"))
    }

    @Test func `before the run begins there are no counts to show`() {
        let lines = TerminalFrame(MigrationProgress(), columns: 80, rows: 24, hasColor: true).lines
        #expect(lines == ["taking the inventory"])
    }

    @Test func `a worker without an object is idle`() {
        var progress = Self.progress(workers: 1)
        progress.apply(.finished(worker: 0, location: "x", byteCount: 1, failure: .sourceMissing))
        let lines = TerminalFrame(progress, columns: 80, rows: 24, hasColor: false).lines
        #expect(lines[2] == "  1  idle")
        #expect(lines[0].hasSuffix("1 error"))
    }

    @Test(arguments: [
        (false, true, ["TERM": "xterm-256color"], DisplayStyle.terminal(hasColor: true)),
        (false, true, ["TERM": "xterm", "NO_COLOR": "1"], .terminal(hasColor: false)),
        (false, true, ["TERM": "xterm", "NO_COLOR": ""], .terminal(hasColor: true)),
        (false, true, ["TERM": "dumb"], .plain), (false, true, [:], .plain), (false, false, ["TERM": "xterm"], .plain),
        (true, true, ["TERM": "xterm"], .json),
    ])
    func `the style follows the terminal and the environment`(
        wantsJSON: Bool,
        isTerminal: Bool,
        environment: [String: String],
        style: DisplayStyle
    ) {
        let found = DisplayStyle.fitting(wantsJSON: wantsJSON, isTerminal: isTerminal, environment: environment)
        #expect(found == style)
    }
}
