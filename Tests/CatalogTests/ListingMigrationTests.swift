import Catalog
import Foundation
import TestSupport
import Testing

/// The step that brings lists and revocations, with data in the tables, both ways.
struct ListingMigrationTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let before = Array(SchemaVersion.all.prefix { $0.name != "007-listing" })
    private let after: [SchemaVersion]

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("catalog.sqlite")
        after = Array(SchemaVersion.all.prefix(before.count + 1))
        let catalog = try Catalog.open(path: path, versions: before)
        try catalog.migrate()
        try catalog.close()
        try executeSQL(Self.filling, at: path)
    }

    private static func id(_ digit: Int) -> String { "00000000-0000-7000-8000-00000000000\(digit)" }

    /// Two conversations with a file each, a job that is claimed, and one that is over with the highest number.
    private static let filling = """
        INSERT INTO conversation VALUES ('\(id(7))', 1), ('\(id(8))', 1);
        INSERT INTO message VALUES ('\(id(5))', '\(id(7))', 'ann', 1), ('\(id(6))', '\(id(8))', 'ann', 1);
        INSERT INTO attachment (
            id, message_id, object_key, file_name, file_type, file_size, mime_type, sha256, stored_sha256, status,
            uploaded_by, uploaded_at
        ) VALUES
            ('\(id(1))', '\(id(5))', 'a/1', 'one', 'image', 11, 'image/png', '\(digest)', '\(digest)', 'ready', 'ann', 1),
            ('\(id(2))', '\(id(6))', 'a/2', 'two', 'video', 12, 'video/mp4', '\(digest)', '\(digest)', 'processing',
            'bob', 2);
        INSERT INTO job (
            id, kind, attachment_id, object_keys, attempts, delays, leased, run_after, last_error, created_at,
            worker_deaths
        )
        VALUES
            (7, 'process', '\(id(2))', '[]', 1, 2, 1, 1003, 'why', 1002, 1),
            (9, 'delete_objects', NULL, '["a/9"]', 0, 0, 0, 5, NULL, 4, 0);
        DELETE FROM job WHERE id = 9;
        """

    private static let digest = String(repeating: "a1", count: 32)

    /// Everything that the older schema holds, as text.
    private func oldRows() throws -> [String] {
        try ["attachment", "job"]
            .flatMap { table in
                let columns = try fetchTexts(
                    "SELECT name FROM pragma_table_info('\(table)') WHERE name <> 'conversation_id'",
                    at: path
                )
                let values = columns.map { "quote(\($0))" }.joined(separator: " || ',' || ")
                return try fetchTexts("SELECT \(values) FROM \(table) ORDER BY 1", at: path).map { "\(table) \($0)" }
            }
    }

    @Test func `attachments learn their conversation, and everything else stays`() async throws {
        let rows = try oldRows()
        #expect(rows.count == 3)
        let catalog = try Catalog.open(path: path, versions: after)
        #expect(try catalog.migrate() == ["007-listing"])
        try catalog.close()
        #expect(try oldRows() == rows)
        // What reads the rows is this release, which needs all steps.
        let current = try Catalog.open(path: path)
        try current.migrate()
        let conversation = try #require(UUID(uuidString: Self.id(8)))
        #expect(try await current.attachments(in: .conversation(conversation), limit: 9).map(\.fileName) == ["two"])
        #expect(try fetchTexts("PRAGMA integrity_check", at: path) == ["ok"])
        #expect(try fetchTexts("PRAGMA foreign_key_check", at: path) == [])
    }

    @Test func `the numbers of jobs go on where they were, there and back`() async throws {
        let catalog = try Catalog.open(path: path)
        try catalog.migrate()
        let first = try #require(UUID(uuidString: Self.id(1)))
        guard case .begun(let job) = try await catalog.requestRevocation(attachmentID: first) else {
            Issue.record("no job was queued")
            return
        }
        #expect(job.id == 10)
        #expect(job.kind == .revoke)
        #expect(try catalog.rollback(steps: SchemaVersion.all.count - before.count).last == "007-listing")
        #expect(try fetchTexts("SELECT id FROM job", at: path) == ["7"])
        try executeSQL(
            """
            INSERT INTO job (kind, object_keys, attempts, delays, leased, run_after, created_at)
            VALUES ('delete_objects', '["k"]', 0, 0, 0, 0, 0)
            """,
            at: path
        )
        #expect(try fetchTexts("SELECT max(id) FROM job", at: path) == ["11"])
    }

    @Test func `there and back again is as it was`() throws {
        let rows = try oldRows()
        let catalog = try Catalog.open(path: path, versions: after)
        try catalog.migrate()
        #expect(try catalog.rollback() == ["007-listing"])
        #expect(try oldRows() == rows)
        #expect(try fetchTexts("SELECT name FROM pragma_table_info('attachment')", at: path).contains("id"))
        #expect(
            try !fetchTexts("SELECT name FROM pragma_table_info('attachment')", at: path).contains("conversation_id")
        )
        #expect(try catalog.writerSettings().enforcesForeignKeys)
    }
}
