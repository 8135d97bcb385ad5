import Catalog
import Foundation
import GRDB
import Migration
import TestSupport
import Testing

struct DjangoDatabaseTests {
    @Test func `conversations come with their participants, then the messages, all by id`() async throws {
        let project = try OldProject()
        let found = try await all(of: try project.inventory())
        let first = try #require(OldProject.uuid(OldProject.first))
        let second = try #require(OldProject.uuid(OldProject.second))
        #expect(found.conversations.map(\.conversation.id) == [first, second])
        #expect(
            found.conversations.map(\.participants) == [
                ["1", "2"].map { Participant(conversationID: first, userID: $0, role: .member) },
                [Participant(conversationID: second, userID: "3", role: .member)],
            ]
        )
        #expect(found.messages.map(\.id) == OldProject.messages.map { OldProject.uuid($0) })
        #expect(found.messages.map(\.conversationID) == [first, first, second])
        #expect(found.messages.map(\.senderID) == ["1", "2", "3"])
        #expect(found.complaints.isEmpty)
    }

    @Test func `a film keeps all that its row says, under a key made of its day and id`() async throws {
        let project = try OldProject()
        try project.media.write(SampleBytes.jpeg, to: "thumbnails/2025/01/15/thumb.jpg")
        try project.add(
            1,
            file: "attachments/2025/01/15/video.mp4",
            bytes: SampleBytes.mp4,
            name: "Füße + 100%.mp4",
            type: "video",
            mime: "video/mp4",
            duration: 120,
            thumbnail: "thumbnails/2025/01/15/thumb.jpg",
            width: 1920,
            height: 1080,
            bitrate: 5000,
            codec: "h264"
        )
        let found = try await all(of: try project.inventory())
        let id = try #require(OldProject.uuid(OldProject.id(1)))
        let folder = "attachments/2025/01/15/bbbbbbbb-bbbb-4bbb-8bbb-000000000001"
        let attachment = try #require(found.attachments.first?.attachment)
        #expect(attachment.id == id)
        #expect(attachment.messageID == OldProject.uuid(OldProject.messages[0]))
        #expect(attachment.objectKey == "\(folder).original")
        #expect(attachment.fileName == "Füße + 100%.mp4")
        #expect(attachment.fileKind == .video)
        #expect(attachment.fileSize == 64)
        #expect(attachment.mediaType == "video/mp4")
        #expect(attachment.sha256 == nil)
        #expect(attachment.status == .ready)
        #expect(attachment.durationMilliseconds == 120_000)
        #expect(attachment.width == 1920)
        #expect(attachment.height == 1080)
        #expect(attachment.bitrate == 5000)
        #expect(attachment.codec == "h264")
        #expect(attachment.audioCodec == nil)
        #expect(attachment.uploadedBy == "1")
        // 2025-01-15T10:30:00Z is 1736937000.
        #expect(attachment.uploadedAt == Date(timeIntervalSince1970: 1_736_937_000.123))
        #expect(
            attachment.renditions == [
                Rendition(
                    name: "thumbnail",
                    objectKey: "\(folder).thumbnail.jpg",
                    width: 320,
                    height: 180,
                    mediaType: "image/jpeg",
                    byteCount: Int64(SampleBytes.jpeg.count)
                )
            ]
        )
        #expect(
            found.attachments.first?.locations == [
                "\(folder).original": "attachments/2025/01/15/video.mp4",
                "\(folder).thumbnail.jpg": "thumbnails/2025/01/15/thumb.jpg",
            ]
        )
        #expect(found.items.map(\.targetKey) == ["\(folder).original", "\(folder).thumbnail.jpg"])
        #expect(found.items.map(\.byteCount) == [64, Int64(SampleBytes.jpeg.count)])
        #expect(found.items.map(\.contentType) == ["video/mp4", "image/jpeg"])
        #expect(found.items.map(\.rendition) == [nil, "thumbnail"])
        #expect(found.items.map(\.attachmentID) == [id, id])
        #expect(found.complaints.isEmpty)
    }

    @Test func `a second run gives the same`() async throws {
        let project = try OldProject()
        for number in 1...3 {
            try project.add(
                number,
                file: "\(number).png",
                bytes: SampleBytes.png,
                uploadedAt: "2024-12-31 23:59:59.9996"
            )
        }
        let first = try await all(of: try project.inventory())
        let second = try await all(of: try project.inventory())
        #expect(first.attachments == second.attachments)
        #expect(first.items == second.items)
        // To the millisecond the time is that of the next day, before and after.
        #expect(first.items.allSatisfy { $0.targetKey.hasPrefix("attachments/2025/01/01/") })
    }

    @Test func `the content decides what a file is, and the row where there is no file to look at`() async throws {
        let project = try OldProject()
        try project.add(1, file: "a.mp4", bytes: SampleBytes.png, type: "video", mime: "video/mp4")
        let looked = try #require(try await all(of: try project.inventory()).attachments.first?.attachment)
        #expect(looked.fileKind == .image)
        #expect(looked.mediaType == "image/png")
        let blind = try DjangoDatabase(path: project.path, files: nil)
        let believed = try #require(try await all(of: blind).attachments.first?.attachment)
        #expect(believed.fileKind == .video)
        #expect(believed.mediaType == "video/mp4")
        #expect(believed.fileSize == Int64(SampleBytes.png.count))
    }

    @Test(arguments: [
        // What is missing in the row of a picture, of a film, of a sound, of a text: work is to be done on it or not.
        ("image", "a.png", SampleBytes.png, nil as Int?, nil as Int?, AttachmentStatus.processing),
        ("image", "a.png", SampleBytes.png, nil, 3, .processing),
        ("video", "a.mp4", SampleBytes.mp4, 12, 3, .processing),
        ("audio", "a.mp3", [0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0, 0xFF, 0xFB, 0x90, 0x64], 0, nil, .processing),
        ("audio", "a.mp3", [0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0, 0xFF, 0xFB, 0x90, 0x64], 3, nil, .ready),
        ("document", "a.txt", Array("text".utf8), nil, nil, .ready),
    ])
    func `what lacks facts or a thumbnail is to be processed`(
        type: String,
        file: String,
        bytes: [UInt8],
        duration: Int?,
        size: Int?,
        status: AttachmentStatus
    ) async throws {
        let project = try OldProject()
        try project.add(
            1,
            file: file,
            bytes: bytes,
            type: type,
            duration: duration,
            width: size,
            height: size,
            bitrate: 128,
            codec: "mp3"
        )
        let found = try #require(try await all(of: try project.inventory()).attachments.first?.attachment)
        #expect(found.fileKind.rawValue == type)
        #expect(found.status == status)
        #expect(found.durationMilliseconds == duration.flatMap { $0 == 0 ? nil : Int64($0) * 1000 })
    }

    @Test func `users are called by their names where tokens carry names`() async throws {
        let project = try OldProject()
        try project.add(1, message: 1, file: "a.bin", bytes: [1])
        let found = try await all(of: try project.inventory(options: DjangoOptions(usesNames: true)))
        #expect(found.conversations.map { $0.participants.map(\.userID) } == [["ann@example.org", "bob"], ["carl"]])
        #expect(found.messages.map(\.senderID) == ["ann@example.org", "bob", "carl"])
        #expect(found.attachments.map(\.attachment.uploadedBy) == ["bob"])
    }

    @Test func `a role column and an uploader column are used where there are some`() async throws {
        let project = try OldProject()
        try project.add(1, file: "a.bin", bytes: [1])
        try project.execute(
            """
            ALTER TABLE chat_conversation_participants ADD COLUMN role varchar(20) NOT NULL DEFAULT 'reader';
            UPDATE chat_conversation_participants SET role = 'Admin' WHERE user_id = 2;
            ALTER TABLE chat_attachment ADD COLUMN uploaded_by_id integer;
            UPDATE chat_attachment SET uploaded_by_id = 2;
            """
        )
        let found = try await all(of: try project.inventory())
        #expect(found.conversations.first?.participants.map(\.role) == [.member, .admin])
        #expect(found.attachments.first?.attachment.uploadedBy == "2")
    }

    @Test func `other names of tables and columns are said by assignments`() async throws {
        let project = try OldProject()
        try project.add(1, file: "a.bin", bytes: [1], name: "kept.bin")
        try project.execute(
            """
            ALTER TABLE chat_attachment RENAME TO "Files of mine";
            ALTER TABLE "Files of mine" RENAME COLUMN file_name TO [the name];
            ALTER TABLE "Files of mine" DROP COLUMN codec;
            """
        )
        let found = try await all(
            of: try project.inventory([
                "attachment=files of mine", "attachment.file_name=The Name", "attachment.codec=",
            ])
        )
        #expect(found.attachments.map(\.attachment.fileName) == ["kept.bin"])
    }

    @Test func `times without a zone are those of the project's zone`() async throws {
        let project = try OldProject()
        try project.add(1, file: "a.bin", bytes: [1], uploadedAt: "2025-07-01 00:30:00")
        let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
        let found = try await all(of: try project.inventory(options: DjangoOptions(timeZone: berlin)))
        // Two hours before, in summer: 2025-06-30T22:30:00Z.
        #expect(found.attachments.first?.attachment.uploadedAt == Date(timeIntervalSince1970: 1_751_322_600))
        #expect(found.items.first?.targetKey.hasPrefix("attachments/2025/06/30/") == true)
    }

    @Test func `more rows than a page has come all, each once`() async throws {
        let project = try OldProject()
        try project.media.write([1, 2, 3], to: "same.bin")
        try await project.queue.write { db in
            for number in 1...1203 {
                try db.execute(
                    sql: """
                        INSERT INTO chat_attachment VALUES (?, ?, 'same.bin', 'x', 'other', 3, '', NULL, '', NULL, NULL, NULL, '',
                        '2025-01-15 10:30:00')
                        """,
                    arguments: [OldProject.id(number), OldProject.messages[number % 3]]
                )
            }
        }
        var sizes: [Int] = []
        var ids: [UUID] = []
        try await project.inventory()
            .read { batch in
                sizes.append(batch.items.count)
                ids += batch.attachments.map(\.attachment.id)
            }
        #expect(ids == (1...1203).map { OldProject.uuid(OldProject.id($0)) })
        #expect(sizes.allSatisfy { $0 <= 500 })
    }
}
