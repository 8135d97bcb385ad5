import Catalog
import Foundation
import TestSupport
import Testing

/// The step that brings trash, holds and jobs of more kinds, with data in the tables, both ways.
struct LifecycleMigrationTests {
    private let fixture: CatalogFixture
    private var path: String { fixture.path }

    init() async throws {
        fixture = try await CatalogFixture()
        try await fixture.commit(fixture.attachment())
        try await fixture.commit(fixture.attachment(status: .ready, uploadedBy: "bob"))
        let doomed = fixture.attachment(status: .ready)
        try await fixture.commit(doomed)
        _ = try await fixture.delete(doomed)
        let moved = fixture.candidate()
        _ = try await fixture.adopt(moved)
        for key in moved.attachment.objectKeys { _ = try await fixture.arrive(key) }
        try await fixture.catalog.recordActivity(fixture.activity(.fileDownloaded, of: moved.attachment))
    }

    /// The rows of a table, in the columns that both schemas have.
    private func rows(_ table: String, _ columns: String, order: String = "1") throws -> [String] {
        let values = columns.split(separator: ",").map { "quote(\($0))" }.joined(separator: " || ',' || ")
        return try fetchTexts("SELECT \(values) FROM \(table) ORDER BY \(order)", at: path)
    }

    private func all() throws -> [String] {
        // The older schema has no word for a purge.
        try rows(
            "(SELECT * FROM activity WHERE action <> 'file_purged')",
            "id,user_id,action,description,attachment_id,occurred_at"
        )
            + rows("old_place", "object_key,store,attachment_id,location,state,byte_count,touched_at,changed_at")
            + rows("attachment", "id,object_key,status,waiting_objects,conversation_id")
            + rows("job", "id,attachment_id,object_keys,attempts,delays,leased,run_after,created_at,priority")
            + fetchTexts("SELECT name || seq FROM sqlite_sequence WHERE name <> 'webhook_event' ORDER BY 1", at: path)
    }

    @Test func `there and back again is as it was, under the kinds' other names`() async throws {
        let before = try all()
        let kinds = "SELECT kind FROM job ORDER BY kind"
        #expect(try fetchTexts(kinds, at: path) == ["import", "process", "purge"])
        #expect(try fetchTexts("SELECT coalesce(user_id, '') FROM job ORDER BY 1", at: path) == ["ann", "ann", "ann"])
        #expect(try fixture.catalog.rollback(steps: 2) == ["010-purges", "009-lifecycle"])
        #expect(try fetchTexts(kinds, at: path) == ["delete_objects", "process", "process"])
        #expect(try all() == before)
        #expect(try fixture.catalog.migrate() == ["009-lifecycle", "010-purges"])
        #expect(try fetchTexts(kinds, at: path) == ["import", "process", "purge"])
        // The older schema did not say whose deletion it was.
        #expect(try fetchTexts("SELECT coalesce(user_id, '') FROM job ORDER BY 1", at: path) == ["", "ann", "ann"])
        #expect(try all() == before)
        #expect(try fetchTexts("PRAGMA integrity_check", at: path) == ["ok"])
        #expect(try fetchTexts("PRAGMA foreign_key_check", at: path) == [])
    }

    @Test func `the way back is refused while something can be restored, and says why`() async throws {
        try executeSQL(
            """
            INSERT INTO trash (
                id, conversation_id, message_id, uploaded_by, file_size, deleted_at, purge_after, record
            )
            VALUES ('\(UUID().uuidString.lowercased())', '\(UUID().uuidString)', '\(UUID().uuidString)', 'ann', 1, 1, 2, '{}')
            """,
            at: path
        )
        let error = #expect(throws: CatalogError.self) { try fixture.catalog.rollback(steps: 2) }
        try fixture.catalog.migrate()
        #expect(error?.message.contains("can be restored or are held back: purge them first") == true)
        #expect(try fixture.catalog.schemaStatus().isCurrent)
    }

    @Test func `what waits in an old place for a restorable attachment is doomed only by the purge`() async throws {
        let candidate = fixture.candidate()
        _ = try await fixture.adopt(candidate)
        let id = candidate.attachment.id.uuidString.lowercased()
        func states() throws -> [String] {
            try fetchTexts("SELECT DISTINCT state FROM old_place WHERE attachment_id = '\(id)'", at: path)
        }
        try executeSQL(
            """
            INSERT INTO trash (
                id, conversation_id, message_id, uploaded_by, file_size, deleted_at, purge_after, record
            )
            SELECT id, conversation_id, message_id, uploaded_by, file_size, 1, 2, '{}' FROM attachment WHERE id = '\(id)';
            UPDATE old_place SET state = 'trashed' WHERE attachment_id = '\(id)';
            DELETE FROM rendition WHERE attachment_id = '\(id)';
            DELETE FROM attachment WHERE id = '\(id)';
            """,
            at: path
        )
        #expect(try states() == ["trashed"])
        try executeSQL("DELETE FROM trash WHERE id = '\(id)'", at: path)
        #expect(try states() == ["deleted"])
    }
}
