import Catalog
import Crypto
import Foundation
import NIOCore
import S3
import TestSupport

@testable import Attachments

extension ServiceFixture {
    /// The queued media job of the attachment, nil where it is over.
    func job(of id: UUID) async throws -> Job? {
        try await catalog.job(attachmentID: id, kind: .process)
    }

    /// Runs the background loop until the media job of the attachment is over, and answers the attachment.
    func runJob(of id: UUID) async throws -> Attachment? {
        _ = try await runInBackground {
            try await job(of: id) == nil && service.inHandCount == 0
        }
        return try await catalog.attachment(id: id)
    }

    /// Leaves what a process leaves that dies right after the commit of a video: the object, the row, the claimed job.
    func commitAndDie(_ bytes: [UInt8]) async throws -> Attachment {
        let now = Date()
        let id = UUID.version7(at: now)
        let attachment = Attachment(
            id: id,
            messageID: message.id,
            objectKey: ObjectKey.original(id: id, at: now),
            fileName: "clip.mp4",
            fileKind: .video,
            fileSize: Int64(bytes.count),
            mediaType: "video/mp4",
            sha256: SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined(),
            status: .processing,
            uploadedBy: "ann",
            uploadedAt: now
        )
        try await catalog.insertIntent(
            UploadIntent(id: id, objectKey: attachment.objectKey, userID: "ann", createdAt: now)
        )
        _ = try await storage.putObject(
            key: attachment.objectKey,
            body: .bytes(ByteBuffer(bytes: bytes)),
            contentType: attachment.mediaType
        )
        _ = try await catalog.commitUpload(
            attachment: attachment,
            activity: Activity(userID: "ann", action: .fileUploaded, description: "", occurredAt: now)
        )
        return attachment
    }

    /// Begins the attachment's media job once more, as a process that starts and dies of it.
    func beginAndDie(_ id: UUID) async throws {
        try await catalog.registerRunner(.serve, processID: 1)
        guard let job = try await job(of: id) else { return }
        _ = try await catalog.claimJob(job, leaseUntil: Date(timeIntervalSinceNow: Job.leaseDuration))
    }

    /// Makes a job due that was put off, with so many delays more on its account.
    func makeDue(_ id: UUID, afterDelays count: Int = 1) async throws {
        for _ in 0..<count {
            guard let job = try await job(of: id) else { return }
            try await catalog.postponeJob(
                job,
                until: Date(timeIntervalSinceNow: -1),
                error: "made due by a test",
                countsAttempt: false
            )
        }
    }
}

/// The bytes of a media file that is made for the test.
func mediaBytes(_ make: (MediaFixtures) throws -> String) throws -> [UInt8] {
    let media = try MediaFixtures()
    return try media.bytes(of: try make(media))
}

/// An H.264 MP4 of 640 by 360 pixels and two seconds, of some hundred kilobytes.
func clip() throws -> [UInt8] {
    try mediaBytes { try $0.video("clip.mp4", scene: "testsrc2=size=640x360:rate=25:duration=2") }
}
