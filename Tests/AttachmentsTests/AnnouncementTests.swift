import Catalog
import Foundation
import Testing

@testable import Attachments

/// How a process makes it known that it works jobs off.
struct AnnouncementTests {
    @Test func `what the catalog has not taken is said again, and what it has taken is not`() async throws {
        // Without a schema the catalog takes nothing.
        try await OfflineService.run(migrates: false) { offline in
            let (service, catalog) = (offline.service, offline.catalog)
            await service.announce(as: .work)
            try catalog.migrate()
            #expect(try await catalog.runners().isEmpty)
            await service.announce(as: .work)
            let first = try await catalog.runners()
            #expect(first.map(\.token) == [catalog.runnerToken])
            #expect(first.map(\.kind) == [.work])
            await service.announce(as: .serve)
            #expect(try await catalog.runners() == first)
        }
    }

    @Test func `a job committed since a word that failed keeps its lease when it is said again`() async throws {
        try await OfflineService.run(migrates: false) { offline in
            let (service, catalog) = (offline.service, offline.catalog)
            await service.announce(as: .serve)
            try catalog.migrate()
            let job = try #require(try await commit(in: catalog))
            await service.announce(as: .serve)
            let runners = try await catalog.runners()
            #expect(runners.map(\.token) == [catalog.runnerToken])
            let kept = try #require(try await catalog.job(id: job.id))
            #expect(kept.isLeased)
            #expect(kept.owner == catalog.runnerToken)
        }
    }

    /// Commits an upload, as one does that has not begun its job yet.
    private func commit(in catalog: Catalog) async throws -> Job? {
        let conversationID = UUID.version7()
        try await catalog.putConversation(
            id: conversationID,
            participants: [Participant(conversationID: conversationID, userID: "ann", role: .member)]
        )
        let message = Message(id: .version7(), conversationID: conversationID, senderID: "ann", createdAt: Date())
        try await catalog.putMessage(message)
        var attachment = CatalogAttachment.readyVideo()
        (attachment.messageID, attachment.status) = (message.id, .processing)
        try await catalog.insertIntent(
            UploadIntent(
                id: attachment.id,
                objectKey: attachment.objectKey,
                userID: "ann",
                createdAt: attachment.uploadedAt
            )
        )
        return try await catalog.commitUpload(
            attachment: attachment,
            activity: Activity(userID: "ann", action: .fileUploaded, description: "", occurredAt: Date())
        )
    }
}
