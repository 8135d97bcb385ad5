import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Migration

/// A run begins with objects within its window alone.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(1)))
struct MigrationWindowTests {
    private final class Clock: Sendable {
        private let time: Mutex<Date>

        init(_ time: Date) { self.time = Mutex(time) }

        var now: Date { time.withLock { $0 } }

        func set(_ time: Date) { self.time.withLock { $0 = time } }
    }

    /// That hour of a day in the zone of this machine, as windows are.
    private func date(hour: Int) throws -> Date {
        try #require(
            Calendar(identifier: .gregorian).date(from: DateComponents(year: 2026, month: 1, day: 15, hour: hour))
        )
    }

    @Test func `outside of the window nothing is put, and within it the run goes on`() async throws {
        let fixture = try await MigrationFixture()
        for name in ["a", "b"] { try fixture.write(name, Array(name.utf8)) }
        let clock = Clock(try date(hour: 12))
        var configuration = fixture.quick
        configuration.window = try DailyWindow(parsing: "14:00-16:00")
        configuration.clock = { clock.now }
        let log = EventLog()
        let opening = try date(hour: 14)
        let waited = Task {
            // Some looks at the clock later, so that what began too early would be seen.
            while !log.events.contains(where: { if case .waiting(until: opening) = $0 { true } else { false } }) {
                try await Task.sleep(for: .milliseconds(20))
            }
            try await Task.sleep(for: .milliseconds(500))
            let count = fixture.count("PutObject")
            clock.set(opening)
            return count
        }
        let totals = try await fixture.run(
            ["a", "b"].map { MigrationItem(location: $0, targetKey: $0) },
            configuration,
            observer: log
        )
        #expect(try await waited.value == 0)
        #expect(totals.done.objects == 2)
        #expect(fixture.count("PutObject") == 2)
        #expect(try await fixture.content("b") == Array("b".utf8))
    }
}
