import Catalog
import Foundation
import TestSupport
import Testing

/// The step that gives renditions rows of their own, with data in the tables, both ways.
struct RenditionMigrationTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let before = Array(SchemaVersion.all.prefix(3))
    private let upToIt = Array(SchemaVersion.all.prefix(4))

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("catalog.sqlite")
        let catalog = try Catalog.open(path: path, versions: before)
        try catalog.migrate()
        try catalog.close()
        try executeSQL(Self.filling, at: path)
    }

    private static func id(_ digit: Int) -> String { "00000000-0000-7000-8000-00000000000\(digit)" }

    /// A picture with a thumbnail, one that failed, and one whose job is claimed.
    private static let filling = """
        INSERT INTO conversation VALUES ('\(id(8))', 1);
        INSERT INTO message VALUES ('\(id(9))', '\(id(8))', 'ann', 1);
        INSERT INTO attachment (
            id, message_id, object_key, file_name, file_type, file_size, mime_type, sha256, status, failure_reason,
            width, thumbnail_key, thumbnail_width, thumbnail_height, uploaded_by, uploaded_at
        ) VALUES
            ('\(id(1))', '\(id(9))', 'a/1', 'one', 'image', 11, 'image/png', '\(digest("a1"))', 'ready', NULL,
            640, 'a/1.jpg', 320, 200, 'ann', 1001),
            ('\(id(2))', '\(id(9))', 'a/2', 'two', 'image', 12, 'image/png', '\(digest("a2"))', 'failed', 'crashed',
            NULL, NULL, NULL, NULL, 'bob', 1002),
            ('\(id(3))', '\(id(9))', 'a/3', 'three', 'video', 13, 'video/mp4', '\(digest("a3"))', 'processing', NULL,
            NULL, NULL, NULL, NULL, 'ann', 1003);
        INSERT INTO job (id, kind, attachment_id, object_keys, attempts, delays, leased, run_after, created_at)
        VALUES (7, 'process', '\(id(3))', '[]', 1, 2, 1, 1003, 1003);
        """

    private static func digest(_ pair: String) -> String { String(repeating: pair, count: 32) }

    /// Everything that the older schema holds, as text.
    private func oldRows() throws -> [String] {
        let tables = ["conversation", "message", "attachment", "job"]
        return try tables.flatMap { table in
            let columns = try fetchTexts("SELECT name FROM pragma_table_info('\(table)')", at: path)
            let values = columns.map { "quote(\($0))" }.joined(separator: " || ',' || ")
            return try fetchTexts("SELECT \(values) FROM \(table) ORDER BY 1", at: path).map { "\(table) \($0)" }
        }
    }

    @Test func `thumbnails become rows, and everything else stays`() async throws {
        let catalog = try Catalog.open(path: path, versions: upToIt)
        #expect(try catalog.migrate() == ["004-renditions"])
        try catalog.close()
        // What reads the rows is this release, which needs all steps.
        let current = try Catalog.open(path: path)
        try current.migrate()
        let message = try #require(UUID(uuidString: Self.id(9)))
        let found = try await current.attachments(messageID: message)
        #expect(found.map(\.fileName) == ["one", "two", "three"])
        #expect(found.map(\.status) == [.ready, .failed, .processing])
        #expect(found.map(\.failureReason) == [nil, "crashed", nil])
        #expect(found.map(\.fileSize) == [11, 12, 13])
        #expect(found.map(\.width) == [640, nil, nil])
        #expect(found.map(\.sha256) == ["a1", "a2", "a3"].map(Self.digest))
        #expect(found.map(\.storedSHA256) == ["a1", "a2", "a3"].map(Self.digest))
        let thumbnail = Rendition(
            name: "thumbnail",
            objectKey: "a/1.jpg",
            width: 320,
            height: 200,
            mediaType: "image/jpeg",
            byteCount: nil
        )
        #expect(found.map(\.renditions) == [[thumbnail], [], []])
        let job = try await current.job(attachmentID: try #require(found.last?.id), kind: .process)
        #expect(job?.id == 7)
        #expect(job?.attempts == 1)
        #expect(job?.delays == 2)
        #expect(job?.isLeased == true)
        #expect(job?.workerDeaths == 0)
        #expect(try current.writerSettings().enforcesForeignKeys)
        #expect(try fetchTexts("PRAGMA integrity_check", at: path) == ["ok"])
    }

    @Test func `there and back again is as it was`() throws {
        let rows = try oldRows()
        #expect(rows.count == 6)
        let catalog = try Catalog.open(path: path, versions: upToIt)
        try catalog.migrate()
        #expect(try catalog.rollback() == ["004-renditions"])
        #expect(try oldRows() == rows)
        #expect(try catalog.writerSettings().enforcesForeignKeys)
        #expect(try fetchTexts("PRAGMA foreign_key_check", at: path) == [])
    }

    @Test func `on the way back what has no place in the older schema is queued for deletion`() throws {
        let catalog = try Catalog.open(path: path, versions: upToIt)
        try catalog.migrate()
        try executeSQL(
            """
            UPDATE attachment SET failure_reason = 'no_frame' WHERE status = 'ready';
            INSERT INTO rendition VALUES
                ('\(Self.id(1))', 'preview', 'a/1-preview.jpg', 1280, 800, 'image/jpeg', 5),
                ('\(Self.id(1))', 'storyboard', 'a/1.vtt', NULL, NULL, 'text/vtt', 6),
                ('\(Self.id(2))', 'thumbnail', 'a/2.webp', 320, 200, 'image/webp', 7);
            WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 500)
            INSERT INTO rendition SELECT '\(Self.id(3))', 'r' || n, 'b/' || n, 1, 1, 'image/jpeg', 1 FROM number;
            """,
            at: path
        )
        #expect(try catalog.rollback() == ["004-renditions"])
        let thumbnails = "SELECT file_name || ' ' || coalesce(thumbnail_key, '-') FROM attachment ORDER BY uploaded_at"
        #expect(try fetchTexts(thumbnails, at: path) == ["one a/1.jpg", "two -", "three -"])
        let reasons = "SELECT coalesce(failure_reason, '-') FROM attachment ORDER BY uploaded_at"
        #expect(try fetchTexts(reasons, at: path) == ["-", "crashed", "-"])
        let keys = "SELECT value FROM job, json_each(object_keys) WHERE kind = 'delete_objects'"
        let expected = ["a/1-preview.jpg", "a/1.vtt", "a/2.webp"] + (1...500).map { "b/\($0)" }
        #expect(Set(try fetchTexts(keys, at: path)) == Set(expected))
        let lots = "SELECT json_array_length(object_keys) FROM job WHERE kind = 'delete_objects' ORDER BY id"
        #expect(try fetchTexts(lots, at: path) == ["500", "3"])
    }
}
