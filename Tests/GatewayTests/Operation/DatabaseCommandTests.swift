import Foundation
import TestSupport
import Testing

/// The built program: `satchel db` where the database is not where the configuration says.
@Suite(.enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"))
struct DatabaseCommandTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func db(_ path: String, _ arguments: [String]) async throws -> (output: String, status: Int32) {
        try await ForeignProgram.run(GatewayProcess.program, ["db"] + arguments + ["--set", "database.path=\(path)"])
    }

    @Test func `without a database nothing is made of it, and no backup is given up for it`() async throws {
        let good = "satchel-20260115T033000Z.sqlite"
        try directory.write("a good one", to: "backups/\(good)")
        let missing = directory.file("mistyped.sqlite")
        for arguments in [["backup", "--to", directory.file("backups"), "--keep", "1"], ["status"]] {
            let told = try await db(missing, arguments)
            #expect(told.status == 1)
            #expect(told.output.contains("\(missing) does not exist"))
        }
        #expect(!FileManager.default.fileExists(atPath: missing))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.file("backups")) == [good])
    }

    @Test func `a database that is there is backed up, and older backups go`() async throws {
        let path = directory.file("catalog.sqlite")
        try directory.write("an older one", to: "backups/satchel-20260115T033000Z.sqlite")
        #expect(try await db(path, ["migrate"]).status == 0)
        let told = try await db(path, ["backup", "--to", directory.file("backups"), "--keep", "1"])
        #expect(told.status == 0)
        #expect(told.output.contains("removed satchel-20260115T033000Z.sqlite"))
        let left = try FileManager.default.contentsOfDirectory(atPath: directory.file("backups"))
        #expect(left.count == 1)
        let newest = try #require(left.first)
        let checked = try await db(path, ["check", "--database", directory.file("backups/\(newest)")])
        #expect(checked.status == 0)
        #expect(checked.output.contains("is sound"))
    }
}
