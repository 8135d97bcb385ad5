import Catalog
import Foundation
import TestSupport
import Testing

/// What an attachment referred to before its original was replaced: it is left for those who have URLs of it, unless those are
/// to end.
struct HastenedPurgeTests {
    private let fixture: CatalogFixture
    /// Has an earlier object that is to be purged in an hour.
    private let attachment: CatalogAttachment
    /// When what is looked at happens.
    private let now: Date

    init() async throws {
        fixture = try await CatalogFixture()
        attachment = fixture.attachment(status: .ready)
        now = fixture.start.addingTimeInterval(10)
        try await fixture.commit(attachment)
        try queuePurge(of: earlier)
        // Another's stays for its time.
        try queuePurge(of: "attachments/\(UUID().uuidString.lowercased())/before")
    }

    private var id: String { attachment.id.uuidString.lowercased() }
    private var earlier: String { "attachments/\(id)/before" }

    private func queuePurge(of key: String) throws {
        let start = Int(fixture.start.timeIntervalSince1970) * 1000
        try executeSQL(
            """
            INSERT INTO job (kind, object_keys, attempts, delays, leased, run_after, created_at)
            VALUES ('purge', '["\(key)"]', 0, 0, 0, \(start + 3_600_000), \(start))
            """,
            at: fixture.path
        )
    }

    /// The keys that are to be deleted by now.
    private func doomed() async throws -> Set<String> {
        Set(try await fixture.catalog.nextJobs(kinds: [.purge], limit: 99, now: now).flatMap(\.objectKeys))
    }

    private func discard(revoking: Bool) async throws {
        let activity = Activity(userID: "ann", action: .fileDeleted, description: "", occurredAt: now)
        let outcome = try await fixture.catalog.discardAttachment(
            id: attachment.id,
            activity: activity,
            terms: DeletionTerms(retention: 1000, revokesURLs: revoking)
        )
        guard case .trashed = outcome else { throw CatalogError(code: .other, message: "it is not in the trash") }
    }

    @Test func `the end of a conversation's URLs takes it along, when each job ends`() async throws {
        #expect(try await fixture.catalog.revokeConversation(id: fixture.conversationID, at: now) == 1)
        let job = try #require(try await fixture.catalog.job(attachmentID: attachment.id, kind: .revoke))
        let copies = [attachment.objectKey: "attachments/\(id)/copy"]
        let outcome = try await fixture.finishRevocation(of: attachment, copies: copies, job: job, at: now)
        guard case .swapped = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(try await doomed() == [earlier, attachment.objectKey])
    }

    @Test func `so does the end of one's URLs that has nothing to move`() async throws {
        _ = try await fixture.catalog.revokeConversation(id: fixture.conversationID, at: now)
        let job = try #require(try await fixture.catalog.job(attachmentID: attachment.id, kind: .revoke))
        let outcome = try await fixture.finishRevocation(of: attachment, copies: [:], job: job, at: now)
        #expect(outcome == .nothingToMove)
        #expect(try await doomed() == [earlier])
    }

    @Test(arguments: [false, true])
    func `into the trash it is taken along where URLs are to end`(revoking: Bool) async throws {
        try await discard(revoking: revoking)
        #expect(try await doomed() == (revoking ? [earlier] : []))
    }

    @Test func `who loses the URLs of what was deleted before loses this one, too`() async throws {
        try await discard(revoking: false)
        _ = try await fixture.catalog.revokeConversation(id: fixture.conversationID, at: now)
        let copies = [attachment.objectKey: "attachments/\(id)/copy"]
        #expect(try await fixture.finishTrashRevocation(of: attachment, copies: copies, at: now))
        #expect(try await doomed() == [earlier, attachment.objectKey])
    }

    @Test(arguments: [false, true])
    func `a purge of the trash takes it along, on demand and by time`(demanded: Bool) async throws {
        try await discard(revoking: false)
        if demanded {
            let job = try await fixture.catalog.purgeTrashed(id: attachment.id, by: "ann", at: now)
            #expect(job?.objectKeys == [attachment.objectKey])
        } else {
            try executeSQL("UPDATE trash SET purge_after = 0", at: fixture.path)
            #expect(try await fixture.catalog.purgeTrash(limit: 9, now: now) == 1)
        }
        #expect(try await doomed() == [earlier, attachment.objectKey])
    }
}
