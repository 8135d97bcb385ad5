import Catalog
import Crypto
import Foundation
import Migration
import NIOCore
import S3
import TestSupport

/// Another Satchel: its catalog, and its bucket in a real storage.
final class OtherInstallation: Sendable {
    let catalog: Catalog
    let path: String
    let client: S3Client
    let conversation = Conversation(id: UUID.version7(), createdAt: Date(timeIntervalSince1970: 1_700_000_000.5))
    private let directory: TemporaryDirectory

    init() async throws {
        directory = try TemporaryDirectory(prefix: "satchel-other")
        path = directory.file("other.sqlite")
        catalog = try Catalog.open(path: path)
        try catalog.migrate()
        let storage = try await SeaweedFS.shared
        client = try S3Client(configuration: storage.configuration(bucket: try await storage.makeBucket()))
        try await catalog.putConversation(
            id: conversation.id,
            participants: participants,
            at: conversation.createdAt
        )
    }

    var participants: [Participant] {
        [("ann", ParticipantRole.admin), ("bob", .member)]
            .map { Participant(conversationID: conversation.id, userID: $0.0, role: $0.1) }
    }

    var store: BucketStore { BucketStore(client: client) }

    func inventory() throws -> SatchelDatabase {
        try SatchelDatabase(path: path, files: store)
    }

    /// Stores an object as this installation would.
    func put(_ bytes: [UInt8], _ key: String, _ mediaType: String = "image/png") async throws {
        _ = try await client.putObject(key: key, body: .bytes(ByteBuffer(bytes: bytes)), contentType: mediaType)
    }

    static func sha256(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { String(String(Int($0) | 256, radix: 16).suffix(2)) }.joined()
    }
}

/// Fields of an attachment of the other installation that a test may have otherwise.
struct OtherAttachment {
    var status = AttachmentStatus.ready
    var failureReason: String?
    /// The digest of what was received; the object's is always that of its bytes.
    var received: String?
    var hasRenditions = true
}

extension OtherInstallation {
    /// A picture with all that can be known of it, in a message of its own, stored with its renditions.
    @discardableResult
    func add(_ bytes: [UInt8], _ other: OtherAttachment = OtherAttachment()) async throws -> Attachment {
        let id = UUID.version7()
        let time = Date(timeIntervalSince1970: 1_736_937_000.125)
        let message = Message(id: UUID.version7(), conversationID: conversation.id, senderID: "bob", createdAt: time)
        try await catalog.putMessage(message)
        let key = "attachments/2025/01/15/\(id.text).original"
        var attachment = Attachment(
            id: id,
            messageID: message.id,
            objectKey: key,
            fileName: "F\u{EA}te \u{1F389} (1).png",
            fileKind: .image,
            fileSize: Int64(bytes.count),
            mediaType: "image/png",
            sha256: other.received ?? Self.sha256(bytes),
            storedSHA256: Self.sha256(bytes),
            status: other.status,
            failureReason: other.failureReason,
            width: 3,
            height: 2,
            hasAlpha: true,
            capturedAt: "2025-01-15T10:29:59+01:00",
            placeholder: "1QcSHQRnh493V4dIh4eXh1h4kJUI",
            uploadedBy: "bob",
            uploadedAt: time
        )
        if other.hasRenditions {
            attachment.renditions = [("thumbnail", 320), ("preview", 1280)]
                .map { name, width in
                    Rendition(
                        name: name,
                        objectKey: "attachments/2025/01/15/\(id.text).\(name).jpg",
                        width: width,
                        height: 200,
                        mediaType: "image/jpeg",
                        byteCount: Int64(name.utf8.count)
                    )
                }
        }
        try await put(bytes, key)
        for rendition in attachment.renditions {
            try await put(Array(rendition.name.utf8), rendition.objectKey, "image/jpeg")
        }
        try await catalog.insertIntent(UploadIntent(id: id, objectKey: key, userID: "bob", createdAt: time))
        let activity = Activity(userID: "bob", action: .fileUploaded, description: "uploaded", occurredAt: time)
        _ = try await catalog.commitUpload(attachment: attachment, activity: activity)
        return attachment
    }
}
