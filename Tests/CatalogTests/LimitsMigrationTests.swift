import Catalog
import Foundation
import TestSupport
import Testing

/// The step that counts what is stored, with data in the tables, both ways.
struct LimitsMigrationTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("catalog.sqlite")
        let before = SchemaVersion.all.prefix { $0.name != "006-limits" }
        let catalog = try Catalog.open(path: path, versions: Array(before))
        try catalog.migrate()
        try catalog.close()
        try executeSQL(Self.filling, at: path)
    }

    private static func id(_ digit: Int) -> String { "00000000-0000-7000-8000-00000000000\(digit)" }
    private static let digest = String(repeating: "a1", count: 32)

    private static func attachment(_ digit: Int, of message: Int, byteCount: Int, by user: String) -> String {
        """
        INSERT INTO attachment (
            id, message_id, object_key, file_name, file_type, file_size, mime_type, sha256, stored_sha256, status,
            uploaded_by, uploaded_at
        ) VALUES (
            '\(id(digit))', '\(id(message))', 'a/\(digit)', 'f', 'document', \(byteCount), 'application/pdf',
            '\(digest)', '\(digest)', 'ready', '\(user)', 1
        );
        """
    }

    private static let filling = """
        INSERT INTO conversation VALUES ('\(id(7))', 1), ('\(id(8))', 1);
        INSERT INTO message VALUES ('\(id(5))', '\(id(7))', 'ann', 1), ('\(id(6))', '\(id(8))', 'ann', 1);
        \(attachment(1, of: 5, byteCount: 100, by: "ann"))
        \(attachment(2, of: 5, byteCount: 20, by: "bob"))
        \(attachment(3, of: 6, byteCount: 3, by: "ann"))
        """

    private func usage() throws -> [String] {
        try fetchTexts(
            "SELECT owner_kind || ' ' || owner_id || ' ' || files || ' ' || bytes FROM storage_usage ORDER BY 1",
            at: path
        )
    }

    @Test func `what is stored already is counted`() throws {
        let catalog = try Catalog.open(path: path)
        #expect(try catalog.migrate().contains("006-limits"))
        #expect(
            try usage() == [
                "conversation \(Self.id(7)) 2 120", "conversation \(Self.id(8)) 1 3", "user ann 2 103", "user bob 1 20",
            ]
        )
    }

    @Test func `changes by any statement are counted`() throws {
        let catalog = try Catalog.open(path: path)
        try catalog.migrate()
        try executeSQL("UPDATE attachment SET file_size = 7 WHERE id = '\(Self.id(1))'", at: path)
        try executeSQL("UPDATE attachment SET message_id = '\(Self.id(6))' WHERE id = '\(Self.id(2))'", at: path)
        try executeSQL("UPDATE attachment SET uploaded_by = 'eve' WHERE id = '\(Self.id(3))'", at: path)
        #expect(
            try usage() == [
                "conversation \(Self.id(7)) 1 7", "conversation \(Self.id(8)) 2 23", "user ann 1 7", "user bob 1 20",
                "user eve 1 3",
            ]
        )
        try executeSQL("DELETE FROM attachment", at: path)
        #expect(try usage() == [])
    }

    @Test func `on the way back the attachments stay as they are`() throws {
        let text = "SELECT id || ' ' || file_size FROM attachment ORDER BY 1"
        let before = try fetchTexts(text, at: path)
        #expect(before.count == 3)
        let catalog = try Catalog.open(path: path)
        try catalog.migrate()
        while try catalog.rollback() != ["006-limits"] {}
        #expect(try fetchTexts(text, at: path) == before)
        #expect(try fetchTexts("SELECT name FROM sqlite_schema WHERE name LIKE 'storage_usage%'", at: path) == [])
        try executeSQL("DELETE FROM attachment", at: path)
        try catalog.migrate()
        #expect(try usage() == [])
    }
}
