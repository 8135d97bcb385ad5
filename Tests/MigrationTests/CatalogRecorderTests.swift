import Catalog
import Foundation
import Migration
import TestSupport
import Testing

/// What a migration tells the catalog, and what it makes of the answer.
struct CatalogRecorderTests {
    private let store = "directory:/srv/media"
    private let digest = String(repeating: "5c", count: 32)
    private let directory: TemporaryDirectory
    private let catalog: Catalog
    private let recorder: CatalogRecorder
    private let message: Message

    init() async throws {
        directory = try TemporaryDirectory()
        catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
        try catalog.migrate()
        recorder = CatalogRecorder(catalog: catalog, store: store)
        let conversation = UUID()
        message = Message(id: UUID(), conversationID: conversation, senderID: "ann", createdAt: Date())
        try await catalog.putConversation(id: conversation, participants: [])
        try await catalog.putMessage(message)
    }

    /// An attachment of which the file is still in the store, and its item.
    private func adopt(
        kind: FileKind = .video,
        mediaType: String = "video/mp4",
        sha256: String? = nil
    ) async throws -> MigrationItem {
        let id = UUID()
        let location = "attachments/\(id).bin"
        let candidate = AdoptionCandidate.waiting(
            id,
            in: message.id,
            kind: kind,
            mediaType: mediaType,
            sha256: sha256,
            location: location
        )
        let outcomes = try await catalog.adoptAttachments(
            [candidate],
            store: store
        )
        #expect(outcomes == [.adopted])
        return MigrationItem(location: location, targetKey: candidate.attachment.objectKey, attachmentID: id)
    }

    private func moved(_ item: MigrationItem) -> MovedObject {
        MovedObject(item: item, byteCount: 9, sha256: digest, contentType: "application/octet-stream")
    }

    @Test(arguments: [
        (FileKind.video, "video/mp4", true), (.image, "image/jpeg", true), (.audio, "audio/mpeg", true),
        (.image, "image/svg+xml", false), (.document, "application/pdf", false), (.other, "application/x-7z", false),
    ])
    func `what arrives is recorded, and what a worker can look at is queued`(
        kind: FileKind,
        mediaType: String,
        isQueued: Bool
    ) async throws {
        let item = try await adopt(kind: kind, mediaType: mediaType)
        #expect(try await recorder.record(moved(item)) == .recorded)
        #expect(try await recorder.record(moved(item)) == .recorded)
        #expect(try await catalog.jobCount(kind: .import) == (isQueued ? 1 : 0))
        let id = try #require(item.attachmentID)
        #expect(try await catalog.attachment(id: id)?.storedSHA256 == digest)
    }

    @Test func `what was deleted is unwanted, and what belongs to nobody is no concern`() async throws {
        let item = try await adopt()
        #expect(try await catalog.deleteMessage(id: message.id))
        #expect(try await recorder.record(moved(item)) == .unwanted)
        let bare = MigrationItem(location: "x", targetKey: "bare/x")
        #expect(try await recorder.record(moved(bare)) == .recorded)
    }

    @Test func `an object is wanted until its attachment is deleted, and a bare one always`() async throws {
        let items = [try await adopt(), try await adopt()]
        _ = try await recorder.record(moved(items[0]))
        for item in items { #expect(try await recorder.isWanted(item)) }
        #expect(try await catalog.deleteMessage(id: message.id))
        for item in items { #expect(try await !recorder.isWanted(item)) }
        #expect(try await recorder.isWanted(MigrationItem(location: "x", targetKey: "bare/x")))
        // Of what got through nevertheless the deletion is queued.
        let before = try await catalog.jobCount(kind: .purge)
        #expect(try await recorder.record(moved(items[1])) == .unwanted)
        #expect(try await catalog.jobCount(kind: .purge) == before + 1)
    }

    @Test func `a refusal names the file, and does not pass by itself`() async throws {
        let known = try await adopt(sha256: String(repeating: "00", count: 32))
        let wrong = await #expect(throws: MigrationError.self) { _ = try await recorder.record(moved(known)) }
        #expect(wrong?.code == .digestMismatch)
        #expect(wrong?.message.hasPrefix("\(known.location): ") == true)
        #expect(wrong?.isTransient == false)
        let stranger = MigrationItem(location: "y", targetKey: "attachments/y", attachmentID: UUID())
        let unknown = await #expect(throws: MigrationError.self) { _ = try await recorder.record(moved(stranger)) }
        #expect(unknown?.code == .recordRefused)
        #expect(unknown?.isTransient == false)
    }

    @Test func `what somebody asked for is told`() async throws {
        let (first, second) = (try await adopt(), try await adopt())
        try await catalog.touch(objectKeys: [second.targetKey])
        #expect(try await recorder.keysAskedFor(limit: 5) == [second.targetKey])
        try await catalog.touch(objectKeys: [first.targetKey], at: Date(timeIntervalSince1970: 1))
        #expect(try await recorder.keysAskedFor(limit: 1) == [first.targetKey])
    }
}
