import Catalog
import Foundation
import Migration
import TestSupport
import Testing

struct DjangoExportTests {
    private static let names =
        "id,message_id,file,file_name,file_type,file_size,mime_type,duration,thumbnail,width,height,bitrate,codec,uploaded_at"

    /// The rows of `OldProject` as a server's export has them: UUIDs with dashes, times with a zone.
    private func export(attachments: String) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        let first = "11111111-1111-4111-8111-111111111111"
        let second = "22222222-2222-4222-8222-222222222222"
        try directory.write("id\r\n\(first)\r\n\(second)\r\n", to: "conversations.csv")
        try directory.write(
            "conversation_id,user_id,role\n\(second),3,\n\(first),2,admin\n\(first),1,member\n",
            to: "participants.csv"
        )
        try directory.write(
            """
            {"id": "aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaa1", "conversation_id": "11111111111141118111111111111111", "sender_id": 1}
            {"id": "AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAA2", "conversation_id": "\(first)", "sender_id": 2}
            """,
            to: "messages.jsonl"
        )
        try directory.write(attachments, to: "attachments.csv")
        return directory
    }

    @Test func `CSV and JSON lines, with ids in several forms, give what the database gives`() async throws {
        let media = try TemporaryDirectory()
        try media.write(SampleBytes.mp4, to: "a,b \"c\"\n.mp4")
        let directory = try export(
            attachments: Self.names + "\n"
                + "bbbbbbbb-bbbb-4bbb-8bbb-000000000001,aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa2,\"a,b \"\"c\"\"\n.mp4\","
                + "\"x;y.mp4\",video,64,video/mp4,120,,1920,1080,5000,h264,2025-01-15 11:30:00.123456+01\n"
        )
        let found = try await all(
            of: try DjangoExport(directory: directory.path, files: try DirectoryStore(path: media.path))
        )
        #expect(found.complaints.isEmpty)
        #expect(found.conversations.map(\.participants.count) == [2, 1])
        #expect(found.conversations.first?.participants.map(\.role) == [.member, .admin])
        #expect(found.messages.map(\.senderID) == ["1", "2"])
        #expect(found.messages.map(\.id) == OldProject.messages.prefix(2).map { OldProject.uuid($0) })
        let attachment = try #require(found.attachments.first?.attachment)
        #expect(attachment.fileName == "x;y.mp4")
        #expect(attachment.uploadedBy == "2")
        #expect(attachment.uploadedAt == Date(timeIntervalSince1970: 1_736_937_000.123))
        #expect(attachment.durationMilliseconds == 120_000)
        #expect(attachment.objectKey == "attachments/2025/01/15/bbbbbbbb-bbbb-4bbb-8bbb-000000000001.original")
        #expect(found.items.map(\.location) == ["a,b \"c\"\n.mp4"])
    }

    @Test func `complaints name the file and the line`() async throws {
        let message = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa1"
        let good = "\(message),a.bin,a.bin,other,1,,,,,,,,2025-01-15 10:30:00"
        let directory = try export(
            attachments: """
                \(Self.names)
                bbbbbbbb-bbbb-4bbb-8bbb-000000000001,\(good)
                bbbbbbbb-bbbb-4bbb-8bbb-000000000002,too,few
                bbbbbbbb-bbbb-4bbb-8bbb-000000000003,\(good)"
                BBBBBBBBBBBB4BBB8BBB000000000001,\(good)
                nothing,\(good)

                """
        )
        let found = try await all(of: try DjangoExport(directory: directory.path, files: nil))
        #expect(found.attachments.count == 1)
        #expect(found.complaints.map(\.subject) == (3...6).map { "attachments, line \($0)" })
        #expect(found.complaints.map(\.kind) == [.invalid, .invalid, .conflict, .invalid])
        #expect(found.complaints[0].reason == "it has 3 fields, and the header has 14")
        #expect(found.complaints[2].reason.contains("line 2 has the same id"))
        #expect(found.complaints[3].reason == "its id is no UUID")
    }

    @Test func `an object where a plain value belongs is told of, and not taken for none`() async throws {
        let directory = try export(attachments: "")
        try FileManager.default.removeItem(atPath: directory.file("attachments.csv"))
        let lines = ["\"h264\"", "{\"name\": \"h264\"}"].enumerated()
            .map { index, codec in
                """
                {"id": "bbbbbbbb-bbbb-4bbb-8bbb-00000000000\(index)", "message_id": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa1", \
                "file": "a.mp4", "file_name": "a.mp4", "file_type": "video", "file_size": 1, "codec": \(codec), \
                "other": {"of": "nobody"}, "uploaded_at": "2025-01-15 10:30:00"}
                """
            }
        try directory.write(lines.joined(separator: "\n"), to: "attachments.jsonl")
        let found = try await all(of: try DjangoExport(directory: directory.path, files: nil))
        #expect(found.attachments.map(\.attachment.codec) == ["h264"])
        #expect(found.complaints.map(\.subject) == ["attachments, line 2"])
        #expect(found.complaints.map(\.reason) == ["its \"codec\" is an object, and no plain value"])
    }

    @Test func `a list is kept as its JSON, and told of where a number belongs`() async throws {
        let directory = try export(attachments: "")
        try FileManager.default.removeItem(atPath: directory.file("attachments.csv"))
        let line = """
            {"id": "bbbbbbbb-bbbb-4bbb-8bbb-000000000001", "message_id": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa1", \
            "file": "a.mp4", "file_name": "a.mp4", "file_type": "video", "file_size": 1, "duration": [2], \
            "codec": ["h264", {"b": null, "a": [1.5, true]}, "a/c"], "uploaded_at": "2025-01-15 10:30:00"}
            """
        try directory.write(line, to: "attachments.jsonl")
        let found = try await all(of: try DjangoExport(directory: directory.path, files: nil))
        let codecs = found.attachments.map(\.attachment.codec)
        #expect(codecs == [#"["h264",{"a":[1.5,true],"b":null},"a/c"]"#])
        #expect(found.attachments.first?.attachment.durationMilliseconds == nil)
        let reasons = found.complaints.map(\.reason)
        #expect(reasons == [#"duration is "[2]", which is no number; it is measured anew"#])
    }

    @Test func `a missing file and a header without a column are refused at once`() async throws {
        let directory = try export(attachments: "id,message_id,file\n")
        let header = try await migrationError { _ = try DjangoExport(directory: directory.path, files: nil) }
        #expect(header?.code == .inventoryUnreadable)
        #expect(header?.message.contains("line 1: the header lacks file_name, file_type") == true)
        try FileManager.default.removeItem(atPath: directory.file("messages.jsonl"))
        try directory.write(Self.names, to: "attachments.csv")
        let missing = try await migrationError { _ = try DjangoExport(directory: directory.path, files: nil) }
        #expect(missing?.message.contains("lacks messages, each as .csv or .jsonl") == true)
        let users = try await migrationError {
            _ = try DjangoExport(directory: directory.path, files: nil, options: DjangoOptions(usesNames: true))
        }
        #expect(users?.message.contains("lacks messages, users") == true)
    }

    @Test func `the queries for PostgreSQL make CSV with the names that exports use`() throws {
        var schema = DjangoSchema()
        try schema.map("attachment=Files")
        try schema.map("attachment.file_name=the \"name\"")
        try schema.map("attachment.codec=")
        try schema.map("participant.role=is_admin")
        let lines = DjangoExport.queries(.postgresql, schema: schema).split(separator: "\n")
        let columns = [
            "id", "message_id", "file", #"the ""name"""#, "file_type", "file_size", "mime_type", "duration",
            "thumbnail",
            "width", "height", "bitrate", "", "uploaded_at",
        ]
        let selected = zip(columns, Self.names.split(separator: ","))
            .map { column, key in
                column.isEmpty ? "NULL AS \"\(key)\"" : "\"\(column)\" AS \"\(key)\""
            }
        let query = "SELECT \(selected.joined(separator: ", ")) FROM \"Files\""
        let wanted = "\\copy (\(query)) TO 'attachments.csv' WITH (FORMAT csv, HEADER true)"
        #expect(lines.contains { $0 == wanted })
        #expect(lines.contains { $0.contains("\"is_admin\" AS \"role\"") && $0.contains("participants.csv") })
        #expect(lines.filter { $0.hasPrefix("\\copy") }.count == 4)
        #expect(DjangoExport.queries(.postgresql, usesNames: true).contains("TO 'users.csv'"))
    }

    @Test func `the queries for MySQL make a JSON object a row`() {
        let text = DjangoExport.queries(.mysql)
        #expect(
            text.contains(
                """
                export_lines > messages.jsonl <<'SQL'
                SELECT JSON_OBJECT('id', `id`, 'conversation_id', `conversation_id`, 'sender_id', `sender_id`) FROM `chat_message`;
                SQL
                """
            )
        )
        #expect(text.contains("--default-character-set=utf8mb4"))
    }

    @Test func `an export of many rows is read in pages`() async throws {
        let directory = try export(attachments: "")
        var text = Self.names + "\n"
        for number in (1...2100).reversed() {
            text += "\(OldProject.id(number)),\(OldProject.messages[0]),f,n,other,1,,,,,,,,2025-01-15 10:30:00\n"
        }
        try directory.write(text, to: "attachments.csv")
        var ids: [UUID] = []
        try await DjangoExport(directory: directory.path, files: nil)
            .read { batch in
                #expect(batch.items.count <= 500)
                ids += batch.attachments.map(\.attachment.id)
            }
        #expect(ids == (1...2100).map { OldProject.uuid(OldProject.id($0)) })
    }
}
