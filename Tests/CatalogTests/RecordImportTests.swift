import Catalog
import Foundation
import TestSupport
import Testing

struct RecordImportTests {
    private let later = Date(timeIntervalSince1970: 1_800_000_000)

    @Test func `records come in once, and a second time changes nothing`() async throws {
        let fixture = try await CatalogFixture()
        let conversation = Conversation(id: .version7(), createdAt: later)
        let participants = ["carl", "dora"]
            .map {
                Participant(conversationID: conversation.id, userID: $0, role: $0 == "carl" ? .admin : .member)
            }
        let message = Message(id: .version7(), conversationID: conversation.id, senderID: "dora", createdAt: later)
        func bring() async throws -> ImportOutcome {
            try await fixture.catalog.importRecords(
                conversations: [conversation],
                participants: participants,
                messages: [message]
            )
        }
        let first = try await bring()
        #expect(first.conversations == 1 && first.participants == 2 && first.messages == 1 && first.refusals.isEmpty)
        #expect(try await bring() == ImportOutcome())
        #expect(try await fixture.catalog.conversation(id: conversation.id) == conversation)
        #expect(try await fixture.catalog.participants(conversationID: conversation.id) == participants)
        #expect(try await fixture.catalog.message(id: message.id) == message)
    }

    @Test func `roles, participants and times that are there stay`() async throws {
        let fixture = try await CatalogFixture()
        let id = fixture.conversationID
        let outcome = try await fixture.catalog.importRecords(
            conversations: [Conversation(id: id, createdAt: later)],
            participants: [
                Participant(conversationID: id, userID: "bob", role: .member),
                Participant(conversationID: id, userID: "carl", role: .member),
            ],
            messages: [
                Message(id: fixture.message.id, conversationID: id, senderID: "ann", createdAt: later)
            ]
        )
        #expect(outcome.conversations == 0 && outcome.participants == 1 && outcome.messages == 0)
        #expect(outcome.refusals.isEmpty)
        #expect(
            try await fixture.catalog.participants(conversationID: id) == [
                Participant(conversationID: id, userID: "ann", role: .member),
                Participant(conversationID: id, userID: "bob", role: .admin),
                Participant(conversationID: id, userID: "carl", role: .member),
            ]
        )
        #expect(try await fixture.catalog.conversation(id: id)?.createdAt == fixture.start)
        #expect(try await fixture.catalog.message(id: fixture.message.id) == fixture.message)
    }

    @Test func `a message of no conversation, or another one's id, is refused and the others come in`() async throws {
        let fixture = try await CatalogFixture()
        let stray = Message(id: .version7(), conversationID: .version7(), senderID: "ann", createdAt: later)
        let other = Message(
            id: fixture.message.id,
            conversationID: fixture.conversationID,
            senderID: "bob",
            createdAt: later
        )
        let good = Message(id: .version7(), conversationID: fixture.conversationID, senderID: "bob", createdAt: later)
        let outcome = try await fixture.catalog.importRecords(
            conversations: [],
            participants: [],
            messages: [stray, other, good]
        )
        #expect(outcome.messages == 1)
        #expect(
            outcome.refusals == [
                ImportOutcome.Refusal(messageID: stray.id, reason: "there is no such conversation"),
                ImportOutcome.Refusal(messageID: other.id, reason: "the id belongs to another message"),
            ]
        )
        #expect(try await fixture.catalog.message(id: good.id) == good)
        #expect(try await fixture.catalog.message(id: fixture.message.id) == fixture.message)
    }

    @Test func `a participant of no conversation takes the whole batch back`() async throws {
        let fixture = try await CatalogFixture()
        let conversation = Conversation(id: .version7(), createdAt: later)
        let code = try await errorCode {
            _ = try await fixture.catalog.importRecords(
                conversations: [conversation],
                participants: [Participant(conversationID: .version7(), userID: "carl", role: .member)],
                messages: []
            )
        }
        #expect(code == .constraint)
        #expect(try await fixture.catalog.conversation(id: conversation.id) == nil)
    }
}
