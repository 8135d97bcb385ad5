import Foundation
import Testing

@testable import Migration

struct DailyWindowTests {
    private func berlin() throws -> TimeZone { try #require(TimeZone(identifier: "Europe/Berlin")) }

    private func date(_ text: String) throws -> Date {
        try Date.ISO8601FormatStyle().parse(text)
    }

    @Test(arguments: [
        ("2026-01-15T00:59:59+01:00", false), ("2026-01-15T01:00:00+01:00", true), ("2026-01-15T04:59:59+01:00", true),
        ("2026-01-15T05:00:00+01:00", false),
    ])
    func `a window is of local time, and its end is not within`(time: String, isWithin: Bool) throws {
        let window = try DailyWindow(parsing: "01:00-05:00")
        #expect(window.contains(try date(time), in: try berlin()) == isWithin)
        #expect(window.description == "01:00-05:00")
    }

    @Test(arguments: [
        ("2026-01-15T22:29:00+01:00", false), ("2026-01-15T22:30:00+01:00", true), ("2026-01-16T00:00:00+01:00", true),
        ("2026-01-16T05:59:00+01:00", true), ("2026-01-16T06:00:00+01:00", false),
    ])
    func `a window may go over midnight`(time: String, isWithin: Bool) throws {
        let window = try DailyWindow(parsing: "22:30-06:00")
        #expect(window.contains(try date(time), in: try berlin()) == isWithin)
    }

    @Test(arguments: [
        ("2026-01-15T12:00:00+01:00", "2026-01-16T01:00:00+01:00"),
        ("2026-01-15T00:30:00+01:00", "2026-01-15T01:00:00+01:00"),
        ("2026-01-15T02:30:00+01:00", "2026-01-15T02:30:00+01:00"),
    ])
    func `it opens next at its beginning`(time: String, opening: String) throws {
        let window = try DailyWindow(parsing: "01:00-05:00")
        #expect(window.opening(from: try date(time), in: try berlin()) == (try date(opening)))
    }

    @Test func `where clocks are put forward over the beginning, it opens right after`() throws {
        // On 29 March 2026 the clocks of Berlin go from 02:00 to 03:00.
        let window = try DailyWindow(parsing: "02:30-05:00")
        let opening = window.opening(from: try date("2026-03-29T00:30:00+01:00"), in: try berlin())
        #expect(opening == (try date("2026-03-29T03:00:00+02:00")))
    }

    @Test(arguments: [
        "", "1:00-5:00", "01:00", "01:00-24:00", "01:60-02:00", "01:00-01:00", "01:00-02:00-03:00", "a-b",
    ])
    func `anything else is refused, with what is allowed`(text: String) throws {
        let error = try #require(throws: MigrationError.self) { try DailyWindow(parsing: text) }
        #expect(error.code == .invalidArgument)
        #expect(error.message.contains("\"\(text)\""))
        #expect(error.message.contains("01:00-05:00"))
    }

    @Test func `a rate is kept over all readers, and what was not used is not made up for`() {
        let limit = RateLimit(bytesPerSecond: 1000)
        #expect(abs(limit.reserve(500, at: 0) - 0.5) < 1e-9)
        #expect(abs(limit.reserve(1000, at: 0) - 1.5) < 1e-9)
        // Ten seconds later nothing is left of the wait, and nothing was saved up.
        #expect(abs(limit.reserve(250, at: 10) - 0.25) < 1e-9)
    }
}
