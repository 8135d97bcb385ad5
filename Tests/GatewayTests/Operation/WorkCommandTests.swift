import Attachments
import Catalog
import Foundation
import Gateway
import Glibc
import NIOCore
import S3
import TestSupport
import Testing

/// The built program: `satchel work`, `satchel jobs` and `satchel reprocess` beside a server that leaves the jobs to others.
@Suite(
    .enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"),
    .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server")
)
struct WorkCommandTests {
    private func start(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: GatewayProcess.program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SATCHEL_") }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.runUnblocked()
        return process
    }

    /// Uploads a clip, has it processed again, and answers the queued job: the server does none.
    private func queueWork(_ gateway: GatewayHarness) async throws -> Job {
        let uploaded = try await gateway.post(
            gateway.form(fileName: "clip.mp4", type: "video/mp4", try clip(seconds: 1))
        )
        let id = try #require(uploaded.json["id"]?.text)
        #expect(uploaded.json["status"] == "ready")
        #expect(try await gateway.send("POST", "/attachments/\(id)/reprocess/").status == 202)
        let uuid = try #require(UUID(uuidString: id))
        return try #require(try await gateway.catalog.job(attachmentID: uuid, kind: .process))
    }

    @Test func `a process beside the server does what the server leaves, and ends cleanly`() async throws {
        try await GatewayHarness.run(configure: { $0.attachments.jobs.kindsInServer = [] }) { gateway in
            let job = try await queueWork(gateway)
            try await Task.sleep(for: .seconds(2))
            #expect(try await gateway.catalog.job(id: job.id) == job)

            let work = try start(["work", "--kinds", "process,purge"] + gateway.programSettings)
            defer { if work.isRunning { kill(work.processIdentifier, SIGKILL) } }
            let isDone = try await gateway.eventually { try await gateway.catalog.endedJob(id: job.id) != nil }
            #expect(isDone)
            #expect(try await gateway.catalog.endedJob(id: job.id)?.outcome == .done)
            let runners = try await gateway.catalog.runners()
            #expect(Set(runners.map(\.kind)) == [.serve, .work])
            #expect(runners.contains { $0.processID == Int(work.processIdentifier) })
            let arguments = ["jobs", "processes"] + gateway.programSettings
            let told = try await ForeignProgram.run(GatewayProcess.program, arguments)
            #expect(told.status == 0)
            let (server, other) = (ProcessInfo.processInfo.processIdentifier, work.processIdentifier)
            let lines = told.output.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.first?.hasPrefix("serve  \(server)  started=20") == true)
            #expect(lines.last?.hasPrefix("work  \(other)  started=20") == true)
            #expect(try gateway.spoolFiles() == ["work-\(work.processIdentifier)"])

            kill(work.processIdentifier, SIGTERM)
            #expect(try await gateway.eventually { !work.isRunning })
            #expect(work.terminationStatus == 0)
            #expect(work.terminationReason == .exit)
            #expect(try await gateway.catalog.runners().map(\.kind) == [.serve])
            #expect(try await gateway.catalog.intents().isEmpty)
        }
    }

    @Test func `what was no known type when it came is counted by what it is, and queued`() async throws {
        try await GatewayHarness.run(configure: { $0.attachments.jobs.kindsInServer = [] }) { gateway in
            let film = try clip(seconds: 1)
            // An older release did not know what it was; and one that nobody knows.
            var ids: [UUID] = []
            for name in ["film.bin", "data.bin"] {
                let bytes = [UInt8](repeating: 0x80, count: film.count)
                let sent = try await gateway.post(
                    gateway.form(fileName: name, type: "application/octet-stream", bytes)
                )
                let id = try #require(sent.json["id"]?.text)
                ids.append(try #require(UUID(uuidString: id)))
            }
            let before = try #require(try await gateway.catalog.attachment(id: ids[0]))
            #expect(before.isOfUnknownType)
            _ = try await gateway.storage.putObject(
                key: before.objectKey,
                body: .bytes(ByteBuffer(bytes: film)),
                contentType: "application/octet-stream"
            )
            let arguments = ["reprocess", "--sniff-again"]
            let plan = try await ForeignProgram.run(
                GatewayProcess.program,
                arguments + ["--plan"] + gateway.programSettings
            )
            #expect(plan.status == 0)
            #expect(plan.output.contains("1 by their content: video/mp4"))
            #expect(plan.output.contains("1 attachments would be done again"))
            #expect(try await gateway.catalog.job(attachmentID: ids[0], kind: .import) == nil)
            let told = try await ForeignProgram.run(GatewayProcess.program, arguments + gateway.programSettings)
            #expect(told.status == 0)
            #expect(told.output.contains("1 attachments are queued"))
            #expect(try await gateway.catalog.job(attachmentID: ids[0], kind: .import) != nil)
            #expect(try await gateway.catalog.job(attachmentID: ids[1], kind: .import) == nil)
            // The type changes with the work, not before.
            #expect(try await gateway.catalog.attachment(id: ids[0])?.isOfUnknownType == true)
            let both = try await ForeignProgram.run(
                GatewayProcess.program,
                ["reprocess", "--sniff-again", "--lost-objects"] + gateway.programSettings
            )
            #expect(both.status != 0)
        }
    }

    @Test func `jobs are listed, cancelled, queued anew and done by hand`() async throws {
        try await GatewayHarness.run(configure: { $0.attachments.jobs.kindsInServer = [] }) { gateway in
            let job = try await queueWork(gateway)
            let settings = gateway.programSettings
            func satchel(_ arguments: String...) async throws -> (output: String, status: Int32) {
                try await ForeignProgram.run(GatewayProcess.program, ["jobs"] + arguments + settings)
            }
            let listed = try await satchel("list", "--kind", "process", "--state", "waiting")
            #expect(listed.status == 0)
            #expect(listed.output.hasPrefix("\(job.id)  waiting  process  "))
            #expect(try await satchel("list", "--state", "running").output.isEmpty)
            let attachmentID = try #require(job.attachmentID).uuidString.lowercased()
            #expect(try await satchel("list", "--attachment", attachmentID).output == listed.output)
            #expect(try await satchel("list", "--attachment", UUID().uuidString).output.isEmpty)
            let nobody = try await satchel("list", "--attachment", "7")
            #expect(nobody.status != 0)
            #expect(nobody.output.contains("--attachment must be the id of an attachment; \"7\" is none."))
            let shown = try await satchel("show", "\(job.id)", "999999")
            #expect(shown.status == 1)
            #expect(shown.output.contains(listed.output))
            #expect(shown.output.contains("job 999999: There is no such job."))

            let cancelled = try await satchel("cancel", "\(job.id)")
            #expect(cancelled.status == 0)
            #expect(cancelled.output == "cancelled: \(job.id) process\n")
            let over = try await satchel("cancel", "\(job.id)", "999999")
            #expect(over.status == 1)
            #expect(over.output.contains("The job is over already: it is cancelled."))
            #expect(over.output.contains("job 999999: There is no such job."))
            let history = try await satchel("list", "--history", "--state", "cancelled", "--json")
            #expect(history.output.contains("\"id\":\(job.id),"))

            #expect(try await satchel("run", "\(job.id)").status == 1)
            #expect(try await satchel("retry", "\(job.id)").output == "due: \(job.id) process\n")
            let done = try await satchel("run", "\(job.id)")
            #expect(done.status == 0)
            #expect(done.output.contains("\(job.id)  done  process  "))
            let wrong = try await satchel("list", "--state", "dead")
            #expect(wrong.status != 0)
            #expect(wrong.output.contains("--state must be one of waiting, running, delayed"))
        }
    }
}
