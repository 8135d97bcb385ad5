import Catalog
import Crypto
import Curl
import Foundation
import NIOCore
import S3
import TestSupport
import Testing

@testable import Attachments

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct UploadTests {
    @Test func `a small file is stored by one PUT and recorded`() async throws {
        let fixture = try await ServiceFixture()
        let bytes = document(byteCount: 70_001)
        let view = try await fixture.upload(bytes)
        let record = view.attachment
        #expect(record.fileKind == .document)
        #expect(record.mediaType == "application/pdf")
        #expect(record.fileSize == 70_001)
        #expect(record.status == .ready)
        #expect(record.sha256 == SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined())
        #expect(try await fixture.storage.bytes(of: record.objectKey) == bytes)
        #expect(try await fixture.storage.headObject(key: record.objectKey).contentType == "application/pdf")
        #expect(try await fixture.catalog.attachment(id: record.id) != nil)
        #expect(try await fixture.remains() == ["object \(record.objectKey)"])
        #expect(fixture.service.inHandCount == 0)
    }

    @Test(arguments: [
        (name: "paper.pdf", byteCount: 16 << 10, isOnDisk: false),
        (name: "paper.pdf", byteCount: (16 << 10) + 1, isOnDisk: true),
        (name: "photo.jpg", byteCount: 100, isOnDisk: true),
    ])
    func `a small file that no worker reads stays off the disk`(
        name: String,
        byteCount: Int,
        isOnDisk: Bool
    ) async throws {
        let fixture = try await ServiceFixture()
        var bytes = document(byteCount: byteCount)
        if name == "photo.jpg" { bytes.replaceSubrange(0..<4, with: [0xFF, 0xD8, 0xFF, 0xE0]) }
        let upload = try fixture.service.openUpload(by: fixture.ann, route: .any, declaredFileLength: nil)
        try await upload.authorize(messageID: fixture.message.id)
        try upload.beginFile(name: name, declaredType: nil)
        try await upload.write(ByteBuffer(bytes: bytes))
        try await upload.endFile()
        #expect(try fixture.spoolFiles().isEmpty == !isOnDisk)
        let view = try await upload.finish()
        #expect(try await fixture.storage.bytes(of: view.attachment.objectKey) == bytes)
        #expect(view.attachment.fileSize == byteCount)
        #expect(view.attachment.sha256 == SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined())
    }

    @Test func `object keys are opaque and dated, the name stays in the catalog`() async throws {
        let fixture = try await ServiceFixture()
        let view = try await fixture.upload(document(byteCount: 100), name: "../../etc/päss \"wd\".pdf")
        let key = view.attachment.objectKey
        let id = view.attachment.id.uuidString.lowercased()
        #expect(key.wholeMatch(of: /attachments\/\d{4}\/\d\d\/\d\d\/[0-9a-f-]{36}\.original/) != nil)
        #expect(key.hasSuffix("/\(id).original"))
        #expect(view.attachment.fileName == "päss \"wd\".pdf")
    }

    @Test(arguments: [5 << 20, (5 << 20) + 1, 10 << 20, (12 << 20) + 345])
    func `a file of several parts arrives whole`(byteCount: Int) async throws {
        let fixture = try await ServiceFixture()
        let bytes = document(byteCount: byteCount)
        let view = try await fixture.upload(bytes)
        #expect(try await fixture.storage.bytes(of: view.attachment.objectKey) == bytes)
        #expect(view.attachment.sha256 == SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined())
        #expect(try await fixture.remains() == ["object \(view.attachment.objectKey)"])
    }

    @Test func `the message may be named after the file`() async throws {
        let fixture = try await ServiceFixture()
        let bytes = document(byteCount: 11 << 20)
        let view = try await fixture.upload(bytes, authorizesLast: true) { upload in
            _ = upload
        }
        #expect(try await fixture.storage.bytes(of: view.attachment.objectKey) == bytes)
    }

    @Test func `nothing goes to the storage before the upload is authorized`() async throws {
        let fixture = try await ServiceFixture()
        let upload = try fixture.service.openUpload(by: fixture.ann, route: .any, declaredFileLength: nil)
        try upload.beginFile(name: "paper.pdf", declaredType: nil)
        try await upload.write(ByteBuffer(bytes: document(byteCount: 12 << 20)))
        try await upload.endFile()
        try await Task.sleep(for: .milliseconds(300))
        #expect(try await fixture.storage.listMultipartUploads().isEmpty)
        #expect(try await fixture.catalog.intents().isEmpty)
        await upload.abandon()
        #expect(try await fixture.remains() == [])
    }

    @Test func `an empty file with a name is stored as an empty object`() async throws {
        let fixture = try await ServiceFixture()
        let view = try await fixture.upload([], name: "empty.txt")
        #expect(view.attachment.fileSize == 0)
        #expect(try await fixture.storage.bytes(of: view.attachment.objectKey) == [])
    }

    @Test func `a stranger and an unknown message are refused, and nothing is left`() async throws {
        let fixture = try await ServiceFixture()
        let bytes = document(byteCount: 6 << 20)
        #expect(
            await attachmentErrorCode { _ = try await fixture.upload(bytes, by: fixture.stranger) } == .notAParticipant
        )
        let upload = try fixture.service.openUpload(by: fixture.ann, route: .any, declaredFileLength: nil)
        #expect(await attachmentErrorCode { try await upload.authorize(messageID: UUID()) } == .messageNotFound)
        await upload.abandon()
        #expect(try await fixture.remains() == [])
        #expect(fixture.service.inHandCount == 0)
    }

    @Test func `a service may upload to any message`() async throws {
        let fixture = try await ServiceFixture()
        let backend = Requester(userID: "backend", isService: true)
        let view = try await fixture.upload(document(byteCount: 100), by: backend)
        #expect(view.attachment.uploadedBy == "backend")
    }

    @Test func `a file over the limit of its kind is refused while it streams, and nothing is left`() async throws {
        let fixture = try await ServiceFixture { $0.limits.document = 11 << 20 }
        let code = await attachmentErrorCode {
            _ = try await fixture.upload(document(byteCount: (11 << 20) + 1))
        }
        #expect(code == .fileTooLarge)
        #expect(try await fixture.remains() == [])
        let view = try await fixture.upload(document(byteCount: 11 << 20))
        #expect(view.attachment.fileSize == 11 << 20)
    }

    @Test func `a declared length over every limit is refused before a byte is read`() async throws {
        let fixture = try await ServiceFixture()
        let code = await attachmentErrorCode {
            _ = try fixture.service.openUpload(
                by: fixture.ann,
                route: .videosOnly,
                declaredFileLength: (100 << 20) + 1
            )
        }
        #expect(code == .fileTooLarge)
        #expect(try fixture.spoolFiles() == [])
    }

    @Test func `text that claims to be a video is refused by its content`() async throws {
        let fixture = try await ServiceFixture()
        let text = Array("this is no video\n".utf8)
        #expect(
            await attachmentErrorCode { _ = try await fixture.upload(text, name: "clip.mp4") } == .mediaTypeMismatch
        )
        #expect(
            await attachmentErrorCode {
                _ = try await fixture.upload(document(byteCount: 9_000), route: .videosOnly)
            } == .unsupportedMediaType
        )
        #expect(try await fixture.remains() == [])
    }

    @Test func `an upload without a file or a message is refused`() async throws {
        let fixture = try await ServiceFixture()
        let empty = try fixture.service.openUpload(by: fixture.ann, route: .any, declaredFileLength: nil)
        try await empty.authorize(messageID: fixture.message.id)
        #expect(await attachmentErrorCode { _ = try await empty.finish() } == .missingFile)
        await empty.abandon()
        let unbound = try fixture.service.openUpload(by: fixture.ann, route: .any, declaredFileLength: nil)
        try unbound.beginFile(name: "a.pdf", declaredType: nil)
        try await unbound.endFile()
        #expect(await attachmentErrorCode { _ = try await unbound.finish() } == .missingMessageID)
        await unbound.abandon()
        #expect(try await fixture.remains() == [])
    }

    @Test func `a message that is deleted during the upload refuses it at the end, and nothing is left`() async throws {
        let fixture = try await ServiceFixture()
        let code = await attachmentErrorCode {
            _ = try await fixture.upload(document(byteCount: 7 << 20)) { _ in
                _ = try await fixture.service.deleteMessage(id: fixture.message.id)
            }
        }
        #expect(code == .messageNotFound)
        #expect(try await fixture.remains() == [])
    }

    @Test func `a client that goes away in the middle leaves nothing`() async throws {
        let fixture = try await ServiceFixture()
        let upload = try fixture.service.openUpload(by: fixture.ann, route: .any, declaredFileLength: nil)
        try await upload.authorize(messageID: fixture.message.id)
        try upload.beginFile(name: "paper.pdf", declaredType: nil)
        try await upload.write(ByteBuffer(bytes: document(byteCount: 13 << 20)))
        while try await fixture.storage.listMultipartUploads().isEmpty {
            try await Task.sleep(for: .milliseconds(20))
        }
        await upload.abandon()
        #expect(try await fixture.remains() == [])
        await upload.abandon()
        #expect(fixture.service.inHandCount == 0)
    }

    @Test func `a client that goes away while its bytes are being written leaves neither file nor quota`() async throws
    {
        let fixture = try await ServiceFixture()
        let slow = DigestClaim(source: "Repr-Digest", algorithm: .sha512, digest: [1])
        for _ in 0..<10 {
            let upload = try fixture.service.openUpload(by: fixture.ann, route: .any, declaredFileLength: nil)
            try upload.beginFile(name: "paper.pdf", declaredType: nil, digests: [slow])
            try await upload.write(ByteBuffer(bytes: document(byteCount: 6 << 20)))
            await upload.abandon()
            #expect(fixture.service.spoolBytes == 0)
        }
        try await Task.sleep(for: .milliseconds(200))
        #expect(fixture.service.spoolBytes == 0)
        #expect(try await fixture.remains() == [])
    }

    @Test func `one user has no more than four of the places for large blocks, and gives them back`() async throws {
        let fixture = try await ServiceFixture()
        let places = fixture.service.largeBlocks
        var uploads: [Upload] = []
        for number in 1...5 {
            let upload = try fixture.service.openUpload(by: fixture.ann, route: .any, declaredFileLength: nil)
            uploads.append(upload)
            try upload.beginFile(name: "paper.pdf", declaredType: nil)
            try await upload.write(ByteBuffer(bytes: document(byteCount: 5 << 20)))
            #expect(upload.isLarge == (number < 5))
        }
        #expect(places.count(of: fixture.ann.userID) == 4)
        try await uploads[0].endFile()
        #expect(places.count(of: fixture.ann.userID) == 3)
        try await uploads[4].write(ByteBuffer(bytes: document(byteCount: 1 << 10)))
        #expect(uploads[4].isLarge)
        for upload in uploads { await upload.abandon() }
        #expect(places.count(of: fixture.ann.userID) == 0)
        #expect(fixture.service.spoolBytes == 0)
    }

    @Test func `many uploads at once keep their bytes apart`() async throws {
        let fixture = try await ServiceFixture()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...12 {
                group.addTask {
                    let bytes = document(byteCount: (6 << 20) + number, seed: UInt64(number))
                    let view = try await fixture.upload(bytes)
                    #expect(try await fixture.storage.bytes(of: view.attachment.objectKey) == bytes)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await fixture.storage.listObjects().count == 12)
        #expect(try fixture.spoolFiles() == [])
        #expect(try await fixture.catalog.intents().isEmpty)
    }

    @Test func `the quota of the spool refuses an upload and comes back after it`() async throws {
        let fixture = try await ServiceFixture { $0.spoolQuotaBytes = 4 << 20 }
        #expect(
            await attachmentErrorCode {
                _ = try fixture.service.openUpload(by: fixture.ann, route: .any, declaredFileLength: 5 << 20)
            } == .spoolFull
        )
        #expect(
            await attachmentErrorCode { _ = try await fixture.upload(document(byteCount: 6 << 20)) } == .spoolFull
        )
        #expect(try await fixture.remains() == [])
        for _ in 0..<3 {
            _ = try await fixture.upload(document(byteCount: 3 << 20))
        }
    }

    @Test func `a quota of the spool that is lowered takes nothing from an upload with room, and gives no more`()
        async throws
    {
        let fixture = try await ServiceFixture { $0.spoolQuotaBytes = 4 << 20 }
        let bytes = document(byteCount: 3 << 20)
        let upload = try fixture.service.openUpload(by: fixture.ann, route: .any, declaredFileLength: 3 << 20)
        fixture.service.spoolQuotaBytes = 1 << 20
        let refused = await attachmentErrorCode {
            _ = try fixture.service.openUpload(by: fixture.ann, route: .any, declaredFileLength: 1)
        }
        #expect(refused == .spoolFull)
        try await upload.authorize(messageID: fixture.message.id)
        try upload.beginFile(name: "paper.pdf", declaredType: nil)
        try await upload.write(ByteBuffer(bytes: bytes))
        try await upload.endFile()
        let view = try await upload.finish()
        #expect(try await fixture.storage.bytes(of: view.attachment.objectKey) == bytes)
        #expect(fixture.service.spoolBytes == 0)
        #expect(await attachmentErrorCode { _ = try await fixture.upload(bytes) } == .spoolFull)
        fixture.service.spoolQuotaBytes = 3 << 20
        _ = try await fixture.upload(bytes)
    }
}
