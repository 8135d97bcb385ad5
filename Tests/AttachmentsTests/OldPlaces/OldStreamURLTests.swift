import Catalog
import Foundation
import Testing

@testable import Attachments

/// For how long URLs of an old bucket keep those of an attachment from being ended.
struct OldStreamURLTests {
    private let store = "s3:http://127.0.0.1:8333/old"
    private let backend = Requester(userID: "backend", isService: true)

    /// A film of an hour that was moved out of a bucket half an hour ago, where it may have had a step of its stream.
    private func film(_ catalog: Catalog, withStep: Bool) async throws -> CatalogAttachment {
        let conversationID = UUID.version7()
        let message = Message(id: .version7(), conversationID: conversationID, senderID: "ann", createdAt: Date())
        try await catalog.putConversation(id: conversationID)
        try await catalog.putMessage(message)
        var film = CatalogAttachment.readyVideo(with: withStep ? [.sample("hls360p")] : [])
        film.messageID = message.id
        film.durationMilliseconds = 3_600_000
        let keys = film.objectKeys
        let candidate = AdoptionCandidate(
            attachment: film,
            locations: Dictionary(uniqueKeysWithValues: keys.map { ($0, $0) })
        )
        let adopted = try await catalog.adoptAttachments([candidate], store: store)
        try #require(adopted == [.adopted])
        for key in keys {
            let digest = try #require(film.sha256)
            let arrived = ArrivedObject(objectKey: key, store: store, byteCount: 1_000_000, sha256: digest)
            _ = try await catalog.finishMove(arrived, at: Date(timeIntervalSinceNow: -1_800))
        }
        return film
    }

    @Test(arguments: [true, false])
    func `those of a stream are good for its playing time more, a file without one has none`(
        withStep: Bool
    ) async throws {
        let configure: (inout AttachmentsConfiguration) -> Void = { configuration in
            configuration.urlLifetime = .seconds(900)
            configuration.inlineWait = .milliseconds(100)
        }
        try await OfflineService.run(configure: configure) { offline in
            let film = try await film(offline.catalog, withStep: withStep)
            do {
                // The storage is not there: what is not refused is left to the job.
                let isOver = try await offline.service.revoke(id: film.id, by: backend).isOver
                #expect(!withStep)
                #expect(!isOver)
                #expect(try await offline.catalog.job(attachmentID: film.id, kind: .revoke) != nil)
            } catch let error as AttachmentError {
                #expect(withStep)
                #expect(error.code == .conflict)
                let wait = try #require(error.retryAfter)
                #expect((2_600...2_701).contains(wait.components.seconds))
            }
        }
    }
}
