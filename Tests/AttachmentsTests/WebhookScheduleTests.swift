import Testing

@testable import Attachments

struct WebhookScheduleTests {
    @Test func `the pauses grow from seconds to a day, and come to a little over three days`() {
        let pauses = WebhookSchedule.standard.pauses
        #expect(pauses.first == .seconds(5))
        #expect(pauses.last == .seconds(86_400))
        #expect(pauses == pauses.sorted())
        #expect(pauses.reduce(.zero, +) == .seconds(272_105))
    }

    @Test func `each attempt has its pause, a tenth more or less, and there is an end`() throws {
        var generator = SystemRandomNumberGenerator()
        let schedule = WebhookSchedule([.seconds(10), .seconds(100)])
        for _ in 0..<100 {
            let first = try #require(schedule.pause(after: 1, using: &generator))
            #expect(first >= .milliseconds(8_999) && first <= .milliseconds(11_001))
            let second = try #require(schedule.pause(after: 2, using: &generator))
            #expect(second >= .milliseconds(89_999) && second <= .milliseconds(110_001))
        }
        #expect(schedule.pause(after: 3, using: &generator) == nil)
        #expect(schedule.pause(after: 0, using: &generator) == nil)
    }
}
