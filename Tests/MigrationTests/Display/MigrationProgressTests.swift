import Foundation
import Migration
import Testing

struct MigrationProgressTests {
    private static func begun(
        objects: Int64,
        bytes: Int64,
        doneObjects: Int64 = 0,
        doneBytes: Int64 = 0
    ) -> MigrationProgress {
        var totals = MigrationTotals()
        totals.planned = MigrationTotals.Amount(objects: objects, bytes: bytes)
        totals.done = MigrationTotals.Amount(objects: doneObjects, bytes: doneBytes)
        var progress = MigrationProgress()
        progress.apply(.began(totals))
        return progress
    }

    @Test func `what arrived before counts, and so does what is under way`() {
        var progress = Self.begun(objects: 10, bytes: 1000, doneObjects: 4, doneBytes: 400)
        progress.apply(.started(worker: 0, location: "a", byteCount: 100))
        // What is read anew does not count twice, and never less than nothing.
        progress.apply(.advanced(worker: 0, byteCount: 10))
        progress.apply(.advanced(worker: 0, byteCount: -20))
        #expect(progress.movedBytes == 400)
        progress.apply(.advanced(worker: 0, byteCount: 60))
        #expect(progress.movedBytes == 460)
        #expect(progress.done.objects == 4)
        progress.apply(.finished(worker: 0, location: "a", byteCount: 100, failure: nil))
        #expect(progress.movedBytes == 500)
        #expect(progress.done.objects == 5)
        #expect(progress.workers.isEmpty)
        #expect(progress.workerCount == 1)
    }

    @Test func `a failed attempt is counted by its code and takes its bytes back`() {
        var progress = Self.begun(objects: 2, bytes: 200)
        progress.apply(.started(worker: 3, location: "a", byteCount: 100))
        progress.apply(.advanced(worker: 3, byteCount: 99))
        progress.apply(.finished(worker: 3, location: "a", byteCount: 100, failure: .targetUnavailable))
        progress.apply(.retried(location: "a", attempt: 2))
        #expect(progress.movedBytes == 0)
        #expect(progress.errors == [.targetUnavailable: 1])
        #expect(progress.errorCount == 1)
        #expect(progress.retries == 1)
        #expect(progress.workerCount == 4)
    }

    @Test func `the time left goes by bytes where those are slower`() throws {
        var progress = Self.begun(objects: 4, bytes: 4000)
        let begin = ContinuousClock.now
        progress.tick(at: begin)
        progress.apply(.started(worker: 0, location: "a", byteCount: 1000))
        progress.apply(.finished(worker: 0, location: "a", byteCount: 1000, failure: nil))
        progress.apply(.started(worker: 0, location: "b", byteCount: 1000))
        progress.apply(.advanced(worker: 0, byteCount: 500))
        progress.tick(at: begin + .seconds(10))
        let speed = try #require(progress.speed)
        #expect(speed.bytesPerSecond == 150)
        #expect(speed.objectsPerSecond == 0.1)
        // 2,500 bytes at 150 a second are 16.7 s, three objects at one in 10 s are 30 s.
        #expect(progress.secondsLeft == 30)
    }

    @Test func `the speed is that of the last twenty seconds`() throws {
        var progress = Self.begun(objects: 1000, bytes: 1_000_000)
        let begin = ContinuousClock.now
        for second in 0...60 {
            if second <= 30 {
                progress.apply(.finished(worker: 0, location: "a", byteCount: 1000, failure: nil))
            }
            progress.tick(at: begin + .seconds(second))
        }
        let speed = try #require(progress.speed)
        #expect(speed.objectsPerSecond == 0)
        #expect(progress.secondsLeft == nil)
    }

    @Test func `a pause says nothing of the time left`() {
        var progress = Self.begun(objects: 10, bytes: 1000)
        progress.apply(.paused)
        #expect(progress.phase == .paused)
        #expect(progress.secondsLeft == nil)
        progress.apply(.resumed)
        #expect(progress.phase == .running)
        let opening = Date(timeIntervalSince1970: 1_700_000_000)
        progress.apply(.waiting(until: opening))
        #expect(progress.phase == .waiting(until: opening))
    }

    @Test func `more bytes than were planned are not told`() {
        // The inventory knew no sizes.
        var progress = Self.begun(objects: 2, bytes: 0)
        progress.apply(.started(worker: 0, location: "a", byteCount: 70))
        progress.apply(.advanced(worker: 0, byteCount: 90))
        #expect(progress.movedBytes == 0)
        progress.apply(.finished(worker: 0, location: "a", byteCount: 70, failure: nil))
        #expect(progress.movedBytes == 70)
    }
}
