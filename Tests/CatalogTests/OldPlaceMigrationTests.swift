import Catalog
import Foundation
import TestSupport
import Testing

/// The step that lets bytes be elsewhere, with data in the tables, both ways.
struct OldPlaceMigrationTests {
    private let fixture: CatalogFixture
    private var path: String { fixture.path }

    init() async throws {
        fixture = try await CatalogFixture()
        try await fixture.commit(fixture.attachment())
        try await fixture.commit(fixture.attachment(status: .ready, uploadedBy: "bob"))
    }

    private func rows() throws -> [String] {
        try ["attachment", "job", "storage_usage", "rendition"]
            .flatMap { table in
                let columns = try fetchTexts(
                    """
                    SELECT name FROM pragma_table_info('\(table)')
                    WHERE name NOT IN (
                        'waiting_objects', 'priority', 'hold', 'name', 'user_id', 'event_id', 'owner', 'percent', 'stage',
                        'is_cancelled', 'replaced_by', 'streams', 'cause'
                    )
                    ORDER BY name
                    """,
                    at: path
                )
                let values = columns.map { "quote(\($0))" }.joined(separator: " || ',' || ")
                return try fetchTexts("SELECT \(values) FROM \(table) ORDER BY 1", at: path).map { "\(table) \($0)" }
            }
    }

    @Test func `there and back again is as it was, and the usage is counted all the same`() async throws {
        let before = try rows()
        #expect(before.count == 6, "two attachments, a job, and three owners")
        #expect(try fixture.catalog.rollback(steps: 3) == ["010-purges", "009-lifecycle", "008-old-places"])
        #expect(try rows() == before)
        let triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name"
        let ofOld = [
            "attachment_conversation", "storage_usage_changes", "storage_usage_grows", "storage_usage_shrinks",
        ]
        #expect(try fetchTexts(triggers, at: path) == ofOld)
        #expect(try fixture.catalog.migrate() == ["008-old-places", "009-lifecycle", "010-purges"])
        #expect(try rows() == before)
        #expect(try fetchTexts("PRAGMA integrity_check", at: path) == ["ok"])
        #expect(try fetchTexts("PRAGMA foreign_key_check", at: path) == [])
        try executeSQL("DELETE FROM attachment WHERE uploaded_by = 'bob'", at: path)
        #expect(try fixture.catalog.usage(ofUser: "bob").files == 0)
        #expect(try fixture.catalog.usage(ofConversation: fixture.conversationID).files == 1)
    }

    @Test func `the way back is refused while something waits, and says why`() async throws {
        let waiting = fixture.candidate()
        #expect(try await fixture.adopt(waiting) == .adopted)
        let error = #expect(throws: CatalogError.self) { try fixture.catalog.rollback(steps: 3) }
        try fixture.catalog.migrate()
        #expect(error?.message.contains("wait in their old place: move or delete them first") == true)
        #expect(try fixture.catalog.schemaStatus().isCurrent)
        #expect(try await fixture.catalog.attachment(id: waiting.attachment.id)?.waitingPlaces.count == 2)
        _ = try await fixture.catalog.deleteAttachment(
            id: waiting.attachment.id,
            activity: fixture.activity(.fileDeleted, of: waiting.attachment)
        )
        #expect(try fixture.catalog.rollback(steps: 3) == ["010-purges", "009-lifecycle", "008-old-places"])
    }
}
