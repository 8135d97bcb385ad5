import Catalog
import Foundation

extension CatalogFixture {
    static let store = "directory:/srv/media"
    static let digest = String(repeating: "5c", count: 32)

    /// A clip with a thumbnail, both below a media root, of which nothing was read yet.
    func candidate(sha256: String? = nil, location: String? = nil) -> AdoptionCandidate {
        var attachment = attachment(status: .processing)
        attachment.sha256 = sha256
        attachment.storedSHA256 = sha256
        let thumbnail = attachment.objectKey.replacingOccurrences(of: "original", with: "thumbnail.jpg")
        attachment.renditions = [.sample("thumbnail", thumbnail)]
        let name = location ?? "attachments/2025/01/15/\(attachment.id.uuidString).mp4"
        return AdoptionCandidate(
            attachment: attachment,
            locations: [attachment.objectKey: name, thumbnail: "thumbnails/\(attachment.id.uuidString).jpg"]
        )
    }

    func adopt(_ candidate: AdoptionCandidate) async throws -> AdoptionOutcome? {
        try await catalog.adoptAttachments([candidate], store: Self.store, at: start).first
    }

    /// The object with the key arrives as 1,000 bytes.
    func arrive(
        _ key: String,
        sha256: String = digest,
        needsMediaWork: @escaping @Sendable (Attachment) -> Bool = { _ in true }
    ) async throws -> MoveOutcome {
        let arrived = ArrivedObject(objectKey: key, store: Self.store, byteCount: 1_000, sha256: sha256)
        return try await catalog.finishMove(arrived, at: start, needsMediaWork: needsMediaWork)
    }

    func delete(_ attachment: Attachment) async throws -> DeletedAttachment? {
        try await catalog.deleteAttachment(id: attachment.id, activity: activity(.fileDeleted, of: attachment))
    }

    func state(_ key: String, store: String = store) throws -> OldPlace.State? {
        try catalog.oldPlace(objectKey: key, store: store)?.state
    }
}
