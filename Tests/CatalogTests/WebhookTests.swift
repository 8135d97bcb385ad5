import Catalog
import Foundation
import Testing

struct WebhookTests {
    /// `app` is told of everything, `search` of what is ready or deleted.
    private static let targets = WebhookTargets([
        WebhookTargets.Receiver(name: "app"),
        WebhookTargets.Receiver(name: "search", events: [.ready, .deleted]),
    ]) { event, attachment, date in
        """
        {"type":"\(event.rawValue)","id":"\(attachment.id.text)","status":"\(attachment.status.rawValue)",\
        "at":\(Int(date.timeIntervalSince1970))}
        """
    }

    private func told(_ fixture: CatalogFixture) throws -> [String] {
        try fetchTexts(
            """
            SELECT job.name || ' ' || type || ' ' || json_extract(body, '$.status')
            FROM job JOIN webhook_event ON webhook_event.id = job.event_id ORDER BY event_id, job.name
            """,
            at: fixture.path
        )
    }

    @Test func `where nobody is told, nothing is written down`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment(status: .ready)
        try await fixture.commit(attachment)
        _ = try await fixture.catalog.deleteAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileDeleted, of: attachment)
        )
        #expect(try fetchTexts("SELECT type FROM webhook_event", at: fixture.path) == [])
        #expect(try fetchTexts("SELECT kind FROM job", at: fixture.path) == ["purge"])
    }

    @Test func `each receiver is told what it asked for, in the order in which it happened`() async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        _ = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(),
            job: job
        )
        _ = try await fixture.catalog.deleteAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileDeleted, of: attachment)
        )
        #expect(
            try told(fixture) == [
                "app attachment.created processing", "app attachment.ready ready", "search attachment.ready ready",
                "app attachment.deleted ready", "search attachment.deleted ready",
            ]
        )
        // One message for all receivers of an event, and another one for each event.
        let identifiers = try fetchTexts("SELECT message_id FROM webhook_event", at: fixture.path)
        #expect(identifiers.count == 3)
        #expect(Set(identifiers).count == 3)
        #expect(identifiers.allSatisfy { $0.wholeMatch(of: /msg_[0-9a-f]{32}/) != nil })
    }

    @Test func `a file without media work is ready when it is created, and one whose work fails has failed`()
        async throws
    {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        try await fixture.commit(fixture.attachment(status: .ready))
        let broken = fixture.attachment()
        let job = try #require(try await fixture.commit(broken))
        for _ in 0..<2 {
            _ = try await fixture.catalog.failProcessing(
                attachmentID: broken.id,
                reason: "invalid_data",
                facts: nil,
                job: job
            )
        }
        #expect(
            try told(fixture) == [
                "app attachment.created ready", "app attachment.ready ready", "search attachment.ready ready",
                "app attachment.created processing", "app attachment.failed failed",
            ]
        )
    }

    @Test func `media work that somebody cancels has failed`() async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        let job = try #require(try await fixture.commit(fixture.attachment()))
        guard case .ended = try await fixture.catalog.cancelJob(id: job.id) else {
            Issue.record("the lease was over, and the job not cancelled")
            return
        }
        #expect(try told(fixture) == ["app attachment.created processing", "app attachment.failed failed"])
    }

    @Test(arguments: [true, false])
    func `the deletion of a message or a conversation tells of each of its attachments`(isMessage: Bool) async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        let attachments = [fixture.attachment(status: .ready), fixture.attachment(status: .ready)]
        for attachment in attachments { try await fixture.commit(attachment) }
        if isMessage {
            _ = try await fixture.catalog.deleteMessage(id: fixture.message.id, at: fixture.start)
        } else {
            _ = try await fixture.catalog.deleteConversation(id: fixture.conversationID, at: fixture.start)
        }
        let deleted = try fetchTexts(
            """
            SELECT attachment_id || ' ' || json_extract(body, '$.at')
            FROM webhook_event WHERE type = 'attachment.deleted' ORDER BY id
            """,
            at: fixture.path
        )
        #expect(deleted == attachments.map(\.id.text).sorted().map { "\($0) 1700000000" })
    }

    @Test func `an upload that is refused tells nothing`() async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        let attachment = fixture.attachment(uploadedBy: "mallory")
        try await fixture.catalog.insertIntent(fixture.intent(for: attachment))
        let code = try await errorCode {
            _ = try await fixture.catalog.commitUpload(
                attachment: attachment,
                activity: fixture.activity(.fileUploaded, of: attachment)
            )
        }
        #expect(code == .forbidden)
        #expect(try told(fixture) == [])
    }

    @Test func `a receiver is told of the next event when it has been told of the one before`() async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        try await fixture.commit(fixture.attachment(status: .ready))
        try await fixture.commit(fixture.attachment(status: .ready))
        func due() async throws -> [String] {
            var found: [String] = []
            for job in try await fixture.catalog.nextJobs(limit: 10) {
                let eventID = try #require(job.eventID)
                let event = try await fixture.catalog.webhookEvent(id: eventID)
                found.append("\(job.name) \(event?.type.rawValue ?? "-")")
            }
            return found.sorted()
        }
        // `search` is not told of creations, so nothing holds the other event up there.
        #expect(
            try await due() == [
                "app attachment.created", "app attachment.created", "search attachment.ready",
                "search attachment.ready",
            ]
        )
        let first = try #require(try await fixture.catalog.nextJobs(limit: 10).first { $0.name == "app" })
        let later = Date(timeIntervalSinceNow: 3_600)
        try await fixture.catalog.postponeJob(first, until: later, error: "500", countsAttempt: true)
        #expect(
            try await due() == ["app attachment.created", "search attachment.ready", "search attachment.ready"],
            "a pause of one attachment's events must not hold up another's"
        )
        let waiting = try #require(try await fixture.catalog.job(id: first.id))
        _ = try await fixture.catalog.endJob(waiting, outcome: .dead, error: "410")
        #expect(
            try await due() == [
                "app attachment.created", "app attachment.ready", "search attachment.ready", "search attachment.ready",
            ]
        )
    }

    @Test func `what waits for an event that was put off is due after it`() async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        try await fixture.commit(fixture.attachment(status: .ready))
        let first = try #require(try await fixture.catalog.nextJobs(limit: 10).first { $0.name == "app" })
        let later = Date(timeIntervalSince1970: 4_000_000_000)
        try await fixture.catalog.postponeJob(first, until: later, error: "500", countsAttempt: true)
        try await fixture.catalog.putOffLaterWebhooks(than: first, until: later)
        func dueTimes() throws -> [String] {
            try fetchTexts("SELECT name || ' ' || run_after FROM job ORDER BY event_id, name", at: fixture.path)
        }
        #expect(
            try dueTimes() == ["app 4000000000000", "app 4000000000000", "search 1700000000000"],
            "another receiver waits for nothing"
        )
        let waiting = try #require(try await fixture.catalog.job(id: first.id))
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        _ = try await fixture.catalog.endJob(waiting, outcome: .dead, error: "500", at: now)
        #expect(try dueTimes() == ["app 1800000000000", "search 1700000000000"])
    }

    @Test func `an event keeps what it was about`() async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        let attachment = fixture.attachment()
        try await fixture.commit(attachment)
        let job = try #require(try await fixture.catalog.nextJobs(limit: 10).first { $0.kind == .webhook })
        let eventID = try #require(job.eventID)
        let event = try #require(try await fixture.catalog.webhookEvent(id: eventID))
        #expect(event.type == .created)
        #expect(event.attachmentID == attachment.id)
        #expect(event.createdAt == fixture.start)
        #expect(job.userID == "ann")
        #expect(
            event.body == """
                {"type":"attachment.created","id":"\(attachment.id.uuidString.lowercased())","status":"processing",\
                "at":1700000000}
                """
        )
    }
}
