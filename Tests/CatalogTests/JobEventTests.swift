import Catalog
import Foundation
import Testing

/// What an operator is told of webhooks that wait, or were given up.
struct JobEventTests {
    private static let targets = WebhookTargets([
        WebhookTargets.Receiver(name: "app"), WebhookTargets.Receiver(name: "search", events: [.ready]),
    ]) { _, _, _ in "{}" }

    @Test func `webhooks are found by the attachment that they tell of, queued and over`() async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        let (attachment, other) = (fixture.attachment(status: .ready), fixture.attachment(status: .ready))
        try await fixture.commit(attachment)
        try await fixture.commit(other)
        let queued = try await fixture.catalog.jobs(attachmentID: attachment.id, limit: 10)
        #expect(queued.map(\.kind) == [.webhook, .webhook, .webhook])
        #expect(queued.map(\.name).sorted() == ["app", "app", "search"])
        #expect(try await fixture.catalog.jobs(kind: .process, attachmentID: attachment.id, limit: 10).isEmpty)
        #expect(try await fixture.catalog.jobs(attachmentID: UUID(), limit: 10).isEmpty)
        #expect(try await fixture.catalog.jobs(limit: 10).count == 6)

        let letter = try #require(queued.last)
        #expect(try await fixture.catalog.endJob(letter, outcome: .dead, error: "It answered 500."))
        #expect(try await fixture.catalog.jobs(attachmentID: attachment.id, limit: 10).count == 2)
        // What is dead outlives the attachment.
        _ = try await fixture.catalog.deleteAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileDeleted, of: attachment)
        )
        let dead = try await fixture.catalog.endedJobs(outcome: .dead, attachmentID: attachment.id, limit: 10)
        #expect(dead.map(\.id) == [letter.id])
        #expect(try await fixture.catalog.endedJobs(attachmentID: other.id, limit: 10).isEmpty)
    }

    @Test func `an event is told as its row has it, whatever became of the job`() async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        let attachment = fixture.attachment(status: .ready)
        try await fixture.commit(attachment)
        let queued = try await fixture.catalog.jobs(attachmentID: attachment.id, limit: 10)
        let job = try #require(queued.first { $0.name == "search" })
        try await fixture.catalog.endJob(job, outcome: .dead, error: "It answered 500.")
        let ended = try #require(try await fixture.catalog.endedJob(id: job.id))
        let number = try #require(ended.eventID)
        let events = try await fixture.catalog.jobEvents(ids: [number, number + 100])
        #expect(Array(events.keys) == [number])
        let event = try #require(events[number])
        #expect(event.type == .ready)
        #expect(event.attachmentID == attachment.id)
        let stored = try fetchTexts("SELECT message_id FROM webhook_event WHERE id = \(number)", at: fixture.path)
        #expect(stored == [event.messageID])
        #expect(try await fixture.catalog.jobEvents(ids: []).isEmpty)
    }
}
