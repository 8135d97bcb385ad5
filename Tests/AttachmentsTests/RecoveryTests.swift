import Catalog
import Foundation
import NIOCore
import S3
import TestSupport
import Testing

@testable import Attachments

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct RecoveryTests {
    private let leftover = "01a21412-a055-7187-a624-b5e43a7bea6e.spool"

    @Test func `a folder with anything else in it is no spool, and nothing of it is removed`() async throws {
        let directory = try TemporaryDirectory()
        for stranger in ["satchel.sqlite", "01a21412-a055-7187-a624-b5e43a7bea6e", "notes.spool"] {
            let folder = directory.file(UUID().uuidString)
            try FileManager.default.createDirectory(atPath: "\(folder)/lost+found", withIntermediateDirectories: true)
            for name in [leftover, stranger] {
                _ = FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: Data("x".utf8))
            }
            let error = #expect(throws: SpoolError.self) { try Spool(directory: folder, quotaBytes: 1).open() }
            #expect(error?.description.contains(stranger) == true)
            #expect(error?.description.contains("spool.directory") == true)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 3)
            try FileManager.default.removeItem(atPath: "\(folder)/\(stranger)")
            try Spool(directory: folder, quotaBytes: 1).open()
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["lost+found"])
        }
    }

    @Test func `the spool of a dead process is emptied at start`() async throws {
        let directory = try TemporaryDirectory()
        let first = Spool(directory: directory.file("spool"), quotaBytes: 1 << 20)
        try first.open()
        _ = FileManager.default.createFile(atPath: directory.file("spool/\(leftover)"), contents: Data("x".utf8))
        let second = Spool(directory: directory.file("spool"), quotaBytes: 1 << 20)
        #expect(throws: SpoolError.self) { try second.open() }
        #expect(FileManager.default.fileExists(atPath: directory.file("spool/\(leftover)")))
    }

    @Test func `a second server is refused the spool while the first lives, and takes it after`() async throws {
        let directory = try TemporaryDirectory()
        var first: Spool? = Spool(directory: directory.file("spool"), quotaBytes: 1 << 20)
        try first?.open()
        _ = FileManager.default.createFile(atPath: directory.file("spool/\(leftover)"), contents: Data("x".utf8))
        first = nil
        try Spool(directory: directory.file("spool"), quotaBytes: 1 << 20).open()
        #expect(!FileManager.default.fileExists(atPath: directory.file("spool/\(leftover)")))
    }

    @Test func `an intent of a dead process takes its open upload and its object with it`() async throws {
        let fixture = try await ServiceFixture()
        // Died between parts.
        let open = UploadIntent(id: .version7(), objectKey: "attachments/a/original", userID: "ann", createdAt: Date())
        try await fixture.catalog.insertIntent(open)
        let uploadID = try await fixture.storage.createMultipartUpload(
            key: open.objectKey,
            contentType: "application/pdf"
        )
        _ = try await fixture.storage.uploadPart(
            key: open.objectKey,
            uploadID: uploadID,
            number: 1,
            body: .bytes(ByteBuffer(bytes: document(byteCount: 5 << 20)))
        )
        // Died between the storage's answer and the commit.
        let stored = UploadIntent(
            id: .version7(),
            objectKey: "attachments/b/original",
            userID: "ann",
            createdAt: Date()
        )
        try await fixture.catalog.insertIntent(stored)
        _ = try await fixture.storage.putObject(
            key: stored.objectKey,
            body: .bytes(ByteBuffer(string: "x")),
            contentType: "text/plain"
        )
        // Died before the storage was called.
        let untouched = UploadIntent(
            id: .version7(),
            objectKey: "attachments/c/original",
            userID: "ann",
            createdAt: Date()
        )
        try await fixture.catalog.insertIntent(untouched)
        #expect(try await fixture.remains().count == 5)
        #expect(try await fixture.runInBackground { try await fixture.remains().isEmpty })
    }

    @Test func `an intent never takes an object that an attachment refers to`() async throws {
        let fixture = try await ServiceFixture()
        let view = try await fixture.upload(document(byteCount: 1_000))
        let key = view.attachment.objectKey
        try await fixture.catalog.insertIntent(
            UploadIntent(id: .version7(), objectKey: key, userID: "ann", createdAt: Date())
        )
        #expect(try await fixture.runInBackground { try await fixture.catalog.intents().isEmpty })
        #expect(try await fixture.storage.headObject(key: key).byteCount == 1_000)
    }

    @Test func `an upload under way is not swept`() async throws {
        let fixture = try await ServiceFixture()
        let view = try await fixture.upload(document(byteCount: 12 << 20)) { _ in
            let sawIntent = try await fixture.runInBackground {
                try await Task.sleep(for: .seconds(2))
                return try await !fixture.catalog.intents().isEmpty
            }
            #expect(sawIntent)
        }
        #expect(try await fixture.storage.headObject(key: view.attachment.objectKey).byteCount == 12 << 20)
    }
}

@Suite(.enabled(if: SeaweedFS.canStart, "scripts/test brings the S3 server"))
struct OutageTests {
    @Test func `storage that stops during an upload fails it, and everything goes once it is back`() async throws {
        let server = try await SeaweedFS()
        let fixture = try await ServiceFixture(server: server)
        let upload = try fixture.service.openUpload(by: fixture.ann, route: .any, declaredFileLength: nil)
        try await upload.authorize(messageID: fixture.message.id)
        try upload.beginFile(name: "paper.pdf", declaredType: nil)
        let bytes = document(byteCount: 16 << 20)
        try await upload.write(ByteBuffer(bytes: bytes[..<(6 << 20)]))
        while try await fixture.storage.listMultipartUploads().isEmpty {
            try await Task.sleep(for: .milliseconds(20))
        }
        await server.stop()
        let code = await attachmentErrorCode {
            try await upload.write(ByteBuffer(bytes: bytes[(6 << 20)...]))
            try await upload.endFile()
            _ = try await upload.finish()
        }
        #expect(code == .storageUnavailable)
        await upload.abandon()
        #expect(try fixture.spoolFiles() == [])
        #expect(await fixture.service.storageIsReachable() == false)

        try await server.restart()
        // What looks into the bucket is the gateway's own client, which does not ask a storage that it knows to be down.
        try await fixture.storage.probe()
        #expect(try await fixture.runInBackground { try await fixture.remains().isEmpty })
        let view = try await fixture.upload(bytes)
        #expect(try await fixture.storage.bytes(of: view.attachment.objectKey) == bytes)
        await server.stop()
    }

    @Test func `a deletion during an outage is done when the storage is back`() async throws {
        let server = try await SeaweedFS()
        let fixture = try await ServiceFixture(server: server)
        let view = try await fixture.upload(document(byteCount: 1_000))
        await server.stop()
        try await fixture.service.delete(id: view.attachment.id, by: fixture.ann)
        #expect(try await fixture.catalog.attachment(id: view.attachment.id) == nil)
        try await server.restart()
        #expect(try await fixture.runInBackground { try await fixture.storage.listObjects().isEmpty })
        await server.stop()
    }
}
