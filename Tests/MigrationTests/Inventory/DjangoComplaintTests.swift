import Catalog
import Foundation
import GRDB
import Migration
import TestSupport
import Testing

struct DjangoComplaintTests {
    @Test func `a row that breaks a rule is complained of, and the rest goes on`() async throws {
        let project = try OldProject()
        for number in 1...8 { try project.add(number, file: "\(number).bin", bytes: [UInt8(number)]) }
        try project.execute(
            """
            UPDATE chat_attachment SET id = '17' WHERE id = '\(OldProject.id(1))';
            UPDATE chat_attachment SET message_id = 'cccccccccccc4ccc8ccccccccccccccc' WHERE id = '\(OldProject.id(2))';
            UPDATE chat_attachment SET file = '' WHERE id = '\(OldProject.id(3))';
            UPDATE chat_attachment SET file = '../secret' WHERE id = '\(OldProject.id(4))';
            UPDATE chat_attachment SET file = '/etc/passwd' WHERE id = '\(OldProject.id(5))';
            UPDATE chat_attachment SET uploaded_at = 'yesterday' WHERE id = '\(OldProject.id(6))';
            UPDATE chat_attachment SET file_size = 7 WHERE id = '\(OldProject.id(7))';
            """
        )
        let found = try await all(of: try project.inventory())
        #expect(found.attachments.map(\.attachment.id) == [6, 7, 8].map { OldProject.uuid(OldProject.id($0)) })
        let complaints = Dictionary(found.complaints.map { ($0.subject, $0) }) { first, _ in first }
        #expect(complaints.count == 7)
        #expect(complaints["chat_attachment 17"]?.reason == "its id is no UUID")
        func reason(_ number: Int) throws -> String? {
            let id = try #require(OldProject.uuid(OldProject.id(number)))
            return complaints["chat_attachment \(id.text)"]?.reason
        }
        #expect(try reason(2)?.contains("cccccccccccc4ccc8ccccccccccccccc is not there") == true)
        #expect(try reason(3) == "it names no file")
        #expect(try reason(4)?.contains("../secret") == true)
        #expect(try reason(5)?.contains("/etc/passwd") == true)
        #expect(try reason(6)?.contains("\"yesterday\" is no time") == true)
        #expect(try reason(7)?.contains("7 bytes by the record, and 1 in fact") == true)
        #expect(found.attachments[1].attachment.fileSize == 1)
        // Of the eighth there is nothing to tell, and the seventh is brought as it is.
        #expect(found.complaints.filter { !$0.isRemark }.count == 6)
    }

    @Test func `an attachment without its file is missing, one that cannot be read stays to be tried`() async throws {
        let project = try OldProject()
        try project.add(1, file: "gone.png", bytes: nil)
        try project.add(2, file: "locked.png", bytes: SampleBytes.png, type: "image", mime: "image/png")
        var folder = project.folder
        folder.unreadable = ["locked.png"]
        let found = try await all(of: try project.inventory(files: folder))
        #expect(found.complaints.map(\.kind) == [.missing, .unreadable])
        #expect(!found.complaints.contains { $0.isRemark })
        #expect(found.complaints.first?.reason.contains("gone.png") == true)
        #expect(found.items.map(\.location) == ["locked.png"])
        #expect(found.attachments.first?.attachment.mediaType == "image/png")
        #expect(found.attachments.first?.attachment.fileSize == Int64(SampleBytes.png.count))
    }

    @Test func `a thumbnail that is gone or no picture is made anew`() async throws {
        let project = try OldProject()
        try project.media.write("no picture", to: "t2.jpg")
        try project.add(1, file: "1.png", bytes: SampleBytes.png, thumbnail: "t1.jpg", width: 3, height: 2)
        try project.add(2, file: "2.png", bytes: SampleBytes.png, thumbnail: "t2.jpg", width: 3, height: 2)
        let found = try await all(of: try project.inventory())
        #expect(found.attachments.map(\.attachment.status) == [.processing, .processing])
        #expect(found.attachments.allSatisfy { $0.attachment.renditions.isEmpty && $0.locations.count == 1 })
        #expect(found.complaints.map(\.kind) == [.missing, .invalid])
        #expect(found.complaints.allSatisfy { $0.isRemark })
    }

    @Test func `facts that cannot be are complained of and measured anew`() async throws {
        let project = try OldProject()
        try project.add(
            1,
            file: "1.mp4",
            bytes: SampleBytes.mp4,
            duration: "two minutes",
            width: -5,
            height: 2,
            bitrate: 0
        )
        let found = try await all(of: try project.inventory())
        let attachment = try #require(found.attachments.first?.attachment)
        #expect(attachment.durationMilliseconds == nil)
        #expect(attachment.width == nil)
        #expect(attachment.height == 2)
        #expect(attachment.bitrate == nil)
        #expect(attachment.status == .processing)
        #expect(found.complaints.count == 2)
        #expect(found.complaints.allSatisfy { $0.isRemark })
        #expect(found.complaints[0].reason.contains("duration is \"two minutes\""))
        #expect(found.complaints[1].reason.contains("width is -5.0"))
    }

    @Test func `what refers to a conversation that is not there is told of`() async throws {
        let project = try OldProject()
        try project.add(1, message: 2, file: "1.bin", bytes: [1])
        try project.execute("DELETE FROM chat_conversation WHERE id = '\(OldProject.second)'")
        let found = try await all(of: try project.inventory())
        #expect(found.conversations.count == 1)
        #expect(found.messages.count == 2)
        #expect(found.attachments.isEmpty)
        #expect(found.complaints.count == 3)
        #expect(found.complaints.allSatisfy { $0.kind == .invalid && $0.reason.contains("is not there") })
        #expect(found.complaints.first?.subject == "chat_conversation_participants 3")
    }

    @Test func `a sender whose account is gone is named as such`() async throws {
        let project = try OldProject()
        try project.add(1, file: "1.bin", bytes: [1])
        try project.execute("UPDATE chat_message SET sender_id = NULL WHERE id = '\(OldProject.messages[0])'")
        let found = try await all(of: try project.inventory())
        #expect(found.messages.map(\.senderID) == ["(deleted)", "2", "3"])
        #expect(found.attachments.first?.attachment.uploadedBy == "(deleted)")
        #expect(found.complaints.isEmpty)
    }

    @Test func `users without a row in the user table are complained of`() async throws {
        let project = try OldProject()
        try project.execute("DELETE FROM auth_user WHERE id = 2")
        let found = try await all(of: try project.inventory(options: DjangoOptions(usesNames: true)))
        #expect(found.conversations.first?.participants.map(\.userID) == ["ann@example.org"])
        #expect(found.messages.map(\.senderID) == ["ann@example.org", "(deleted)", "carl"])
        #expect(found.complaints.count == 2)
        #expect(found.complaints.allSatisfy { $0.reason.contains("2 has no name in the user table") })
    }

    @Test(arguments: [
        ("attachments/2025/01/15/a b+c%20#?&\"'.bin", "attachments/2025/01/15/a b+c%20#?&\"'.bin"),
        ("./a.bin", "a.bin"),
        ("日本/line\nbreak \u{202E}.bin", "日本/line\nbreak \u{202E}.bin"),
        // Composed in the row, decomposed on the disk.
        ("caf\u{E9}.bin", "cafe\u{301}.bin"),
    ])
    func `a file is found under the name that it has`(recorded: String, onDisk: String) async throws {
        let project = try OldProject()
        try project.media.write([7], to: onDisk)
        try project.add(1, file: recorded, bytes: nil, size: 1)
        let found = try await all(of: try project.inventory())
        let location = try #require(found.items.first?.location)
        #expect(Array(location.utf8) == Array(onDisk.utf8))
        #expect(found.complaints.isEmpty)
    }

    @Test func `an absolute path below the media root is taken for what it means`() async throws {
        let project = try OldProject()
        try project.add(1, file: "a/b.bin", bytes: [1])
        try project.execute("UPDATE chat_attachment SET file = '\(project.media.path)/a/b.bin'")
        let found = try await all(of: try project.inventory())
        #expect(found.items.map(\.location) == ["a/b.bin"])
    }
}
