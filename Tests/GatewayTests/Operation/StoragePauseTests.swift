import Foundation
import Glibc
import TestSupport
import Testing

/// A migration that is paused and resumed by signals, as the process that an operator has.
@Suite(
    .enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"),
    .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"),
    .timeLimit(.minutes(2))
)
struct StoragePauseTests {
    private static let fileCount = 40
    private static let workers = 2

    /// A run that takes more than ten seconds, some files of which have arrived.
    private func startedRun(on stage: MigrationStage) async throws -> SignalledRun {
        try stage.makeFiles(count: Self.fileCount, byteCount: 20_000)
        let pace = ["--workers", "\(Self.workers)", "--max-rate", "60K"]
        let run = try SignalledRun(stage.arguments("migrate", ["--from", stage.source, "--json"] + pace))
        // Before its work begins a process does not listen to signals yet, and ends of them.
        let hasBegun = try await run.eventually { try await stage.keys().count >= 3 }
        try #require(hasBegun, "nothing moves: \(run.said)")
        return run
    }

    @Test func `SIGUSR1 has nothing new begun, SIGUSR2 has it go on, and everything arrives`() async throws {
        let stage = try await MigrationStage()
        let run = try await startedRun(on: stage)
        defer { run.kill() }
        run.send(SIGUSR1)
        let isPaused = try await run.eventually { run.line("paused") != nil }
        try #require(isPaused, "no pause is told of: \(run.said)")
        let seen = try await stage.keys().count
        // What is under way takes less than a second.
        try await Task.sleep(for: .seconds(4))
        let settled = try await stage.keys().count
        #expect(settled <= seen + Self.workers)
        #expect(settled < Self.fileCount)
        try await Task.sleep(for: .seconds(4))
        let still = try await stage.keys().count
        #expect(still == settled)
        #expect(run.isRunning)

        run.send(SIGUSR2)
        let hasEnded = try await run.eventually { !run.isRunning }
        try #require(hasEnded, "it does not go on: \(run.said)")
        #expect(run.status == 0, "\(run.said)")
        let paused = try #require(run.doneFiles(at: "paused"))
        let resumed = try #require(run.doneFiles(at: "resumed"))
        #expect(resumed <= paused + Double(Self.workers))
        #expect(run.line("summary")?["exit_code"] == 0)
        #expect(try await stage.keys().count == Self.fileCount)
        let verified = try await stage.run("verify", "--deep")
        #expect(verified.status == 0, "\(verified.output)")
    }

    @Test func `a run that is paused ends at a signal to stop, and the next one goes on`() async throws {
        let stage = try await MigrationStage()
        let run = try await startedRun(on: stage)
        defer { run.kill() }
        run.send(SIGUSR1)
        let isPaused = try await run.eventually { run.line("paused") != nil }
        try #require(isPaused, "no pause is told of: \(run.said)")
        run.send(SIGTERM)
        let hasEnded = try await run.eventually { !run.isRunning }
        try #require(hasEnded, "it does not end: \(run.said)")
        #expect(run.status == 6, "\(run.said)")
        let count = try await stage.keys().count
        #expect(count < Self.fileCount)
        let next = try await stage.run("migrate", "--from", stage.source)
        #expect(next.status == 0, "\(next.output)")
        #expect(try await stage.keys().count == Self.fileCount)
    }
}

/// The program under way, with its lines of JSON.
private struct SignalledRun {
    private let process: Process
    private let directory: TemporaryDirectory

    init(_ arguments: [String]) throws {
        directory = try TemporaryDirectory()
        try directory.write("", to: "said")
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: directory.file("said")))
        process = Process()
        process.executableURL = URL(fileURLWithPath: GatewayProcess.program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SATCHEL_") }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.runUnblocked()
        try output.close()
    }

    var isRunning: Bool { process.isRunning }

    /// With what it ended; a signal's number where it ended of one.
    var status: Int32 { process.terminationStatus }

    /// Everything it said, on both outputs.
    var said: String { (try? String(contentsOfFile: directory.file("said"), encoding: .utf8)) ?? "" }

    /// The first line of JSON of that event.
    func line(_ event: String) -> JSONValue? {
        said.split(separator: "\n").lazy
            .compactMap { try? JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) }
            .first { $0["event"]?.text == event }
    }

    /// How many files had arrived when an event was told of.
    func doneFiles(at event: String) -> Double? {
        guard case .number(let count)? = line(event)?["done_files"] else { return nil }
        return count
    }

    func send(_ signal: Int32) {
        if process.isRunning { _ = Glibc.kill(process.processIdentifier, signal) }
    }

    func kill() {
        send(SIGKILL)
    }

    /// Whether something comes true within two minutes.
    func eventually(_ isTrue: () async throws -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < deadline {
            if try await isTrue() { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        return try await isTrue()
    }
}
