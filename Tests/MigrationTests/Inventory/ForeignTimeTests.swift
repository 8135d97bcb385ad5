import Foundation
import Testing

@testable import Migration

struct ForeignTimeTests {
    // The seconds are those of `date -u -d … +%s`.
    @Test(arguments: [
        ("2025-01-15 10:30:00.123456", 1_736_937_000.123),
        ("2025-01-15 10:30:00", 1_736_937_000),
        ("2025-01-15T10:30:00Z", 1_736_937_000),
        ("2025-01-15 10:30:00+00", 1_736_937_000),
        ("2025-01-15 10:30:00.5+01:00", 1_736_933_400.5),
        ("2025-01-15T10:30:00-0330", 1_736_949_600),
        ("2025-01-15 10:30", 1_736_937_000),
        ("2025-01-15", 1_736_899_200),
        ("1969-12-31 23:59:59.25", -0.75),
        ("2000-02-29 00:00:00", 951_782_400),
        ("1899-12-31 12:00:00+00:19:32", -2_209_033_172),
        ("2024-12-31 23:59:59.9996", 1_735_689_600),
        ("2016-12-31 23:59:60", 1_483_228_800),
    ])
    func `a time is read to the millisecond`(text: String, seconds: Double) {
        #expect(ForeignTime.date(text, timeZone: .gmt) == Date(timeIntervalSince1970: seconds))
    }

    @Test(arguments: [
        "", "yesterday", "2025-13-01", "2025-02-29", "2025-1-5", "2025-01-15 24:00", "2025-01-15 10:61",
        "0000-00-00 00:00:00",
        "2025-01-15 10:30:00 CET", "2025-01-15 10:30:00.", "2025-01-15 10:30:00+", "2025-01-15x", "1736937000",
        "2025-01-15 10:30:00Zz",
    ])
    func `what is no time is none`(text: String) {
        #expect(ForeignTime.date(text, timeZone: .gmt) == nil)
    }

    @Test func `a time without an offset is that of the zone, of the first of two when clocks go back`() throws {
        let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
        let seconds = ["2025-01-15 10:30:00", "2025-07-15 10:30:00", "2025-10-26 02:30:00", "2025-10-26 03:00:00"]
            .map {
                ForeignTime.date($0, timeZone: berlin)?.timeIntervalSince1970
            }
        #expect(seconds == [1_736_933_400, 1_752_568_200, 1_761_438_600, 1_761_444_000])
        #expect(ForeignTime.date("2025-07-15 10:30:00Z", timeZone: berlin)?.timeIntervalSince1970 == 1_752_575_400)
    }
}
