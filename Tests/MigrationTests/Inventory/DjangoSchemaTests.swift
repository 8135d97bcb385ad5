import Foundation
import GRDB
import TestSupport
import Testing

@testable import Migration

struct DjangoSchemaTests {
    @Test func `a database of another shape is refused with all that is missing, and what there is`() async throws {
        let project = try OldProject()
        try project.execute(
            """
            ALTER TABLE chat_message RENAME TO notes;
            ALTER TABLE chat_attachment RENAME COLUMN file_name TO title;
            """
        )
        let error = try await migrationError { _ = try project.inventory() }
        #expect(error?.code == .inventoryUnreadable)
        let message = try #require(error?.message)
        #expect(message.contains("there is no table chat_message (message=NAME assigns another)"))
        #expect(message.contains("table chat_attachment has no column file_name (attachment.file_name=[NAME])"))
        #expect(message.contains("message_id, file, title, file_type"))
        #expect(
            message.contains(
                "Its tables: auth_user, chat_attachment, chat_conversation, chat_conversation_participants, notes"
            )
        )
    }

    @Test(arguments: [
        ("attachment", "no assignment"),
        ("attachement.file=x", "neither a table nor a column"),
        ("attachment.file=", "no doing without"),
        ("message=", "no doing without"),
    ])
    func `a wrong assignment is refused`(assignment: String, reason: String) throws {
        var schema = DjangoSchema()
        let error = #expect(throws: MigrationError.self) { try schema.map(assignment) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains(reason) == true)
        #expect(schema == DjangoSchema())
    }

    @Test func `a column that was assigned must be there, even one that may be missing`() async throws {
        let project = try OldProject()
        let error = try await migrationError { _ = try project.inventory(["participant.role=rank"]) }
        #expect(error?.message.contains("has no column rank (participant.role=[NAME])") == true)
    }

    @Test func `the old system's own name for the table of attachments is found, too`() async throws {
        let project = try OldProject()
        try project.add(1, file: "1.bin", bytes: [1])
        try project.execute("ALTER TABLE chat_attachment RENAME TO attachments")
        #expect(try await all(of: try project.inventory()).attachments.count == 1)
    }

    @Test func `the help names every table and column`() {
        let lines = DjangoSchema.names.split(separator: "\n")
        #expect(lines.contains("attachment=chat_attachment"))
        #expect(lines.contains("attachment.uploaded_by=uploaded_by_id"))
        #expect(lines.contains("participant=chat_conversation_participants"))
        #expect(lines.count == 5 + 26)
    }

    @Test func `the file stays as it is, byte by byte, and nothing is left beside it`() async throws {
        let project = try OldProject()
        try project.add(1, file: "1.bin", bytes: [1])
        try project.queue.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: project.path))
        let beforeTime = try FileManager.default.attributesOfItem(atPath: project.path)[.modificationDate] as? Date
        #expect(try await all(of: try project.inventory()).attachments.count == 1)
        #expect(try Data(contentsOf: URL(fileURLWithPath: project.path)) == before)
        #expect(
            try FileManager.default.attributesOfItem(atPath: project.path)[.modificationDate] as? Date == beforeTime
        )
        #expect(try FileManager.default.contentsOfDirectory(atPath: project.directory.path) == ["db.sqlite3"])
    }

    @Test(arguments: ["DELETE", "WAL"])
    func `the project goes on writing while its rows are read`(journalMode: String) async throws {
        let project = try OldProject()
        try project.media.write([1], to: "1.bin")
        let path = project.path
        let writer = try DatabaseQueue(path: path)
        try await writer.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = \(journalMode)")
            for number in 1...1100 {
                try db.execute(
                    sql: """
                        INSERT INTO chat_attachment VALUES (?, ?, '1.bin', 'x', 'other', 1, '', NULL, '', NULL, NULL, NULL, '',
                        '2025-01-15 10:30:00')
                        """,
                    arguments: [OldProject.id(number), OldProject.messages[0]]
                )
            }
        }
        var count = 0
        try await project.inventory()
            .read { batch in
                count += batch.attachments.count
                // Between two pages, and with the inventory's connection open.
                try await writer.write { db in
                    try db.execute(sql: "UPDATE auth_user SET username = username || '.'")
                }
            }
        #expect(count == 1100)
        let name = try await writer.read { db in
            try String.fetchOne(db, sql: "SELECT username FROM auth_user WHERE id = 2")
        }
        // Conversations, messages, and three pages of attachments.
        #expect(name == "bob.....")
    }

    @Test func `what is no database is told from one`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("-- PostgreSQL database dump\n" + String(repeating: "x", count: 4096), to: "dump.sql")
        let wrong = try await migrationError { _ = try DjangoDatabase(path: directory.file("dump.sql"), files: nil) }
        #expect(wrong?.code == .inventoryUnreadable)
        #expect(wrong?.message.contains("is no SQLite database") == true)
        let missing = try await migrationError { _ = try DjangoDatabase(path: directory.file("none"), files: nil) }
        #expect(missing?.message.contains("is not there") == true)
        let folder = try await migrationError { _ = try DjangoDatabase(path: directory.path, files: nil) }
        #expect(folder?.message.contains("is no file") == true)
    }

    @Test func `a file that nobody can change is read by a name with any character in it`() async throws {
        let project = try OldProject()
        try project.queue.close()
        let odd = project.directory.file("a b?c#d%20;é.sqlite3")
        try FileManager.default.moveItem(atPath: project.path, toPath: odd)
        let queue = try DatabaseQueue(path: ForeignDatabase.immutable(odd))
        #expect(try await queue.read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM chat_message") } == 3)
    }
}
