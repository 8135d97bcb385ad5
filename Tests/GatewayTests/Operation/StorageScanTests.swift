import Catalog
import Foundation
import TestSupport
import Testing

/// What the commands of a migration say of the scanner that new attachments wait for.
@Suite(
    .enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"),
    .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"),
    .timeLimit(.minutes(3))
)
struct StorageScanTests {
    /// A project of two files that have been moved while no server asks the scanner.
    private func moved(_ settings: [String]) async throws -> MigrationStage {
        let stage = try await MigrationStage()
        try await stage.makeCatalog()
        try stage.makeFiles(count: 2)
        let manifest = try stage.makeManifest(count: 2)
        let source = ["--from", stage.source, "--manifest", manifest]
        let command = stage.arguments("migrate", source + settings.flatMap { ["--set", $0] })
        let run = try await ForeignProgram.run(GatewayProcess.program, command)
        #expect(run.status == 0, "\(run.output)")
        return stage
    }

    private func summary(_ stage: MigrationStage) async throws -> JSONValue {
        let told = try await stage.run("status", "--json")
        let line = try #require(told.output.split(separator: "\n").last)
        return try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8))
    }

    @Test func `the status says how many attachments wait for the scanner, and nothing where none does`() async throws {
        let stage = try await moved(["scan.clamd=127.0.0.1:3310"])
        let report = stage.directory.file("report.html")
        let both = try await stage.run("status", "--report", report)
        #expect(both.status == 0)
        #expect(both.output.contains("2 attachments wait for the scanner"))
        let page = try String(contentsOfFile: report, encoding: .utf8)
        #expect(page.contains("2 attachments wait for the scanner"))
        #expect(try await summary(stage)["waiting_scans"] == 2)

        let catalog = try Catalog.open(path: stage.directory.file("catalog.sqlite"))
        for rest in [1, 0] {
            let due = try #require(try await catalog.dueJobsInTurns(kind: .scan, limit: 1).jobs.first)
            let lease = Date(timeIntervalSinceNow: 60)
            let job = try #require(try await catalog.claimJob(due, leaseUntil: lease))
            let id = try #require(job.attachmentID)
            #expect(try await catalog.passScan(attachmentID: id, job: job, needsMediaWork: false) != nil)
            #expect(try await summary(stage)["waiting_scans"] == JSONValue.number(Double(rest)))
            let told = try await stage.run("status")
            #expect(told.output.contains("1 attachment waits for the scanner") == (rest == 1))
            #expect(told.output.contains("scanner") == (rest == 1))
        }
        try catalog.close()
        // The journal alone says how far the move is.
        try Data("no database".utf8).write(to: URL(fileURLWithPath: stage.directory.file("catalog.sqlite")))
        let told = try await stage.run("status")
        #expect(told.status == 0)
        #expect(told.output.contains("arrived"))
    }

    @Test func `no command needs the scanner's secret, and those that bring nothing nothing of it`() async throws {
        let secret = ["scan.httpURL=http://127.0.0.1:9/scan", "scan.httpSecretFile=/nonexistent/secret"]
        let stage = try await moved(secret)
        #expect(try await summary(stage)["waiting_scans"] == 2)
        for settings in [secret, ["scan.maxMegabytes=many"]] {
            for command in ["status", "verify", "retry"] {
                let arguments = stage.arguments(command, settings.flatMap { ["--set", $0] })
                let told = try await ForeignProgram.run(GatewayProcess.program, arguments)
                #expect(told.status == 0, "\(told.output)")
            }
        }
        let wrong = try await stage.run("migrate", "--from", stage.source, "--set", "scan.maxMegabytes=many")
        #expect(wrong.status != 0)
        #expect(wrong.output.contains("scan.maxMegabytes"))
    }
}
