import Catalog
import Foundation
import TestSupport
import Testing

struct ConversationTests {
    @Test func `a conversation is stored once, with its participants by user id`() async throws {
        let fixture = try await CatalogFixture()
        let id = fixture.conversationID
        try await fixture.catalog.putConversation(id: id, at: fixture.start.addingTimeInterval(60))
        #expect(
            try await fixture.catalog.conversation(id: id) == Conversation(id: id, createdAt: fixture.start)
        )
        #expect(
            try await fixture.catalog.participants(conversationID: id) == [
                Participant(conversationID: id, userID: "ann", role: .member),
                Participant(conversationID: id, userID: "bob", role: .admin),
            ]
        )
        #expect(try await fixture.catalog.conversation(id: UUID()) == nil)
        #expect(try await fixture.catalog.participants(conversationID: UUID()).isEmpty)
    }

    @Test func `a list of participants replaces the earlier one, no list leaves it`() async throws {
        let fixture = try await CatalogFixture()
        let id = fixture.conversationID
        let carl = Participant(conversationID: id, userID: "carl", role: .member)
        try await fixture.catalog.putConversation(id: id, participants: nil)
        #expect(try await fixture.catalog.participants(conversationID: id).count == 2)
        try await fixture.catalog.putConversation(id: id, participants: [carl])
        #expect(try await fixture.catalog.participants(conversationID: id) == [carl])
        try await fixture.catalog.putConversation(id: id, participants: [])
        #expect(try await fixture.catalog.participants(conversationID: id).isEmpty)
    }

    @Test func `a list with one bad participant changes nothing`() async throws {
        let fixture = try await CatalogFixture()
        let id = fixture.conversationID
        for bad in [
            Participant(conversationID: UUID(), userID: "carl", role: .member),
            Participant(conversationID: id, userID: "", role: .member),
            Participant(conversationID: id, userID: String(repeating: "x", count: 256), role: .member),
        ] {
            let code = try await errorCode {
                try await fixture.catalog.putConversation(
                    id: id,
                    participants: [Participant(conversationID: id, userID: "dora", role: .member), bad]
                )
            }
            #expect(code == .constraint)
            #expect(try await fixture.catalog.participants(conversationID: id).map(\.userID) == ["ann", "bob"])
        }
    }

    @Test func `a participant is added, given another role, and removed`() async throws {
        let fixture = try await CatalogFixture()
        let id = fixture.conversationID
        try await fixture.catalog.putParticipant(Participant(conversationID: id, userID: "carl", role: .member))
        try await fixture.catalog.putParticipant(Participant(conversationID: id, userID: "carl", role: .admin))
        #expect(
            try await fixture.catalog.membership(messageID: fixture.message.id, userID: "carl")?.role == .admin
        )
        #expect(try await fixture.catalog.removeParticipant(conversationID: id, userID: "carl"))
        #expect(try await fixture.catalog.removeParticipant(conversationID: id, userID: "carl") == false)
        #expect(try await fixture.catalog.participants(conversationID: id).map(\.userID) == ["ann", "bob"])
        let code = try await errorCode {
            try await fixture.catalog.putParticipant(
                Participant(conversationID: UUID(), userID: "carl", role: .member)
            )
        }
        #expect(code == .notFound)
    }

    @Test func `a message is stored once and never moves`() async throws {
        let fixture = try await CatalogFixture()
        let message = fixture.message
        let again = Message(
            id: message.id,
            conversationID: message.conversationID,
            senderID: message.senderID,
            createdAt: message.createdAt.addingTimeInterval(60)
        )
        try await fixture.catalog.putMessage(again)
        #expect(try await fixture.catalog.message(id: message.id) == message)

        let otherID = UUID.version7()
        try await fixture.catalog.putConversation(id: otherID)
        let moved = Message(id: message.id, conversationID: otherID, senderID: "ann", createdAt: message.createdAt)
        #expect(try await errorCode { try await fixture.catalog.putMessage(moved) } == .constraint)
        let homeless = Message(id: UUID(), conversationID: UUID(), senderID: "ann", createdAt: message.createdAt)
        #expect(try await errorCode { try await fixture.catalog.putMessage(homeless) } == .notFound)
        #expect(try await fixture.catalog.message(id: message.id) == message)
        #expect(try await fixture.catalog.message(id: homeless.id) == nil)
    }

    @Test func `membership tells member, admin, stranger and unknown message apart`() async throws {
        let fixture = try await CatalogFixture()
        let id = fixture.message.id
        let member = try await fixture.catalog.membership(messageID: id, userID: "ann")
        #expect(member == MessageMembership(message: fixture.message, role: .member))
        #expect(try await fixture.catalog.membership(messageID: id, userID: "bob")?.role == .admin)
        let stranger = try await fixture.catalog.membership(messageID: id, userID: "eve")
        #expect(stranger == MessageMembership(message: fixture.message, role: nil))
        #expect(try await fixture.catalog.membership(messageID: UUID(), userID: "ann") == nil)
    }

    @Test func `a deleted conversation takes messages and attachments along and queues every object`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        _ = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(
                renditions: [.sample("thumbnail", "thumbnails/one"), .sample("preview", "previews/one")]
            ),
            job: job
        )

        #expect(try await fixture.catalog.deleteConversation(id: fixture.conversationID))
        #expect(try await fixture.catalog.deleteConversation(id: fixture.conversationID) == false)
        #expect(try await fixture.catalog.conversation(id: fixture.conversationID) == nil)
        #expect(try await fixture.catalog.participants(conversationID: fixture.conversationID).isEmpty)
        #expect(try await fixture.catalog.message(id: fixture.message.id) == nil)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == nil)
        let jobs = try await fixture.catalog.nextJobs(limit: 10)
        #expect(jobs.map(\.kind) == [.purge])
        #expect(Set(jobs.flatMap(\.objectKeys)) == [attachment.objectKey, "thumbnails/one", "previews/one"])
        #expect(try fetchTexts("SELECT name FROM rendition", at: fixture.path) == [])
        let log = try await fixture.catalog.activities(limit: 10)
        #expect(log.map(\.action) == [.filePurged, .fileUploaded])
        #expect(log.allSatisfy { $0.attachmentID == attachment.id && $0.userID == "ann" })
    }

    @Test(arguments: [0, 1000] as [TimeInterval])
    func `very many attachments go in lots, so that nothing waits for all of them`(
        retention: TimeInterval
    ) async throws {
        let fixture = try await CatalogFixture()
        let count = 2 * Catalog.deletionsAtOnce + 1
        for _ in 0..<count { _ = try await fixture.commit(fixture.attachment()) }
        let terms = DeletionTerms(retention: retention)
        // The last lot cannot be deleted.
        try executeSQL(
            """
            CREATE TRIGGER halt BEFORE DELETE ON attachment
            WHEN (SELECT count(*) FROM attachment) <= \(Catalog.deletionsAtOnce + 1)
            BEGIN SELECT RAISE(ABORT, 'no more'); END
            """,
            at: fixture.path
        )
        await #expect(throws: CatalogError.self) {
            try await fixture.catalog.deleteConversation(id: fixture.conversationID, terms: terms)
        }
        let left = try await fixture.catalog.attachments(messageID: fixture.message.id).count
        #expect(left == Catalog.deletionsAtOnce + 1)
        #expect(try await fixture.catalog.conversation(id: fixture.conversationID) != nil)

        try executeSQL("DROP TRIGGER halt", at: fixture.path)
        #expect(try await fixture.catalog.deleteConversation(id: fixture.conversationID, terms: terms))
        let keys = try fetchTexts(
            """
            SELECT object_key FROM trash_object UNION ALL SELECT value FROM job, json_each(object_keys) WHERE kind = 'purge'
            """,
            at: fixture.path
        )
        #expect(keys.count == count)
    }

    @Test func `a deleted message queues its objects in lots of five hundred`() async throws {
        let fixture = try await CatalogFixture()
        try await fixture.commit(fixture.attachment(status: .ready))
        try executeSQL(
            """
            WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 500)
            INSERT INTO attachment (
                id, message_id, object_key, file_name, file_type, file_size, mime_type, sha256, stored_sha256, status,
                uploaded_by, uploaded_at
            )
            SELECT printf('00000000-0000-7000-8000-%012x', n), message_id, 'attachments/' || n, file_name, file_type,
                file_size, mime_type, sha256, stored_sha256, status, uploaded_by, uploaded_at
            FROM number, attachment
            """,
            at: fixture.path
        )
        let keys = try await fixture.catalog.attachments(messageID: fixture.message.id).map(\.objectKey)
        #expect(keys.count == 501)
        #expect(try await fixture.catalog.deleteMessage(id: fixture.message.id))
        #expect(try await fixture.catalog.deleteMessage(id: fixture.message.id) == false)
        let jobs = try await fixture.catalog.nextJobs(limit: 10)
        #expect(jobs.map(\.objectKeys.count) == [500, 1])
        #expect(Set(jobs.flatMap(\.objectKeys)) == Set(keys))
        let log = try await fixture.catalog.activities(limit: 1000)
        #expect(log.count { $0.action == .filePurged && $0.cause == .deleted } == 501)
        #expect(try await fixture.catalog.conversation(id: fixture.conversationID) != nil)
    }

    @Test func `deleting one message leaves the attachments of another`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment(status: .ready)
        try await fixture.commit(attachment)
        let empty = Message(
            id: .version7(),
            conversationID: fixture.conversationID,
            senderID: "bob",
            createdAt: fixture.start
        )
        try await fixture.catalog.putMessage(empty)
        #expect(try await fixture.catalog.deleteMessage(id: empty.id))
        #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
        #expect(try await fixture.catalog.nextJobs(limit: 10).isEmpty)
    }
}
