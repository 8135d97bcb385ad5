import Catalog
import Foundation
import Testing

// What was stored under an intent that was lost.
extension IntentFenceTests {
    private func purges(_ fixture: CatalogFixture, until date: Date = .distantFuture) async throws -> [String] {
        try await fixture.catalog.nextJobs(kinds: [.purge], limit: 9, now: date).flatMap(\.objectKeys).sorted()
    }

    @Test func `who gives up has its intent, also where it is gone, and leaves it to who took it`() async throws {
        let fixture = try await CatalogFixture()
        let server = try Catalog.open(path: fixture.path)
        let made = fixture.intent(for: fixture.attachment())
        try await fixture.catalog.insertIntent(made)
        try await fixture.catalog.setIntentUploadID(id: made.id, uploadID: "parts")
        let intent = try #require(try await fixture.catalog.intent(id: made.id))
        #expect(intent.uploadID == "parts")
        #expect(try await fixture.catalog.reclaimIntent(made) == intent)
        #expect(try await fixture.catalog.removeIntent(id: intent.id))
        #expect(try await fixture.catalog.reclaimIntent(made) == made)
        #expect(try await fixture.catalog.intents() == [made])
        #expect(try await purges(fixture) == [])
        // Who has taken it may be deleting the object at this moment: with the intent gone, somebody would store there.
        #expect(try await server.takeIntent(id: made.id) == made)
        #expect(try await fixture.catalog.reclaimIntent(made) == nil)
        #expect(try await fixture.catalog.removeIntent(id: made.id) == false)
        #expect(try await server.removeIntent(id: made.id))
        #expect(try await purges(fixture) == [made.objectKey])
    }

    @Test(arguments: ["ready", "trashed"])
    func `what a row refers to is not cleaned up by who believes that it has failed`(state: String) async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await ready(fixture)
        if state == "trashed" {
            _ = try await fixture.catalog.discardAttachment(
                id: attachment.id,
                activity: fixture.activity(.fileDeleted, of: attachment),
                terms: DeletionTerms(retention: 1000, revokesURLs: false)
            )
        }
        #expect(try await fixture.catalog.reclaimIntent(fixture.intent(for: attachment)) == nil)
        #expect(try await fixture.catalog.intents() == [])
        #expect(try await purges(fixture) == [])
    }

    @Test func `a key under which another stores by now is deleted later, unless a row refers to it`() async throws {
        let fixture = try await CatalogFixture()
        let server = try Catalog.open(path: fixture.path)
        let attachment = fixture.attachment(status: .ready)
        let lost = UploadIntent(
            id: .version7(),
            objectKey: attachment.objectKey,
            userID: "ann",
            createdAt: fixture.start
        )
        try await server.insertIntent(fixture.intent(for: attachment))
        let now = Date()
        #expect(try await fixture.catalog.reclaimIntent(lost, at: now) == nil)
        #expect(try await server.intents().map(\.id) == [attachment.id])
        #expect(try await purges(fixture, until: now.addingTimeInterval(59)) == [])
        #expect(try await purges(fixture, until: now.addingTimeInterval(60)) == [attachment.objectKey])
        let purge = try #require(try await fixture.catalog.nextJobs(limit: 9, now: .distantFuture).first)
        #expect(try await fixture.catalog.unreferencedKeys(of: purge) == [])
        _ = try await server.commitUpload(
            attachment: attachment,
            activity: fixture.activity(.fileUploaded, of: attachment)
        )
        #expect(try await fixture.catalog.unreferencedKeys(of: purge) == [])
    }

    @Test(arguments: ["process", "rendition", "revocation"])
    func `what was stored for an attachment that is gone goes, also where the intents are lost`(
        work: String
    ) async throws {
        let fixture = try await CatalogFixture()
        let server = try Catalog.open(path: fixture.path)
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        let made = Rendition.sample("720p", "a/720p.mp4")
        try await fixture.catalog.insertIntents(fixture.intents(for: [made]))
        let intent = try #require(try await fixture.catalog.intents().first)
        #expect(try await server.takeIntent(id: intent.id) == intent)
        #expect(try await server.removeIntent(id: intent.id))
        _ = try await fixture.catalog.deleteAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileDeleted, of: attachment)
        )
        switch work {
        case "process":
            let outcome = MediaOutcome(renditions: [made])
            let ended = try await fixture.catalog.finishProcessing(
                attachmentID: attachment.id,
                outcome: outcome,
                job: job
            )
            #expect(ended == nil)
        case "rendition":
            #expect(
                try await fixture.catalog.recordRenditions([made], attachmentID: attachment.id, job: job) == nil
            )
        default:
            let copies = [attachment.objectKey: made.objectKey]
            let ended = try await fixture.catalog.finishRevocation(of: attachment, copies: copies, job: job)
            #expect(ended == .attachmentGone)
        }
        #expect(try await purges(fixture) == [made.objectKey, attachment.objectKey].sorted())
    }
}
