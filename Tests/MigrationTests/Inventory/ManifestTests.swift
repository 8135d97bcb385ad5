import Catalog
import Foundation
import Migration
import TestSupport
import Testing

struct ManifestTests {
    private let directory: TemporaryDirectory
    private static let message = "0195a1b2-0000-7000-8000-000000000001"

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write(SampleBytes.png, to: "media/a b.png")
    }

    private func manifest(_ text: String, user: String? = "ann") throws -> Manifest {
        try directory.write(text, to: "manifest.jsonl")
        return try Manifest(
            path: directory.file("manifest.jsonl"),
            files: try DirectoryStore(path: directory.file("media")),
            user: user
        )
    }

    @Test func `a line with a path and a message is enough`() async throws {
        let line = "{\"path\": \"a b.png\", \"message_id\": \"\(Self.message)\"}\n"
        let first = try await all(of: try manifest(line))
        let attachment = try #require(first.attachments.first?.attachment)
        #expect(attachment.messageID == UUID(uuidString: Self.message))
        #expect(attachment.fileName == "a b.png")
        #expect(attachment.mediaType == "image/png")
        #expect(attachment.fileSize == Int64(SampleBytes.png.count))
        #expect(attachment.uploadedBy == "ann")
        let attributes = try FileManager.default.attributesOfItem(atPath: directory.file("media/a b.png"))
        let changed = try #require(attributes[.modificationDate] as? Date)
        #expect(abs(attachment.uploadedAt.timeIntervalSince(changed)) < 0.001)
        #expect(first.messages.isEmpty)
        // SHA-256 of the message's 16 bytes and "a b.png", as version 8: by Python's hashlib and uuid.
        #expect(attachment.id == UUID(uuidString: "1639eff5-41a4-8602-a761-b234c881f16f"))
        let second = try await all(of: try manifest("\n\n" + line))
        #expect(second.items == first.items)
    }

    @Test func `a line may say all that is known`() async throws {
        let digest = String(repeating: "AB", count: 32)
        let found = try await all(
            of: try manifest(
                """
                {"path": "a b.png", "message_id": "\(Self.message)", "id": "0195a1b2000070008000000000000002",
                """
                .replacingOccurrences(of: "\n", with: " ")
                    + """
                     "file_name": "x/y\\u202ez.png", "uploaded_at": "2025-01-15T10:30:00Z", "uploaded_by": "bob",
                    """
                    .replacingOccurrences(of: "\n", with: " ")
                        + """
                         "conversation_id": "0195a1b2-0000-7000-8000-000000000003", "sender_id": 17, "participants": ["bob", 17],
                        """
                    .replacingOccurrences(of: "\n", with: " ")
                    + " \"sha256\": \"\(digest)\", \"width\": 3, \"height\": 2, \"mime_type\": null}\n"
            )
        )
        #expect(found.complaints.isEmpty)
        let attachment = try #require(found.attachments.first?.attachment)
        #expect(attachment.id == UUID(uuidString: "0195a1b2-0000-7000-8000-000000000002"))
        #expect(attachment.fileName == "yz.png")
        #expect(attachment.uploadedBy == "bob")
        #expect(attachment.uploadedAt == Date(timeIntervalSince1970: 1_736_937_000))
        #expect(attachment.width == 3)
        #expect(found.items.first?.sha256 == digest.lowercased())
        let conversation = try #require(UUID(uuidString: "0195a1b2-0000-7000-8000-000000000003"))
        #expect(found.messages.map(\.senderID) == ["17"])
        #expect(found.messages.map(\.conversationID) == [conversation])
        #expect(
            found.conversations.map(\.participants) == [
                ["bob", "17"].map { Participant(conversationID: conversation, userID: $0, role: .member) }
            ]
        )
    }

    @Test func `administrators take part, named among the participants or not`() async throws {
        let found = try await all(
            of: try manifest(
                "{\"path\": \"a b.png\", \"message_id\": \"\(Self.message)\", \"sender_id\": \"ann\", "
                    + "\"conversation_id\": \"0195a1b2-0000-7000-8000-000000000003\", "
                    + "\"participants\": [\"bob\", \"ann\"], \"admins\": [\"ann\", 17]}\n"
            )
        )
        #expect(found.complaints.isEmpty)
        let participants = found.conversations.first?.participants ?? []
        #expect(participants.map(\.userID) == ["bob", "ann", "17"])
        #expect(participants.map(\.role) == [.member, .admin, .admin])
    }

    @Test(arguments: [
        ("not json", "it is no JSON object"),
        ("[1]", "it is no JSON object"),
        ("{\"path\": \"a\"", "it is no JSON object"),
        ("{\"message_id\": \"M\"}", "it has no \"path\""),
        ("{\"path\": \"a b.png\"}", "it has no \"message_id\""),
        (
            "{\"path\": \"a b.png\", \"key\": \"k\", \"participants\": [\"x\"]}",
            "it has \"participants\", which bare objects"
        ),
        ("{\"path\": \"a b.png\", \"key\": 7}", "\"key\" must be a text"),
        (
            "{\"path\": \"a b.png\", \"key\": \"k\", \"metadata\": {\"a\": 1}}",
            "\"metadata\" must be an object of texts"
        ),
        ("{\"path\": \"../x\", \"key\": \"k\"}", "is no path below the source"),
        ("{\"path\": \"a b.png\", \"message_id\": \"17\"}", "\"message_id\" must be a UUID"),
        ("{\"path\": 7, \"message_id\": \"M\"}", "\"path\" must be a text"),
        ("{\"path\": \"a b.png\", \"message_id\": \"M\", \"file_nam\": \"x\"}", "it has a member \"file_nam\""),
        ("{\"path\": \"a b.png\", \"message_id\": \"M\", \"uploaded_at\": \"now\"}", "\"uploaded_at\" must be a time"),
        ("{\"path\": \"a b.png\", \"message_id\": \"M\", \"sha256\": \"abc\"}", "\"sha256\" must be 64 hex digits"),
        ("{\"path\": \"a b.png\", \"message_id\": \"M\", \"file_size\": -1}", "\"file_size\" must be a whole number"),
        ("{\"path\": \"a b.png\", \"message_id\": \"M\", \"sender_id\": \"x\"}", "go together"),
        ("{\"path\": \"a b.png\", \"message_id\": \"M\", \"participants\": [\"x\"]}", "without a \"conversation_id\""),
        ("{\"path\": \"a b.png\", \"message_id\": \"M\", \"admins\": [\"x\"]}", "it has \"admins\" without"),
        ("{\"path\": \"a b.png\", \"message_id\": \"M\", \"admins\": \"x\"}", "\"admins\" must be a list of users"),
        ("{\"path\": \"../x\", \"message_id\": \"M\"}", "is no path below the media root"),
        ("{\"path\": \"gone\", \"message_id\": \"M\"}", "is not there"),
    ])
    func `a line that cannot be used is told by its number, and the others go on`(
        line: String,
        reason: String
    ) async throws {
        let good = "{\"path\": \"a b.png\", \"message_id\": \"\(Self.message)\"}"
        let bad = line.replacingOccurrences(of: "\"M\"", with: "\"\(Self.message)\"")
        let found = try await all(of: try manifest("\(good)\n\n\(bad)\r\n"))
        #expect(found.attachments.count == 1)
        #expect(found.complaints.count == 1)
        #expect(found.complaints.first?.subject == "line 3")
        #expect(found.complaints.first?.reason.contains(reason) == true)
    }

    @Test func `a line with a key and no message is a bare object with all that the line says`() async throws {
        let found = try await all(
            of: try manifest(
                "{\"path\": \"a b.png\", \"key\": \"old/a\", \"mime_type\": \"image/webp\", \"cache_control\": \"private\", "
                    + "\"metadata\": {\"owner\": \"\"}, \"uploaded_at\": \"2025-01-15T10:30:00Z\", \"message_id\": null}\n"
            )
        )
        #expect(found.complaints == [])
        #expect(found.attachments.isEmpty)
        let item = try #require(found.items.first)
        #expect(item.targetKey == "old/a")
        #expect(item.location == "a b.png")
        #expect(item.attachmentID == nil)
        #expect(item.byteCount == Int64(SampleBytes.png.count))
        #expect(item.contentType == "image/webp")
        #expect(item.headers?.cacheControl == "private")
        #expect(item.headers?.metadata == ["owner": ""])
        #expect(item.modifiedAt == Date(timeIntervalSince1970: 1_736_937_000))
    }

    @Test func `a bare object's line that is given a message becomes an attachment of the key's name`() async throws {
        let found = try await all(
            of: try manifest("{\"path\": \"a b.png\", \"key\": \"x/y.png\", \"message_id\": \"\(Self.message)\"}\n")
        )
        #expect(found.complaints == [])
        #expect(found.attachments.first?.attachment.fileName == "y.png")
    }

    @Test func `metadata that no header can say is told of by its line`() async throws {
        let found = try await all(
            of: try manifest("{\"path\": \"a b.png\", \"key\": \"k\", \"metadata\": {\"two words\": \"x\"}}\n")
        )
        #expect(found.items.count == 1)
        #expect(found.complaints.map(\.isRemark) == [true])
        #expect(found.complaints.first?.subject == "line 1")
        #expect(found.complaints.first?.reason.contains("\"two words\"") == true)
    }

    @Test func `somebody must have uploaded a file`() async throws {
        let found = try await all(
            of: try manifest("{\"path\": \"a b.png\", \"message_id\": \"\(Self.message)\"}", user: nil)
        )
        #expect(found.complaints.first?.reason.contains("\"uploaded_by\"") == true)
    }

    @Test func `a line of more than a megabyte is told of, and passed over`() async throws {
        let good = "{\"path\": \"a b.png\", \"message_id\": \"\(Self.message)\"}"
        let found = try await all(of: try manifest(String(repeating: "x", count: 3 << 20) + "\n\(good)\n"))
        #expect(found.complaints.first?.reason == "it is longer than 1048576 bytes")
        #expect(found.attachments.count == 1)
    }

    @Test func `a manifest that is not there is refused`() async throws {
        let error = try await migrationError { _ = try Manifest(path: directory.file("none"), files: nil) }
        #expect(error?.code == .inventoryUnreadable)
    }
}
