import Catalog
import Foundation
import Gateway
import S3
import TestSupport
import Testing

/// `satchel storage` as an operator has it: what it says, and with what it ends.
@Suite(
    .enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"),
    .timeLimit(.minutes(3))
)
struct StorageMigrateTests {
    @Test(arguments: [
        (["migrate"], "name a source"),
        (["migrate", "--django-db", "db"], "needs --media-root"),
        (["migrate", "--from", "https://host/bucket"], "s3://bucket/prefix or a directory"),
        (["migrate", "--from", "x", "--from-catalog"], "are different sources"),
        (["migrate", "--from", "x", "--workers", "0"], "1 to 256"),
        (["migrate", "--from", "x", "--max-rate", "fast"], "512K, 20M or 1G"),
        (["migrate", "--from", "x", "--between", "25:00-26:00"], "25:00-26:00"),
        (["migrate", "--from", "x", "--verify", "never"], "never"),
        (["migrate", "--from", "x", "--plan", "--report", "r.html"], "not by --plan"),
        (["migrate", "--from", "x", "--report", "/nonexistent/r.html"], "a folder that can be written to"),
        (["migrate", "--from", "s3://b", "--from-access-key-id", "k"], "go together"),
        (["migrate", "--from", "s3://b", "--from-addressing", "dns"], "must be path or virtualHost, not \"dns\""),
        (["migrate", "--from", "dir", "--from-addressing", "path"], "go with an s3://… source"),
        (["migrate", "--from", "x", "--key-prefix", "../up/"], "without . or .. between slashes"),
        (["migrate", "--from", "x", "--key-prefix", "a\nb/", "--plan"], "without control characters"),
        (["adopt"], "Add --yes"),
        (["migrate", "--django-db", "d", "--media-root", "m", "--map", "nothing=x"], "nothing"),
        (["migrate", "--django-db", "d", "--media-root", "m", "--time-zone", "Mars/North"], "Europe/Berlin"),
        (["migrate", "--print-queries", "oracle"], "oracle"),
        (["verify", "--workers", "x"], "workers"),
        (["prune"], "--min-age"),
        (["prune", "--min-age", "soon"], "soon"),
        (["rollback"], "Add --yes"),
        (["rollback", "--yes", "--workers", "0"], "1 to 256"),
        (["rollback", "--yes", "--max-rate", "fast"], "512K, 20M or 1G"),
        (["retry", "--code", "bad_luck"], "bad_luck"),
        (["retry", "--keep-arrived", "--code", "journal"], "without --code"),
        (["export", "dir", "--from-region", "x"], "--from s3://"),
    ])
    func `wrong arguments end with 64 and say what would be right`(arguments: [String], words: String) async throws {
        // No configuration: it must not come so far as to miss it.
        let outcome = try await ForeignProgram.run(GatewayProcess.program, ["storage"] + arguments)
        #expect(outcome.status == 64)
        #expect(outcome.output.contains(words))
    }

    @Test(arguments: ["migrate", "status", "verify", "retry", "cutover", "rollback", "prune", "export", "adopt"])
    func `the help of each command has examples`(command: String) async throws {
        let outcome = try await ForeignProgram.run(GatewayProcess.program, ["help", "storage", command])
        #expect(outcome.status == 0)
        #expect(
            outcome.output.contains("satchel storage \(command) ") || outcome.output.contains("storage \(command)\n")
        )
        #expect(outcome.output.contains("Examples:"))
    }

    @Test func `what is printed needs no configuration`() async throws {
        let queries = ["storage", "migrate", "--print-queries", "postgresql"]
        let printed = try await ForeignProgram.run(GatewayProcess.program, queries)
        #expect(printed.status == 0)
        #expect(printed.output.contains("chat_attachment"))
        let names = try await ForeignProgram.run(GatewayProcess.program, ["storage", "migrate", "--help-names"])
        #expect(names.status == 0)
        #expect(names.output.contains("attachment"))
    }

    @Test(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
    func `files of a directory move, and each step ends with its code`() async throws {
        let stage = try await MigrationStage()
        try stage.makeFiles(count: 20)
        let plan = try await stage.run("migrate", "--from", stage.source, "--plan")
        #expect(plan.status == 0, "\(plan.output)")
        #expect(try await stage.keys().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: stage.directory.file("migration.sqlite")))

        let report = stage.directory.file("report.html")
        let run = try await stage.run("migrate", "--from", stage.source, "--report", report)
        #expect(run.status == 0, "\(run.output)")
        #expect(run.output.contains("Everything arrived: 20 files."))
        #expect(try await stage.keys().count == 20)
        let page = try String(contentsOfFile: report, encoding: .utf8)
        #expect(page.contains("Everything arrived: 20 files."))

        #expect(try await stage.run("status").status == 0)
        #expect(try await stage.run("verify", "--deep").status == 0)
        let again = try await stage.run("migrate", "--from", stage.source, "--json")
        #expect(again.status == 0)
        let last = try #require(again.output.split(separator: "\n").last)
        let summary = try JSONDecoder().decode(JSONValue.self, from: Data(last.utf8))
        #expect(summary["event"] == "summary")
        #expect(summary["exit_code"] == 0)

        // Nobody can be asked here. Times are kept in whole seconds or finer: two are more than one.
        try await Task.sleep(for: .seconds(2))
        let prune = try await stage.run("prune", "--min-age", "1")
        #expect(prune.status == 1)
        #expect(prune.output.contains("--yes"))
        #expect(try stage.fileCount() == 20)
        #expect(try await stage.run("prune", "--min-age", "1", "--yes").status == 0)
        #expect(try stage.fileCount() == 0)
        #expect(try await stage.keys().count == 20)
    }

    @Test(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
    func `a source that is not there ends with 3, another journal with 7`() async throws {
        let stage = try await MigrationStage()
        let missing = try await stage.run("migrate", "--from", stage.directory.file("nothing"))
        #expect(missing.status == 3)
        #expect(missing.output.contains("nothing"))
        try stage.makeFiles(count: 1)
        let manifest = try await stage.run("migrate", "--from", stage.source, "--manifest", "/nonexistent.jsonl")
        #expect(manifest.status == 1 || manifest.status == 3)
        try Data("no database".utf8).write(to: URL(fileURLWithPath: stage.directory.file("other.sqlite")))
        let journal = stage.directory.file("other.sqlite")
        let foreign = try await stage.run("migrate", "--from", stage.source, "--journal", journal)
        #expect(foreign.status == 7)
        #expect(try await stage.run("status", "--journal", stage.directory.file("none.sqlite")).status == 7)
    }

    @Test(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
    func `what cannot be brought is in the way of the cut-over until the operator leaves it behind`() async throws {
        let stage = try await MigrationStage()
        try await stage.makeCatalog()
        try stage.makeFiles(count: 2)
        let elsewhere = try TemporaryDirectory()
        try FileManager.default.createSymbolicLink(
            atPath: "\(stage.source)/2022",
            withDestinationPath: elsewhere.path
        )
        #expect(try await stage.run("migrate", "--from", stage.source, "--plan").status == 2)
        #expect(try await stage.run("migrate", "--from", stage.source).status == 2)
        let verified = try await stage.run("verify")
        #expect(verified.status == 2)
        #expect(verified.output.contains("not usable"))
        let refused = try await stage.run("cutover")
        #expect(refused.status == 2)
        #expect(refused.output.contains("--leave-unusable"))
        #expect(try await stage.run("verify", "--leave-unusable").status == 0)
        #expect(try await stage.run("cutover", "--leave-unusable").status == 0)
        #expect(FileManager.default.fileExists(atPath: elsewhere.path))
    }

    @Test(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
    func `bare files are cut over without a database, and none is begun`() async throws {
        let stage = try await MigrationStage()
        try stage.makeFiles(count: 2)
        #expect(try await stage.run("migrate", "--from", stage.source).status == 0)
        let done = try await stage.run("cutover")
        #expect(done.status == 0)
        #expect(done.output.contains("no attachment was moved"))
        #expect(!FileManager.default.fileExists(atPath: stage.directory.file("catalog.sqlite")))
        #expect(try await stage.run("verify").status == 0)
        #expect(try await stage.run("prune", "--min-age", "1", "--plan").status == 0)
    }

    @Test(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
    func `an export brings what is in the bucket where the old place is away, and ends with 2`() async throws {
        let stage = try await MigrationStage()
        try await stage.makeCatalog()
        try stage.makeFiles(count: 3)
        let manifest = try stage.makeManifest(count: 3)
        #expect(try await stage.run("migrate", "--from", stage.source, "--manifest", manifest).status == 0)
        let catalog = try Catalog.open(path: stage.directory.file("catalog.sqlite"))
        let store = try #require(try await catalog.oldPlaceCounts().first?.store)
        let key = try #require(try await catalog.oldPlaces(store: store, state: .moved, limit: 1).first?.objectKey)
        #expect(try await catalog.returnToOldPlace(objectKeys: [key], store: store) == 1)
        try catalog.close()
        try FileManager.default.moveItem(atPath: stage.source, toPath: stage.directory.file("elsewhere"))

        let directory = "migration.source.directory=\(stage.source)"
        let target = stage.directory.file("export")
        let kind = "migration.source.kind=directory"
        let export = try await stage.run("export", target, "--json", "--set", kind, "--set", directory)
        #expect(export.status == 2)
        #expect(export.output.contains("waits in"))
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(target)/files")
        #expect(files.count == 2)
        // A place that is named has to be there.
        let named = try await stage.run("export", target, "--old-place", stage.source)
        #expect(named.status == 3)
    }

    @Test(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
    func `a place without anything ends with 3, and is not cut over`() async throws {
        let stage = try await MigrationStage()
        try await stage.makeCatalog()
        let plan = try await stage.run("migrate", "--from", stage.source, "--plan")
        #expect(plan.status == 3)
        let run = try await stage.run("migrate", "--from", stage.source)
        #expect(run.status == 3)
        #expect(run.output.contains("there is nothing to move in"))
        #expect(!run.output.contains("Everything arrived"))
        #expect(try await stage.run("cutover").status == 6)
    }

    @Test(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
    func `a second signal ends a run at once with 6, and the next one ends it well`() async throws {
        let stage = try await MigrationStage()
        try stage.makeFiles(count: 3, byteCount: 3_000_000)
        let command = stage.arguments("migrate", ["--from", stage.source, "--max-rate", "20K"])
        let script = """
            "$@" & run=$!
            sleep 3; kill -TERM $run; sleep 1; kill -TERM $run
            wait $run
            """
        let stopped = try await ForeignProgram.run(
            "/bin/sh",
            ["-c", script, "stop", GatewayProcess.program] + command
        )
        #expect(stopped.status == 6)
        #expect(try await stage.run("status").status == 6)
        #expect(try await stage.run("migrate", "--from", stage.source).status == 0)
        #expect(try await stage.keys().count == 3)
    }
}
