import Attachments
import Catalog
import Foundation
import Gateway
import NIOCore
import S3
import TestSupport
import Testing

/// The built program: `satchel reprocess --sniff-again` over a storage that does not give out every object.
@Suite(
    .enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"),
    .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"),
    .timeLimit(.minutes(3))
)
struct ReprocessFaultTests {
    /// Uploads files of which nothing is known, and answers their rows.
    private func unknownFiles(_ count: Int, in gateway: GatewayHarness) async throws -> [CatalogAttachment] {
        var rows: [CatalogAttachment] = []
        for number in 0..<count {
            let bytes = [UInt8](repeating: 0x80, count: 4000 + number)
            let sent = try await gateway.post(
                gateway.form(fileName: "\(number).bin", type: "application/octet-stream", bytes)
            )
            let id = try #require(sent.json["id"]?.text.flatMap { UUID(uuidString: $0) })
            rows.append(try #require(try await gateway.catalog.attachment(id: id)))
        }
        #expect(rows.allSatisfy { $0.isOfUnknownType })
        return rows
    }

    /// Runs the command through a proxy that refuses to give out the objects of the keys.
    private func sniffAgain(
        _ gateway: GatewayHarness,
        refusing keys: [String],
        _ arguments: String...
    ) async throws -> (output: String, status: Int32) {
        let proxy = try FaultProxy(to: gateway.configuration.storage.endpoint) { request in
            let isRefused = request.operation == "GetObject" && keys.contains { request.target.contains($0) }
            return isRefused ? .status(403, code: "InvalidObjectState") : .none
        }
        defer { proxy.stop() }
        let endpoint = "s3.endpoint=\(proxy.endpoint.scheme)://\(proxy.endpoint.authority)"
        let settings = gateway.programSettings.map { $0.hasPrefix("s3.endpoint=") ? endpoint : $0 }
        return try await ForeignProgram.run(
            GatewayProcess.program,
            ["reprocess", "--sniff-again"] + arguments + settings
        )
    }

    @Test func `one that is refused is told and counted, and the others are queued`() async throws {
        try await GatewayHarness.run(configure: { $0.attachments.jobs.kindsInServer = [] }) { gateway in
            let files = try await unknownFiles(3, in: gateway)
            // An older release did not know what they were.
            let film = try clip(seconds: 1)
            for file in files {
                let prefix = Array(film.prefix(Int(file.fileSize)))
                _ = try await gateway.storage.putObject(
                    key: file.objectKey,
                    body: .bytes(ByteBuffer(bytes: prefix)),
                    contentType: "application/octet-stream"
                )
            }
            let refused = files[1]
            let plan = try await sniffAgain(gateway, refusing: [refused.objectKey], "--plan")
            #expect(plan.status == 1)
            #expect(plan.output.contains("2 attachments would be done again"))
            let told = try await sniffAgain(gateway, refusing: [refused.objectKey])
            #expect(told.status == 1)
            #expect(told.output.contains("2 attachments are queued"))
            let name = "\(refused.id.uuidString.lowercased()) 1.bin: its first bytes cannot be read: GetObject failed"
            #expect(told.output.contains(name))
            #expect(told.output.contains("1 attachments could not be looked at (1 InvalidObjectState)"))
            for file in files {
                let job = try await gateway.catalog.job(attachmentID: file.id, kind: .import)
                #expect((job == nil) == (file.id == refused.id))
            }
            let again = try await sniffAgain(gateway, refusing: [])
            #expect(again.status == 0)
        }
    }

    @Test func `where all are refused it ends before all are asked for`() async throws {
        try await GatewayHarness.run(configure: { $0.attachments.jobs.kindsInServer = [] }) { gateway in
            let files = try await unknownFiles(12, in: gateway)
            let told = try await sniffAgain(gateway, refusing: files.map(\.objectKey))
            #expect(told.status == 1)
            #expect(told.output.contains("10 attachments in a row could not be looked at"))
            #expect(!told.output.contains("are queued"))
        }
    }
}
