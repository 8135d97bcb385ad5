import Catalog
import Foundation
import Testing

@testable import Attachments

/// How often the progress of a job is noted, and when it is not.
struct FollowingTests {
    /// A video that was just committed, and its media job, which this process has claimed.
    private func beginWork(_ offline: OfflineService, byteCount: Int64) async throws -> (CatalogAttachment, Job) {
        let catalog = offline.catalog
        let (conversation, now) = (UUID.version7(), Date())
        let message = Message(id: .version7(), conversationID: conversation, senderID: "ann", createdAt: now)
        try await catalog.putConversation(
            id: conversation,
            participants: [Participant(conversationID: conversation, userID: "ann", role: .member)]
        )
        try await catalog.putMessage(message)
        let id = UUID.version7(at: now)
        let attachment = CatalogAttachment(
            id: id,
            messageID: message.id,
            objectKey: ObjectKey.original(id: id, at: now),
            fileName: "clip.mp4",
            fileKind: .video,
            fileSize: byteCount,
            mediaType: "video/mp4",
            sha256: String(repeating: "0f", count: 32),
            status: .processing,
            uploadedBy: "ann",
            uploadedAt: now
        )
        try await catalog.insertIntent(
            UploadIntent(id: id, objectKey: attachment.objectKey, userID: "ann", createdAt: now)
        )
        let job = try await catalog.commitUpload(
            attachment: attachment,
            activity: Activity(userID: "ann", action: .fileUploaded, description: "", occurredAt: now)
        )
        return (attachment, try #require(job))
    }

    /// Tells rising percentages, far more often than they are noted; answers those that were.
    private func work(
        _ offline: OfflineService,
        _ attachment: CatalogAttachment,
        _ job: Job,
        for duration: Duration
    ) async throws -> [Int] {
        try await offline.service.following(job, of: attachment) { progress in
            var noted: [Int] = []
            let start = ContinuousClock.now
            var bytes: Int64 = 0
            while start.duration(to: .now) < duration {
                bytes += attachment.fileSize / 1_000
                progress.tell(.fetching, bytes: bytes, of: attachment.fileSize)
                let percent = try offline.catalog.progress(attachmentID: attachment.id).first?.percent
                if let percent, percent != noted.last { noted.append(percent) }
                try await Task.sleep(for: .milliseconds(10))
            }
            // Nobody is told of these: the work is over.
            progress.tell(.fetching, percent: 100)
            return noted
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `notes are a second apart, the first after one, and none comes after the work`() async throws {
        try await OfflineService.run { offline in
            let (attachment, job) = try await beginWork(offline, byteCount: 2 << 20)
            let start = ContinuousClock.now
            let noted = try await work(offline, attachment, job, for: .milliseconds(3_500))
            let seconds = Int(start.duration(to: .now).components.seconds)
            #expect((1...seconds).contains(noted.count))
            #expect(noted == noted.sorted())
            #expect(noted.allSatisfy { $0 < 100 })
            let last = try offline.catalog.progress(attachmentID: attachment.id).first
            #expect(last?.stage == "fetching")
            #expect(last?.percent != 100)
            try await Task.sleep(for: .milliseconds(1_500))
            #expect(try offline.catalog.progress(attachmentID: attachment.id).first == last)
        }
    }

    @Test(arguments: [(1_000, 1_500), (2 << 20, 100)] as [(Int64, Int)])
    func `of a small file, and of what is over at once, nothing is noted`(
        byteCount: Int64,
        milliseconds: Int
    ) async throws {
        try await OfflineService.run { offline in
            let (attachment, job) = try await beginWork(offline, byteCount: byteCount)
            let before = try await offline.catalog.job(id: job.id)
            #expect(try await work(offline, attachment, job, for: .milliseconds(milliseconds)) == [])
            #expect(try await offline.catalog.job(id: job.id) == before)
        }
    }

    @Test func `what the work throws is thrown, and nothing is noted after it`() async throws {
        try await OfflineService.run { offline in
            let (attachment, job) = try await beginWork(offline, byteCount: 2 << 20)
            await #expect(throws: ObjectWaits.self) {
                try await offline.service.following(job, of: attachment) { progress in
                    progress.tell(.fetching, percent: 10)
                    throw ObjectWaits()
                }
            }
            try await Task.sleep(for: .milliseconds(1_200))
            #expect(try offline.catalog.progress(attachmentID: attachment.id).first?.percent == nil)
        }
    }

    @Test(arguments: [(0, 0), (1, 1), (50, 50), (99, 99), (100, 99), (101, 99), (-1, 0)] as [(Int64, Int)])
    func `bytes are told as a percentage below 100`(bytes: Int64, percent: Int) async throws {
        let (marks, told) = AsyncStream<WorkProgress.Mark>.makeStream()
        let progress = WorkProgress(to: told)
        // More than any storage takes as an object.
        let unit: Int64 = 50_000_000_000_000
        progress.tell(.scanning, bytes: bytes * unit, of: 100 * unit)
        progress.tell(.scanning, bytes: 7, of: 0)
        told.finish()
        var all: [WorkProgress.Mark] = []
        for await mark in marks { all.append(mark) }
        #expect(all.map(\.percent) == [percent, nil])
    }
}
