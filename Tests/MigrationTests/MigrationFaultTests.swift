import Foundation
import Migration
import NIOCore
import S3
import TestSupport
import Testing

@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct MigrationFaultTests {
    private func items(_ count: Int) -> [MigrationItem] {
        (0..<count).map { MigrationItem(location: "\($0)", targetKey: "key/\($0)") }
    }

    private func fixture(_ count: Int) async throws -> MigrationFixture {
        let fixture = try await MigrationFixture()
        for number in 0..<count { try fixture.write("\(number)", MigrationFixture.noise(1000, seed: UInt64(number))) }
        return fixture
    }

    @Test func `a target that denies PutObject ends the run early, and no source is touched`() async throws {
        let fixture = try await fixture(100)
        fixture.decide { $0.operation == "PutObject" ? .status(403, code: "AccessDenied") : .none }
        let error = try await #require(throws: MigrationError.self) { try await fixture.run(items(100)) }
        #expect(error.code == .targetForbidden)
        #expect(fixture.count("PutObject") < 30)
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.source.path).count == 100)
        let journal = try MigrationJournal.openForReading(path: fixture.journalPath)
        let totals = try await journal.totals()
        let failed = try #require(totals.failed[.targetForbidden]).objects
        #expect((5...12).contains(failed))
        #expect(totals.remaining.objects == 100 - failed)
        #expect(try await journal.runs().map(\.outcome) == [.broken])
        #expect(try await journal.failures().first?.failure?.message.contains("AccessDenied") == true)
        try await journal.close()

        fixture.decide { _ in .none }
        #expect(try await fixture.run().done.objects == 100)
    }

    @Test func `after a loss in the middle the second run goes on`() async throws {
        let fixture = try await fixture(60)
        fixture.decide { $0.operation == "PutObject" && $0.operationNumber >= 20 ? .refuse : .none }
        await #expect(throws: MigrationError.self) { try await fixture.run(items(60)) }
        let sent = fixture.proxy.counts.faults["refuse"] ?? 0
        #expect(sent > 0)
        fixture.decide { _ in .none }
        // The client is that of the first run, whose circuit may be open still: another process would have its own.
        let totals = try await fixture.runOnceAnswered(items(60))
        #expect(totals.done.objects == 60)
        #expect(totals.failed.isEmpty)
        // Each object went through once.
        #expect(fixture.count("PutObject") - sent == 60)
    }

    @Test func `failures that pass are tried again in rounds`() async throws {
        let fixture = try await fixture(10)
        fixture.decide {
            $0.operation == "PutObject" && $0.operationNumber < 4 ? .status(503, code: "SlowDown") : .none
        }
        let log = EventLog()
        let totals = try await fixture.run(items(10), observer: log)
        #expect(totals.done.objects == 10)
        #expect(totals.failed.isEmpty)
        let retries = log.events.filter { if case .retried(_, 2) = $0 { true } else { false } }
        #expect(retries.count == 4)
    }

    @Test func `a bit that flips on the way is noticed`() async throws {
        let fixture = try await fixture(1)
        fixture.decide { $0.operation == "PutObject" && $0.operationNumber == 0 ? .flipRequestByte(at: 500) : .none }
        let totals = try await fixture.run(items(1))
        #expect(totals.done.objects == 1)
        #expect(fixture.count("PutObject") == 2)
        #expect(try await fixture.content("key/0") == MigrationFixture.noise(1000, seed: 0))
    }

    @Test func `something else under the key is a conflict, and is not overwritten`() async throws {
        let fixture = try await fixture(3)
        _ = try await fixture.plain.putObject(
            key: "key/1",
            body: .bytes(ByteBuffer(string: "theirs")),
            contentType: "text/plain"
        )
        // The very bytes of the source, whoever brought them.
        _ = try await fixture.plain.putObject(
            key: "key/2",
            body: .bytes(ByteBuffer(bytes: MigrationFixture.noise(1000, seed: 2))),
            contentType: "text/plain"
        )
        let totals = try await fixture.run(items(3))
        #expect(totals.done.objects == 2)
        #expect(totals.failed[.targetTaken]?.objects == 1)
        #expect(fixture.count("PutObject") == 1)
        #expect(try await fixture.content("key/1") == Array("theirs".utf8))

        try await fixture.plain.deleteObject(key: "key/1")
        #expect(try await fixture.run().done.objects == 2)
        let journal = try fixture.journal()
        #expect(try await journal.retry([.targetTaken]) == 1)
        try await journal.close()
        #expect(try await fixture.run().done.objects == 3)
    }

    @Test func `an object of the same length and other bytes is a conflict, too`() async throws {
        let fixture = try await fixture(1)
        _ = try await fixture.plain.putObject(
            key: "key/0",
            body: .bytes(ByteBuffer(bytes: MigrationFixture.noise(1000, seed: 9))),
            contentType: "text/plain"
        )
        #expect(try await fixture.run(items(1)).failed[.targetTaken]?.objects == 1)
        #expect(try await fixture.content("key/0") == MigrationFixture.noise(1000, seed: 9))
    }

    @Test func `what the source has not is missing, and is looked for again`() async throws {
        let fixture = try await fixture(1)
        let first = try await fixture.run(items(2))
        #expect(first.failed == [.sourceMissing: MigrationTotals.Amount(objects: 1, bytes: 0)])
        try fixture.write("1", [5])
        #expect(try await fixture.run().done.objects == 2)
    }

    @Test func `pause holds new objects back, and stop leaves them`() async throws {
        let fixture = try await fixture(30)
        let store = try fixture.store()
        let journal = try fixture.journal(of: store)
        _ = try await journal.add(items(30))
        let log = EventLog()
        var configuration = fixture.quick
        configuration.workers = 2
        let run = MigrationRun(
            configuration: configuration,
            source: store,
            target: fixture.target,
            journal: journal,
            observer: log,
            logger: MigrationFixture.logger
        )
        run.pause()
        #expect(run.isPaused)
        let task = Task { try await run.run() }
        try await Task.sleep(for: .milliseconds(400))
        #expect(fixture.count("PutObject") == 0)
        fixture.decide { _ in .drip(byteCount: 512, pause: .milliseconds(50)) }
        run.resume()
        while fixture.count("PutObject") < 2 { try await Task.sleep(for: .milliseconds(10)) }
        run.stop()
        let totals = try await task.value
        #expect((2..<30).contains(totals.done.objects))
        #expect(totals.remaining.objects == 30 - totals.done.objects)
        #expect(log.events.filter { $0 == .paused || $0 == .resumed } == [.paused, .resumed])
        #expect(try await journal.runs().last?.outcome == .stopped)
    }

    @Test func `a rate is not passed`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a", MigrationFixture.noise(3 << 20))
        var configuration = fixture.quick
        configuration.maxBytesPerSecond = 2 << 20
        let start = ContinuousClock.now
        try await fixture.run([MigrationItem(location: "a", targetKey: "a")], configuration)
        #expect(start.duration(to: .now) >= .seconds(1.4))
    }

    @Test func `settings that cannot work are refused`() async throws {
        let fixture = try await MigrationFixture()
        var configuration = fixture.quick
        configuration.workers = 0
        let refused = configuration
        let error = try await #require(throws: MigrationError.self) { _ = try await fixture.run([], refused) }
        #expect(error.message == "0 workers: 1 to 256 are allowed")
    }
}
