import HTTPTypes
import Synchronization
import Testing

@testable import Gateway

/// The arithmetic of the buckets, by a clock that the test turns.
struct RateLimiterTests {
    private final class Clock: Sendable {
        private let nanoseconds = Mutex<Int64>(1_000_000_000_000)

        func now() -> Int64 { nanoseconds.withLock { $0 } }

        func advance(seconds: Double) {
            nanoseconds.withLock { $0 += Int64(seconds * 1_000_000_000) }
        }
    }

    private let clock = Clock()
    private let ann = RatePartition.user("ann")

    private func limiter(bound: Int = 1000) -> RateLimiter {
        RateLimiter(bound: bound) { [clock] in clock.now() }
    }

    private func fields(_ verdicts: RateVerdict...) -> [String] {
        let report = RateLimitReport()
        for verdict in verdicts { report.note(verdict) }
        return report.fields.map { "\($0.name): \($0.value)" }
    }

    @Test func `a bucket gives what it holds, then what grows`() {
        // 60 / 3: a token every 20 s.
        let policy = RatePolicy(name: .uploads, quota: 3)
        let limiter = limiter()
        let first = (0..<4).map { _ in limiter.take(policy, of: ann) }
        #expect(first.map(\.isGranted) == [true, true, true, false])
        #expect(first.map(\.remaining) == [2, 1, 0, 0])
        #expect(first.map(\.resetSeconds) == [20, 40, 60, 20])

        clock.advance(seconds: 19.5)
        #expect(limiter.take(policy, of: ann).resetSeconds == 1, "half a second is a second")
        #expect(limiter.take(policy, of: ann).isGranted == false)
        clock.advance(seconds: 0.5)
        let next = limiter.take(policy, of: ann)
        #expect(next.isGranted)
        #expect(next.remaining == 0)
        #expect(next.resetSeconds == 60)

        clock.advance(seconds: 50)
        let later = limiter.take(policy, of: ann)
        // 2.5 tokens had grown: one is taken, one and a half are left.
        #expect(later.remaining == 1)
        #expect(later.resetSeconds == 30)

        clock.advance(seconds: 3600)
        #expect(limiter.take(policy, of: ann).remaining == 2, "a bucket holds no more than its quota")
    }

    @Test func `in no minute more than twice the quota is granted, and over an hour the quota a minute`() {
        let policy = RatePolicy(name: .reads, quota: 30)
        let limiter = limiter()
        var granted: [Int] = []
        for second in 0..<3600 {
            for _ in 0..<5 where limiter.take(policy, of: ann).isGranted { granted.append(second) }
            clock.advance(seconds: 1)
        }
        // A full bucket, and what grows in 3,599 s: 30 + 1,799.
        #expect(granted.count == 1829)
        for start in stride(from: 0, to: 3600, by: 7) {
            #expect(granted.count { (start..<start + 60).contains($0) } <= 60)
        }
    }

    @Test func `the fields are those of the draft`() {
        let limiter = limiter()
        let address = limiter.take(RatePolicy(name: .address, quota: 600), of: ann)
        let uploads = limiter.take(RatePolicy(name: .uploads, quota: 1), of: ann)
        #expect(
            fields(address, uploads) == [
                #"RateLimit-Policy: "address";q=600;w=60, "uploads";q=1;w=60"#,
                #"RateLimit: "address";r=599;t=1, "uploads";r=0;t=60"#,
            ]
        )
        clock.advance(seconds: 18)
        let refused = limiter.take(RatePolicy(name: .uploads, quota: 1), of: ann)
        #expect(fields(refused).last == #"RateLimit: "uploads";r=0;t=42"#)
        let answer = ErrorAnswer(RequestError.rateLimited(refused))
        #expect(answer.status == .tooManyRequests)
        #expect(answer.code == "rate_limited")
        #expect(answer.retryAfter == .seconds(42))
        #expect(answer.message.contains("1 a minute"))
        #expect(fields().isEmpty)
    }

    @Test func `buckets are apart by policy and by whom they count`() {
        let limiter = limiter()
        let policy = RatePolicy(name: .writes, quota: 1)
        #expect(limiter.take(policy, of: ann).isGranted)
        #expect(!limiter.take(policy, of: ann).isGranted)
        #expect(limiter.take(policy, of: .user("bob")).isGranted)
        #expect(limiter.take(RatePolicy(name: .reads, quota: 1), of: ann).isGranted)
    }

    @Test func `a token that is given back can be taken again, and a full bucket takes none`() {
        let limiter = limiter()
        let policy = RatePolicy(name: .address, quota: 2)
        limiter.giveBack(policy, to: ann)
        _ = limiter.take(policy, of: ann)
        limiter.giveBack(policy, to: ann)
        limiter.giveBack(policy, to: ann)
        #expect((0..<3).map { _ in limiter.take(policy, of: ann).isGranted } == [true, true, false])
    }

    @Test func `the table forgets those first that were not asked for`() {
        let limiter = limiter(bound: 100)
        let policy = RatePolicy(name: .reads, quota: 1)
        #expect(limiter.take(policy, of: ann).isGranted)
        for number in 0..<40 { _ = limiter.take(policy, of: .user("\(number)")) }
        #expect(!limiter.take(policy, of: ann).isGranted, "40 others are less than half of the bound")
        for number in 0..<10_000 { _ = limiter.take(policy, of: .user("other \(number)")) }
        #expect(limiter.take(policy, of: ann).isGranted, "forgotten, and so full")
    }

    @Test func `another quota holds for the buckets that there are`() {
        let limiter = limiter()
        for _ in 0..<10 { _ = limiter.take(RatePolicy(name: .reads, quota: 60), of: ann) }
        #expect(limiter.take(RatePolicy(name: .reads, quota: 6), of: ann).remaining == 4)
    }
}
