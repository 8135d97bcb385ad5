import Foundation
import Migration
import Testing

@Suite(.timeLimit(.minutes(1)))
struct MigrationDisplayTests {
    /// What a display writes into a pipe while `work` runs.
    private static func written(
        _ style: DisplayStyle,
        _ work: @escaping @Sendable (MigrationDisplay) async throws -> Void
    ) async throws -> String {
        let pipe = Pipe()
        let device = TerminalDevice(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        #expect(!device.isTerminal)
        #expect(device.size == nil)
        let display = MigrationDisplay(style: style, device: device, lineInterval: .milliseconds(200))
        try await display.showing { try await work(display) }
        try pipe.fileHandleForWriting.close()
        return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }

    private static var totals: MigrationTotals {
        var totals = MigrationTotals()
        totals.planned = MigrationTotals.Amount(objects: 3, bytes: 3000)
        totals.done = MigrationTotals.Amount(objects: 1, bytes: 1000)
        return totals
    }

    @Test func `plain lines tell the beginning, failures, and how it stands`() async throws {
        let text = try await Self.written(.plain) { display in
            display.migration(.began(Self.totals))
            display.migration(.started(worker: 0, location: "a\nb", byteCount: 1000))
            display.migration(.finished(worker: 0, location: "a\nb", byteCount: 1000, failure: .sourceUnreadable))
            try await Task.sleep(for: .milliseconds(600))
        }
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.first == "3 files, 2.9 KiB; 1 of them arrived before")
        #expect(lines.contains("failed: a\\u{A}b: source_unreadable"))
        #expect(lines.contains { $0.hasPrefix("1 of 3 files   1000 B of 2.9 KiB (33 %)") && $0.contains("1 error") })
        #expect(!text.contains("\u{1B}"))
    }

    @Test func `of very many failures the first are shown one by one`() async throws {
        let text = try await Self.written(.plain) { display in
            for index in 0..<500 {
                display.migration(.finished(worker: 0, location: "\(index)", byteCount: 1, failure: .sourceMissing))
            }
        }
        let lines = text.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("failed: ") }.count == 20)
        #expect(lines.contains { $0.contains("storage status --failures") })
    }

    @Test func `JSON lines can be read back, each alone`() async throws {
        let text = try await Self.written(.json) { display in
            display.migration(.began(Self.totals))
            display.migration(.finished(worker: 0, location: "ü\"\n", byteCount: 7, failure: .targetTaken))
            display.migration(.retried(location: "ü\"\n", attempt: 2))
            display.say("not in JSON")
            try await Task.sleep(for: .milliseconds(600))
            display.migration(.ended(Self.totals))
        }
        let lines = try text.split(separator: "\n")
            .map { line in
                try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            }
        let events = lines.compactMap { $0["event"] as? String }
        #expect(events.first == "began")
        #expect(events.last == "ended")
        #expect(events.contains("progress"))
        #expect(lines[0]["planned_files"] as? Int == 3)
        let failed = try #require(lines.first { $0["event"] as? String == "failed" })
        #expect(failed["location"] as? String == "ü\"\n")
        #expect(failed["code"] as? String == "target_taken")
        #expect(failed["bytes"] as? Int == 7)
        let retried = try #require(lines.first { $0["event"] as? String == "retried" })
        #expect(retried["attempt"] as? Int == 2)
        #expect(!text.contains("not in JSON"))
    }

    @Test func `a terminal's block is drawn over in place and is gone at the end`() async throws {
        let text = try await Self.written(.terminal(hasColor: false)) { display in
            display.migration(.began(Self.totals))
            display.migration(.started(worker: 0, location: "film.mp4", byteCount: 1000))
            display.say("a line above")
            try await Task.sleep(for: .milliseconds(500))
        }
        #expect(text.contains("film.mp4"))
        #expect(text.contains("a line above\u{1B}[K\r\n"))
        // Up to the first of three lines; never a cleared screen, which would flicker.
        #expect(text.contains("\r\u{1B}[2A"))
        #expect(!text.contains("\u{1B}[2J"))
        #expect(text.hasSuffix("\r\u{1B}[2A\u{1B}[J\u{1B}[?2026l"))
    }

    @Test func `what the work throws comes out`() async throws {
        let error = await #expect(throws: MigrationError.self) {
            _ = try await Self.written(.plain) { _ in throw MigrationError(.journal, "no") }
        }
        #expect(error?.code == .journal)
    }
}
