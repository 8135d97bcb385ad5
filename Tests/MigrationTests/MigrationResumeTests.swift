import Foundation
import Migration
import NIOCore
import S3
import TestSupport
import Testing

/// What a death leaves, at each state of an object, and that the next run goes on without copying anything twice.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct MigrationResumeTests {
    private let large = MigrationFixture.noise(21 << 20)

    @Test func `a small object whose PUT got through is found, and not sent again`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a", Array("bytes".utf8))
        try await fixture.run([MigrationItem(location: "a", targetKey: "a")])
        // The journal's last commits were lost with the process.
        try fixture.alterJournal(
            "UPDATE object SET state = 'planned', sha256 = NULL, proof = NULL, verified_at = NULL, recorded_at = NULL"
        )
        let totals = try await fixture.run()
        #expect(totals.done.objects == 1)
        #expect(fixture.count("PutObject") == 1)
        #expect(try await fixture.row()?.proof == .reread)
    }

    @Test func `an upload goes on with the parts that are there`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("large", large)
        fixture.decide { request in
            request.operation == "UploadPart" && request.operationNumber >= 2
                ? .status(500, code: "InternalError") : .none
        }
        var configuration = fixture.quick
        configuration.maxAttempts = 1
        let first = try await fixture.run([MigrationItem(location: "large", targetKey: "large")], configuration)
        #expect(first.failed[.targetUnavailable]?.objects == 1)
        let sent = fixture.count("UploadPart")
        fixture.decide { _ in .none }
        try await fixture.run()
        // Five parts, of which two were there.
        #expect(fixture.count("UploadPart") - sent == 3)
        #expect(fixture.count("CreateMultipartUpload") == 1)
        #expect(try await fixture.content("large") == large)
    }

    @Test func `a part that the storage takes in after the upload was looked at is not sent again`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("large", large)
        fixture.decide { request in
            request.operation == "UploadPart" && request.operationNumber >= 1
                ? .status(500, code: "InternalError") : .none
        }
        var configuration = fixture.quick
        configuration.maxAttempts = 1
        configuration.partsInFlight = 1
        try await fixture.run([MigrationItem(location: "large", targetKey: "large")], configuration)
        fixture.decide { _ in .none }
        let row = try #require(try await fixture.row())
        let uploadID = try #require(row.uploadID)
        let size = Int(try #require(row.partByteCount))
        #expect(try await fixture.plain.listParts(key: "large", uploadID: uploadID).map(\.number) == [1])
        let sent = fixture.count("UploadPart")

        // The second and the third were on their way when the process died.
        let looks = fixture.count("ListParts")
        let bytes = large
        let late = Task {
            while fixture.count("ListParts") == looks { try await Task.sleep(for: .milliseconds(5)) }
            for number in [2, 3] {
                let part = ByteBuffer(bytes: bytes[(number - 1) * size..<number * size])
                _ = try await fixture.plain.uploadPart(
                    key: "large",
                    uploadID: uploadID,
                    number: number,
                    body: .bytes(part)
                )
            }
        }
        // Slow enough for them to be there before the second look.
        configuration.maxBytesPerSecond = 4 << 20
        let totals = try await fixture.run([], configuration)
        try await late.value
        #expect(totals.done.objects == 1)
        #expect(try await fixture.content("large") == large)
        // Of five parts, two were left.
        #expect(fixture.count("UploadPart") - sent == 2)
        #expect(fixture.count("ListParts") - looks == 2)
        #expect(fixture.count("CreateMultipartUpload") == 1)
    }

    @Test func `a file that changed since is sent anew, with its own time`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("large", large)
        fixture.decide { request in
            request.operation == "CompleteMultipartUpload" ? .status(500, code: "InternalError") : .none
        }
        var configuration = fixture.quick
        configuration.maxAttempts = 1
        try await fixture.run([MigrationItem(location: "large", targetKey: "large")], configuration)
        fixture.decide { _ in .none }
        var changed = large
        changed[7 << 20] ^= 1
        try fixture.write("large", changed)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_000_000_000)],
            ofItemAtPath: fixture.source.file("large")
        )
        let sent = fixture.count("UploadPart")
        try await fixture.run()
        #expect(fixture.count("UploadPart") - sent == 5)
        #expect(fixture.count("AbortMultipartUpload") == 1)
        #expect(try await fixture.content("large") == changed)
        let head = try await fixture.plain.headObject(key: "large")
        #expect(head.metadata["mtime"]?.hasPrefix("1000000000") == true)
        #expect(try await fixture.plain.listMultipartUploads().isEmpty)
    }

    @Test func `a file that was touched after a death in its upload has its time of now`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("large", large, modifiedAt: Date(timeIntervalSince1970: 1_577_836_800))
        fixture.decide { request in
            request.operation == "CompleteMultipartUpload" ? .status(500, code: "InternalError") : .none
        }
        var configuration = fixture.quick
        configuration.maxAttempts = 1
        func item(_ time: Double) -> MigrationItem {
            MigrationItem(location: "large", targetKey: "large", modifiedAt: Date(timeIntervalSince1970: time))
        }
        try await fixture.run([item(1_577_836_800)], configuration)
        fixture.decide { _ in .none }
        // As a kill leaves it.
        try fixture.alterJournal(
            "UPDATE object SET state = 'copying', failure_code = NULL, failure_message = NULL, failed_at = NULL"
        )
        try fixture.write("large", large, modifiedAt: Date(timeIntervalSince1970: 1_717_200_000))
        #expect(try await fixture.run([item(1_717_200_000)]).done.objects == 1)
        #expect(try await fixture.plain.headObject(key: "large").metadata["mtime"] == "1717200000")
        #expect(try await fixture.plain.listMultipartUploads().isEmpty)
    }

    @Test func `an upload that was opened with another type is begun anew`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("large", large)
        fixture.decide { request in
            request.operation == "CompleteMultipartUpload" ? .status(500, code: "InternalError") : .none
        }
        var configuration = fixture.quick
        configuration.maxAttempts = 1
        func item(_ type: String) -> MigrationItem {
            MigrationItem(location: "large", targetKey: "large", contentType: type)
        }
        try await fixture.run([item("text/plain")], configuration)
        fixture.decide { _ in .none }
        #expect(try await fixture.run([item("video/mp4")]).done.objects == 1)
        #expect(try await fixture.plain.headObject(key: "large").contentType == "video/mp4")
        #expect(fixture.count("CreateMultipartUpload") == 2)
        #expect(try await fixture.plain.listMultipartUploads().isEmpty)
    }

    @Test func `a completion whose answer was lost is not repeated`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("large", large)
        fixture.decide { request in request.operation == "CompleteMultipartUpload" ? .loseReply : .none }
        var configuration = fixture.quick
        configuration.maxAttempts = 1
        let first = try await fixture.run([MigrationItem(location: "large", targetKey: "large")], configuration)
        #expect(first.done.objects == 0)
        let sent = fixture.count("UploadPart")
        fixture.decide { _ in .none }
        let totals = try await fixture.run()
        #expect(totals.done.objects == 1)
        #expect(fixture.count("UploadPart") == sent)
    }

    @Test func `an object that was sent whole is only proved`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("large", large)
        try await fixture.run([MigrationItem(location: "large", targetKey: "large")])
        try fixture.alterJournal("UPDATE object SET state = 'copied', proof = NULL, recorded_at = NULL")
        let sent = fixture.count("UploadPart")
        // Not needed for the proof any more.
        try FileManager.default.removeItem(atPath: fixture.source.file("large"))
        let totals = try await fixture.run()
        #expect(totals.done.objects == 1)
        #expect(fixture.count("UploadPart") == sent)
        #expect(try await fixture.row()?.proof == .reread)
    }

    @Test func `what the catalog did not take is recorded later, without copying`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a", [1, 2])
        var configuration = fixture.quick
        configuration.maxAttempts = 1
        let refusal = MigrationError(.recordRefused, "busy", isTransient: true)
        let first = try await fixture.run(
            [MigrationItem(location: "a", targetKey: "a")],
            configuration,
            recorder: RecordLog(refusing: refusal)
        )
        #expect(first.failed[.recordRefused]?.objects == 1)
        #expect(try await fixture.row()?.state == .verified)
        let recorder = RecordLog()
        let totals = try await fixture.run(recorder: recorder)
        #expect(totals.done.objects == 1)
        #expect(recorder.recorded.map(\.item.targetKey) == ["a"])
        #expect(fixture.count("PutObject") == 1)
    }

    @Test func `after a rollback everything is recorded anew, without copying`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a", [1, 2])
        try await fixture.run([MigrationItem(location: "a", targetKey: "a")], recorder: RecordLog())
        let journal = try fixture.journal()
        #expect(try await journal.forgetRecords() == 1)
        try await journal.close()
        let recorder = RecordLog()
        try await fixture.run(recorder: recorder)
        #expect(recorder.recorded.count == 1)
        #expect(fixture.count("PutObject") == 1)
    }

    // The object was begun a minute before the upload, or after it, in parts or in one request; the storage's clock may be minutes ahead
    // of ours, or behind.
    @Test(arguments: [(-60, "5242880", true), (60, "5242880", false), (-60, "NULL", false)], [0, 240, -240])
    func `an upload that was opened and not written down is ended, and none that is older or another's`(
        upload: (secondsUntilStart: Int64, partByteCount: String, isEnded: Bool),
        clockLead: Int64
    ) async throws {
        let fixture = try await MigrationFixture(clockLead: clockLead)
        try fixture.write("large", large)
        let journal = try fixture.journal()
        _ = try await journal.add([MigrationItem(location: "large", targetKey: "large")])
        try await journal.close()
        let startedAt = Int64(Date().timeIntervalSince1970 * 1000) + (upload.secondsUntilStart - clockLead) * 1000
        try fixture.alterJournal(
            "UPDATE object SET state = 'copying', started_at = \(startedAt), part_bytes = \(upload.partByteCount)"
        )
        let other = try await fixture.plain.createMultipartUpload(key: "large", contentType: "text/plain")
        try await fixture.run()
        let left = try await fixture.plain.listMultipartUploads(prefix: "large").map(\.uploadID)
        #expect(left == (upload.isEnded ? [] : [other]))
        #expect(try await fixture.content("large") == large)
    }

    @Test func `a run that is cancelled in the middle of an object goes on there`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("large", large)
        var slow = fixture.quick
        slow.maxBytesPerSecond = 6 << 20
        let configuration = slow
        let task = Task {
            try await fixture.run([MigrationItem(location: "large", targetKey: "large")], configuration)
        }
        while fixture.count("UploadPart") < 2 { try await Task.sleep(for: .milliseconds(20)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let row = try #require(try await fixture.row())
        #expect(row.state == .copying)
        #expect(row.uploadID != nil)
        let sent = fixture.count("UploadPart")
        try await fixture.run()
        #expect(fixture.count("UploadPart") == 5)
        #expect(sent < 5)
        #expect(try await fixture.content("large") == large)
    }
}
