import TestSupport
import Testing

/// A prune at a terminal asks for the number of files before it deletes any.
@Suite(
    .enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"),
    .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"),
    .timeLimit(.minutes(3))
)
struct PruneConfirmationTests {
    private static let question = "Type the number of files to go on:"
    private static let fileCount = 3

    /// Files that have arrived, for longer than a second.
    private func arrivedFiles() async throws -> MigrationStage {
        let stage = try await MigrationStage()
        try stage.makeFiles(count: Self.fileCount)
        let run = try await stage.run("migrate", "--from", stage.source)
        #expect(run.status == 0, "\(run.output)")
        // Times are kept in whole seconds or finer: two are more than one.
        try await Task.sleep(for: .seconds(2))
        return stage
    }

    private func prune(
        _ stage: MigrationStage,
        _ answer: ProgramAtTerminal.Answer,
        showsErrors: Bool = true
    ) async throws -> (output: String, status: Int32) {
        try await ProgramAtTerminal.run(
            stage.arguments("prune", ["--min-age", "1"]),
            at: Self.question,
            answer,
            showsErrors: showsErrors
        )
    }

    @Test func `the number of files, typed, has them deleted at the source alone`() async throws {
        let stage = try await arrivedFiles()
        let pruned = try await prune(stage, .line(" \(Self.fileCount) "))
        #expect(pruned.status == 0, "\(pruned.output)")
        #expect(pruned.output.contains(Self.question))
        #expect(pruned.output.contains("3 files ("))
        #expect(pruned.output.contains("will be deleted for good in"))
        #expect(pruned.output.contains(stage.source))
        #expect(try stage.fileCount() == 0)
        #expect(try await stage.keys().count == Self.fileCount)
        // Nothing is left to ask for.
        let again = try await prune(stage, .line("3"))
        #expect(again.status == 0, "\(again.output)")
        #expect(!again.output.contains(Self.question))
        #expect(again.output.contains("Nothing is old enough."))
    }

    @Test func `anything else, or the end of the input, deletes nothing, says so, and ends with 1`() async throws {
        let stage = try await arrivedFiles()
        for answer: ProgramAtTerminal.Answer in [
            .line("2"), .line("yes"), .line(""), .line("3 files"), .line("33"), .endOfInput,
        ] {
            let refused = try await prune(stage, answer)
            #expect(refused.status == 1, "\(answer): \(refused.output)")
            #expect(refused.output.contains(Self.question), "\(answer): \(refused.output)")
            #expect(refused.output.contains("satchel: nothing was deleted"), "\(answer): \(refused.output)")
            #expect(try stage.fileCount() == Self.fileCount, "\(answer)")
        }
        // Nobody is there to read what it says.
        let left = try await prune(stage, .hangUp)
        #expect(left.status == 1, "\(left.output)")
        #expect(try stage.fileCount() == Self.fileCount)
        let status = try await stage.run("prune", "--min-age", "1", "--plan")
        #expect(status.output.contains("3 files"), "\(status.output)")
    }

    @Test func `where nobody can be asked it is refused without --yes`() async throws {
        let stage = try await arrivedFiles()
        // Typed at a terminal, but the question would go to a file.
        let unseen = try await prune(stage, .line("3"), showsErrors: false)
        #expect(unseen.status == 1, "\(unseen.output)")
        #expect(unseen.output.contains("without a terminal to ask on, add --yes"), "\(unseen.output)")
        #expect(unseen.output.contains("nothing was deleted"), "\(unseen.output)")
        #expect(try stage.fileCount() == Self.fileCount)
        let alone = try await stage.run("prune", "--min-age", "1")
        #expect(alone.status == 1, "\(alone.output)")
        #expect(alone.output.contains("without a terminal to ask on, add --yes"), "\(alone.output)")
        #expect(alone.output.contains("nothing was deleted"), "\(alone.output)")
        #expect(try stage.fileCount() == Self.fileCount)
        let told = try await stage.run("prune", "--min-age", "1", "--yes")
        #expect(told.status == 0, "\(told.output)")
        #expect(try stage.fileCount() == 0)
        #expect(try await stage.keys().count == Self.fileCount)
    }
}
