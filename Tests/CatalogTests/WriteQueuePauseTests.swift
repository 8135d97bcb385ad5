import GRDB
import Glibc
import TestSupport
import Testing

@testable import Catalog

/// When a commit waits for more to come along.
@Suite(.timeLimit(.minutes(1)))
struct WriteQueuePauseTests {
    /// The least time of some tries between the end of a write, whose commit takes longer than any pause, and the end of one
    /// that waits for it.
    private func leastGap() async throws -> Duration {
        let directory = try TemporaryDirectory()
        let queue = WriteQueue(pool: try DatabasePool(path: directory.file("queue.sqlite")))
        var least = Duration.seconds(60)
        for _ in 0..<20 {
            let gap = await withCheckedContinuation { continuation in
                let first = WriteQueue.Entry(
                    perform: { _ in usleep(5_000) },
                    finish: { _ in
                        let end = ContinuousClock.now
                        let next = WriteQueue.Entry(
                            perform: { _ in },
                            finish: { _ in continuation.resume(returning: end.duration(to: .now)) },
                            isOfCrowd: true
                        )
                        queue.add(next)
                    },
                    isOfCrowd: true
                )
                queue.add(first)
            }
            least = min(least, gap)
        }
        return least
    }

    @Test func `after a commit of a crowd the next one waits for others, 3 ms at most`() async throws {
        let gap = try await leastGap()
        #expect(gap >= .milliseconds(3))
    }
}
