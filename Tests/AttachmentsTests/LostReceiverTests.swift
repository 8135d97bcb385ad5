import Catalog
import Foundation
import Testing

@testable import Attachments

/// Messages that wait for a receiver when it is taken out of the configuration.
struct LostReceiverTests {
    private func upload(into catalog: Catalog) async throws {
        let (conversationID, date) = (UUID.version7(), Date(timeIntervalSinceNow: -60))
        let message = Message(id: .version7(), conversationID: conversationID, senderID: "ann", createdAt: date)
        try await catalog.putConversation(id: conversationID)
        try await catalog.putMessage(message)
        var attachment = CatalogAttachment.readyVideo()
        attachment.messageID = message.id
        try await catalog.insertIntent(
            UploadIntent(id: attachment.id, objectKey: attachment.objectKey, userID: "ann", createdAt: date)
        )
        let entry = Activity(userID: "ann", action: .fileUploaded, description: "", occurredAt: date)
        let job = try await catalog.commitUpload(attachment: attachment, activity: entry, requiresParticipation: false)
        #expect(job == nil)
    }

    @Test func `they are given up, one after the other, and can be sent again`() async throws {
        let targets = WebhookTargets([WebhookTargets.Receiver(name: "app")]) { _, _, _ in "{}" }
        try await OfflineService.run(webhooks: targets) { offline in
            let catalog = offline.catalog
            try await upload(into: catalog)
            // That it was created, and that it is ready, which waits for the first.
            for left in [1, 0] {
                let job = try #require(try await catalog.nextJobs(kinds: [.webhook], limit: 9).first)
                await offline.service.carryOut([job])
                #expect(try await catalog.jobCount(kind: .webhook) == left)
            }
            let dead = try await catalog.endedJobs(kind: .webhook, outcome: .dead, limit: 9)
            #expect(dead.map(\.lastError) == Array(repeating: "No receiver of this name is configured.", count: 2))
            let first = try #require(dead.last)
            guard case .due(let again) = try await catalog.retryJob(id: first.id) else {
                Issue.record("it is not sent again")
                return
            }
            #expect(again.eventID == first.eventID)
        }
    }
}
