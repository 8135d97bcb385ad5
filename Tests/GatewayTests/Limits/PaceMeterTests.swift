import Testing

@testable import Gateway

/// How fast a body must come, by a clock of the test's.
struct PaceMeterTests {
    private let start = ContinuousClock.now
    private let pace = BodyPace(bytesPerSecond: 1000, grace: .seconds(15), window: .seconds(10), silence: .seconds(30))

    /// The second at which a client that sends so many bytes every second is cut; nil where that is not in a minute.
    private func end(bytesPerSecond: Int, _ pace: BodyPace) -> Int? {
        var meter = PaceMeter(pace)
        for second in 0..<60 {
            meter.beginWaiting(at: start + .seconds(second))
            let now = start + .seconds(second + 1)
            if meter.verdict(at: now) == .tooSlow { return second + 1 }
            meter.endWaiting(at: now, byteCount: bytesPerSecond)
            if meter.verdict(at: now) == .tooSlow { return second + 1 }
        }
        return nil
    }

    @Test func `a byte a second is cut when the grace and the first window are over`() {
        #expect(end(bytesPerSecond: 1, pace) == 25)
    }

    @Test func `a client that makes the first window by its grace is cut at the second`() {
        // In 24 s 10,800 bytes, enough for the first window of 25 s; then 4,500 in 10 s, of 10,000.
        #expect(end(bytesPerSecond: 450, pace) == 35)
    }

    @Test func `a client that is faster than the pace goes on`() {
        // What it sends comes at the end of each second, so a window is judged by nine tenths of it: 10,800 bytes.
        #expect(end(bytesPerSecond: 1200, pace) == nil)
        #expect(end(bytesPerSecond: 100_000, pace) == nil)
    }

    @Test func `without a least rate only silence counts`() {
        var slow = pace
        slow.bytesPerSecond = 0
        #expect(end(bytesPerSecond: 1, slow) == nil)
        var meter = PaceMeter(slow)
        meter.beginWaiting(at: start)
        #expect(meter.verdict(at: start + .seconds(29)) == .fine(lookAgainAfter: .seconds(1)))
        #expect(meter.verdict(at: start + .seconds(30)) == .tooSlow)
    }

    @Test func `the time in which the server does not wait is not the client's`() {
        var meter = PaceMeter(pace)
        meter.beginWaiting(at: start)
        meter.endWaiting(at: start + .seconds(1), byteCount: 1)
        #expect(meter.verdict(at: start + .seconds(3600)) == .fine(lookAgainAfter: .seconds(24)))
        meter.beginWaiting(at: start + .seconds(3600))
        #expect(meter.verdict(at: start + .seconds(3623)) == .fine(lookAgainAfter: .seconds(1)))
        #expect(meter.verdict(at: start + .seconds(3624)) == .tooSlow)
    }
}
