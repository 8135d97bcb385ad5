import Foundation
import Gateway
import S3
import TestSupport
import Testing

/// Commands of a migration whose local files cannot be written: they say which and what to do, with their own code, and what they
/// did is told all the same.
@Suite(
    .enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"),
    .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"),
    .timeLimit(.minutes(2))
)
struct StorageNoRoomTests {
    /// A mount of its own in a name space of its own, as its user alone can have on most systems.
    private static let canMount: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    private func script(_ script: String, _ arguments: [String]) async throws -> (output: String, status: Int32) {
        try await ForeignProgram.run("/bin/sh", ["-c", script, "sh", GatewayProcess.program] + arguments)
    }

    @Test func `a report that cannot be written costs neither the summary nor the moving`() async throws {
        let stage = try await MigrationStage()
        try stage.makeFiles(count: 3)
        let report = stage.directory.file("r.html")
        try FileManager.default.createDirectory(atPath: report, withIntermediateDirectories: false)
        let run = try await stage.run("migrate", "--from", stage.source, "--report", report)
        #expect(run.status == 1)
        #expect(run.output.contains("Everything arrived: 3 files."))
        #expect(run.output.contains("\(report) cannot be written: "))
        #expect(!run.output.contains("Error Domain"))
        #expect(try await stage.keys().count == 3)
        let status = try await stage.run("status", "--report", report)
        #expect(status.status == 1)
        #expect(status.output.contains("arrived"))
    }

    @Test func `a summary in JSON that finds no room is told on the standard error`() async throws {
        let stage = try await MigrationStage()
        try stage.makeFiles(count: 3)
        let command = stage.arguments("migrate", ["--from", stage.source, "--json"])
        let run = try await script("\"$@\" >/dev/full", command)
        #expect(run.status == 1)
        #expect(run.output.contains("the standard output cannot be written: No space left on device"))
        #expect(run.output.contains("Everything arrived: 3 files."))
    }

    @Test func `a standard error without room ends nothing`() async throws {
        let stage = try await MigrationStage()
        try stage.makeFiles(count: 3)
        let run = try await script("\"$@\" 2>/dev/full", stage.arguments("migrate", ["--from", stage.source]))
        #expect(run.status == 0)
        #expect(run.output.contains("Everything arrived: 3 files."))
    }

    @Test(.enabled(if: Self.canMount, "no name space for a mount"))
    func `an export to a full disk ends with 1, says so, and tells what it brought`() async throws {
        let stage = try await MigrationStage()
        try stage.makeFiles(count: 6, byteCount: 100_000)
        #expect(try await stage.run("migrate", "--from", stage.source).status == 0)
        let disk = stage.directory.file("disk")
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
        let command = stage.arguments("export", [disk, "--from", "s3://\(stage.bucket)", "--workers", "1"])
        let mount = "mount -t tmpfs -o size=360k tmpfs \"$0\" && exec \"$@\""
        let run = try await ForeignProgram.run(
            "/usr/bin/unshare",
            ["-rm", "/bin/sh", "-c", mount, disk, GatewayProcess.program] + command
        )
        #expect(run.status == 1)
        #expect(run.output.contains("cannot be written: No space left on device; make room there"))
        #expect(run.output.contains("output_unwritable"))
        // Three files of 25 pages of 4 KiB are there; the fourth is not.
        #expect(run.output.contains("3 files"))
        #expect(!run.output.contains("FileError"))
    }

    @Test func `a journal that cannot be made ends with 7 and says where`() async throws {
        let stage = try await MigrationStage()
        try stage.makeFiles(count: 1)
        let run = try await stage.run("migrate", "--from", stage.source, "--journal", "/dev/null/j.sqlite")
        #expect(run.status == 7)
        #expect(run.output.contains("/dev/null/j.sqlite"))
        #expect(run.output.contains("name another place"))
        #expect(!run.output.contains("Error Domain"))
    }
}
