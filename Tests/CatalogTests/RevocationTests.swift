import Catalog
import Foundation
import Testing

/// The end of URLs, media work done again, and participants changed together.
struct RevocationTests {
    /// An attachment that is ready, with a thumbnail.
    private func ready(_ fixture: CatalogFixture) async throws -> CatalogAttachment {
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        let thumbnail = Rendition.sample("thumbnail", "\(attachment.objectKey).jpg")
        try await fixture.catalog.insertIntents(fixture.intents(for: [thumbnail]))
        let outcome = MediaOutcome(renditions: [thumbnail])
        let done = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: outcome,
            job: job
        )
        return try #require(done)
    }

    private func begin(_ fixture: CatalogFixture, _ attachment: CatalogAttachment) async throws -> Job {
        let request = try await fixture.catalog.requestRevocation(attachmentID: attachment.id)
        guard case .begun(let job) = request else { throw CatalogError(code: .other, message: "\(request)") }
        return job
    }

    /// Where each object is copied to, and intents for the copies.
    private func copies(_ fixture: CatalogFixture, _ attachment: CatalogAttachment) async throws -> [String: String] {
        var copies: [String: String] = [:]
        for key in attachment.objectKeys { copies[key] = "copy-of-\(key)" }
        try await fixture.catalog.insertIntents(
            copies.values.map { UploadIntent(id: .version7(), objectKey: $0, userID: "ann", createdAt: fixture.start) }
        )
        return copies
    }

    @Test func `copies take the place of the objects, whose deletion is queued, in one step`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await ready(fixture)
        let job = try await begin(fixture, attachment)
        #expect(job.kind == .revoke)
        #expect(job.isLeased)
        #expect(try await fixture.catalog.requestRevocation(attachmentID: attachment.id) == .alreadyQueued)
        let copies = try await copies(fixture, attachment)
        let outcome = try await fixture.finishRevocation(of: attachment, copies: copies, job: job)
        guard case .swapped(let swapped, let deletion) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(swapped.objectKeys == attachment.objectKeys.map { "copy-of-\($0)" })
        #expect(deletion.objectKeys == attachment.objectKeys)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == swapped)
        #expect(try await fixture.catalog.intents().isEmpty)
        #expect(try await fixture.catalog.jobs(limit: 9).map(\.kind) == [.purge])
    }

    @Test func `media work under way is queued anew, and what it brings is deleted`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let processing = try #require(try await fixture.commit(attachment))
        let job = try await begin(fixture, attachment)
        let copies = try await copies(fixture, attachment)
        _ = try await fixture.finishRevocation(of: attachment, copies: copies, job: job)
        let anew = try #require(try await fixture.catalog.job(attachmentID: attachment.id, kind: .process))
        #expect(anew.id != processing.id)
        #expect(anew.isLeased == false)
        let late = Rendition.sample("thumbnail", "\(attachment.objectKey).jpg")
        try await fixture.catalog.insertIntents(fixture.intents(for: [late]))
        let unchanged = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(renditions: [late]),
            job: processing
        )
        #expect(unchanged?.status == .processing)
        #expect(unchanged?.renditions == [])
        let doomed = try await fixture.catalog.jobs(kind: .purge, limit: 9).flatMap(\.objectKeys)
        #expect(Set(doomed) == [attachment.objectKey, late.objectKey])
    }

    @Test func `where the objects have changed meanwhile, the copies go and the job stays`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await ready(fixture)
        let job = try await begin(fixture, attachment)
        var older = attachment
        older.renditions = []
        let copies = try await copies(fixture, older)
        let outcome = try await fixture.finishRevocation(of: older, copies: copies, job: job)
        #expect(outcome == .changedMeanwhile)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
        #expect(try await fixture.catalog.job(attachmentID: attachment.id, kind: .revoke) == job)
        let doomed = try await fixture.catalog.jobs(kind: .purge, limit: 9).flatMap(\.objectKeys)
        #expect(doomed == ["copy-of-\(attachment.objectKey)"])
    }

    @Test func `where the attachment is gone, the copies go too`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await ready(fixture)
        let job = try await begin(fixture, attachment)
        let copies = try await copies(fixture, attachment)
        _ = try await fixture.catalog.deleteMessage(id: fixture.message.id)
        let outcome = try await fixture.finishRevocation(of: attachment, copies: copies, job: job)
        #expect(outcome == .attachmentGone)
        let jobs = try await fixture.catalog.jobs(limit: 9)
        #expect(jobs.allSatisfy { $0.kind == .purge })
        #expect(Set(jobs.flatMap(\.objectKeys)) == Set(copies.keys).union(copies.values))
        #expect(try await fixture.catalog.requestRevocation(attachmentID: attachment.id) == .noAttachment)
    }

    @Test func `media work is queued again once, and what was made stays until then`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await ready(fixture)
        let first = try #require(try await fixture.catalog.requestProcessing(attachmentID: attachment.id))
        #expect(first.status == .processing)
        #expect(first.renditions == attachment.renditions)
        #expect(try await fixture.catalog.requestProcessing(attachmentID: attachment.id) == first)
        #expect(try await fixture.catalog.jobs(limit: 9).map(\.kind) == [.process])
        #expect(try await fixture.catalog.requestProcessing(attachmentID: UUID()) == nil)
    }

    @Test func `an object is not put under a key whose deletion is still to come`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await ready(fixture)
        _ = try await fixture.catalog.deleteMessage(id: fixture.message.id)
        let intents = fixture.intents(for: attachment.renditions)
        #expect(
            try await errorCode {
                try await fixture.catalog.insertIntents(intents, refusingKeysInDeletion: true)
            } == .constraint
        )
        #expect(try await fixture.catalog.intents().isEmpty)
    }

    @Test func `participants are put and removed together, and repeating it changes nothing`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await ready(fixture)
        let id = fixture.conversationID
        let put = [
            Participant(conversationID: id, userID: "carl", role: .admin),
            Participant(conversationID: id, userID: "ann", role: .admin),
        ]
        for removed in [["bob"], []] {
            let change = try await fixture.catalog.changeParticipants(
                conversationID: id,
                put: put,
                remove: ["bob", "nobody"],
                revoking: true
            )
            #expect(change == ParticipantChange(removed: removed, revocations: removed.count))
            #expect(try await fixture.catalog.participants(conversationID: id) == put.sorted { $0.userID < $1.userID })
        }
        #expect(try await fixture.catalog.job(attachmentID: attachment.id, kind: .revoke) != nil)
        let replaced = try await fixture.catalog.changeParticipants(conversationID: id, put: [], replacing: true)
        #expect(replaced == ParticipantChange(removed: ["ann", "carl"], revocations: 0))
        #expect(
            try await errorCode {
                _ = try await fixture.catalog.changeParticipants(conversationID: UUID(), put: [])
            } == .notFound
        )
    }

    @Test func `a role is that of the conversation asked for, and a conversation may be unknown`() async throws {
        let fixture = try await CatalogFixture()
        for (user, role) in [("ann", ParticipantRole.member), ("bob", .admin), ("mallory", nil)] {
            let found = try await fixture.catalog.role(conversationID: fixture.conversationID, userID: user)
            #expect(found.isKnown)
            #expect(found.role == role)
        }
        let unknown = try await fixture.catalog.role(conversationID: UUID(), userID: "ann")
        #expect(!unknown.isKnown)
        #expect(unknown.role == nil)
    }
}
