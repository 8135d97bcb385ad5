import Foundation
import SigV4
import Testing

struct SigningTimeTests {
    @Test(
        arguments: [
            (0, "19700101T000000Z"),
            (1_440_938_160, "20150830T123600Z"),
            (951_782_399, "20000228T235959Z"),
            (951_782_400, "20000229T000000Z"),
            (951_868_800, "20000301T000000Z"),
            (1_767_225_599, "20251231T235959Z"),
            (4_107_542_400, "21000301T000000Z"),
            (-1, "19691231T235959Z"),
            (-62_167_219_200, "00000101T000000Z"),
            (253_402_300_799, "99991231T235959Z"),
        ] as [(Int64, String)]
    )
    func `a moment is written in the basic format`(seconds: Int64, timestamp: String) {
        let time = SigningTime(secondsSinceEpoch: seconds)
        #expect(time.timestamp == timestamp)
        #expect(time.dateStamp == String(timestamp.prefix(8)))
    }

    @Test func `dates from 1900 to 2200 agree with the calendar`() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        // One second less than two days, so that times of day vary too.
        for seconds in stride(from: Int64(-2_208_988_800), to: 7_258_118_400, by: 172_799) {
            let date = Date(timeIntervalSince1970: TimeInterval(seconds))
            let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
            let numbers = [parts.year, parts.month, parts.day, parts.hour, parts.minute, parts.second]
            let text = numbers.compactMap { $0 }.map { $0 < 10 ? "0\($0)" : "\($0)" }
            try #require(text.count == 6)
            let expected = text[0...2].joined() + "T" + text[3...5].joined() + "Z"
            #expect(SigningTime(secondsSinceEpoch: seconds).timestamp == expected)
        }
    }

    @Test func `a moment that four digits cannot write becomes the nearest that they can`() {
        #expect(SigningTime(secondsSinceEpoch: .max).timestamp == "99991231T235959Z")
        #expect(SigningTime(secondsSinceEpoch: .min).timestamp == "00000101T000000Z")
    }

    @Test(arguments: [(1000, 900), (1199, 900), (1200, 1200), (0, 0), (-1, -300)] as [(Int64, Int64)])
    func `a moment is rounded down to its window`(seconds: Int64, start: Int64) {
        let time = SigningTime(secondsSinceEpoch: seconds)
        #expect(time.flooredToWindow(seconds: 300).secondsSinceEpoch == start)
    }

    @Test(arguments: [1, 0, -300] as [Int64])
    func `a window of less than two seconds changes nothing`(window: Int64) {
        let time = SigningTime(secondsSinceEpoch: 1001)
        #expect(time.flooredToWindow(seconds: window) == time)
    }

    @Test func `moments are ordered`() {
        #expect(SigningTime(secondsSinceEpoch: 1) < SigningTime(secondsSinceEpoch: 2))
        #expect(!(SigningTime(secondsSinceEpoch: 2) < SigningTime(secondsSinceEpoch: 2)))
    }

    @Test func `now is the system's time`() {
        let distance = Date().timeIntervalSince1970 - TimeInterval(SigningTime.now().secondsSinceEpoch)
        #expect(abs(distance) < 60)
    }
}
