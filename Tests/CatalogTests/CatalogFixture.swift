import Catalog
import Foundation
import GRDB
import TestSupport

/// Swift Testing has an `Attachment` of its own; files that import both say it with this name.
typealias CatalogAttachment = Attachment

/// A migrated catalog in a file of its own, with one conversation of ann (member), bob (admin), and one message.
struct CatalogFixture {
    let directory: TemporaryDirectory
    let catalog: Catalog
    let conversationID = UUID.version7()
    let message: Message
    let start = Date(timeIntervalSince1970: 1_700_000_000)

    var path: String { directory.file("catalog.sqlite") }

    init(webhooks: WebhookTargets = .none, replacement: ReplacementRule = .none) async throws {
        directory = try TemporaryDirectory()
        catalog = try Catalog.open(
            path: directory.file("catalog.sqlite"),
            webhooks: webhooks,
            replacement: replacement
        )
        try catalog.migrate()
        message = Message(id: .version7(), conversationID: conversationID, senderID: "ann", createdAt: start)
        try await catalog.putConversation(
            id: conversationID,
            participants: [
                Participant(conversationID: conversationID, userID: "bob", role: .admin),
                Participant(conversationID: conversationID, userID: "ann", role: .member),
            ],
            at: start
        )
        try await catalog.putMessage(message)
    }

    func attachment(status: AttachmentStatus = .processing, uploadedBy: String = "ann") -> Attachment {
        let id = UUID.version7()
        return Attachment(
            id: id,
            messageID: message.id,
            objectKey: "attachments/\(id.uuidString.lowercased())/original",
            fileName: "Füße + 100%.mp4",
            fileKind: .video,
            fileSize: 52_428_800,
            mediaType: "video/mp4",
            sha256: String(repeating: "0f", count: 32),
            status: status,
            failureReason: status == .failed ? "invalid_data" : nil,
            uploadedBy: uploadedBy,
            uploadedAt: start
        )
    }

    func intent(for attachment: Attachment) -> UploadIntent {
        UploadIntent(
            id: attachment.id,
            objectKey: attachment.objectKey,
            userID: attachment.uploadedBy,
            createdAt: attachment.uploadedAt
        )
    }

    /// The intents under which renditions are stored before a row names them.
    func intents(for renditions: [Rendition]) -> [UploadIntent] {
        renditions.map { rendition in
            UploadIntent(id: .version7(), objectKey: rendition.objectKey, userID: "ann", createdAt: start)
        }
    }

    func activity(_ action: ActivityAction, of attachment: Attachment) -> Activity {
        Activity(
            userID: attachment.uploadedBy,
            action: action,
            description: "\(attachment.fileName)",
            attachmentID: attachment.id,
            clientAddress: "192.0.2.7",
            userAgent: "test",
            occurredAt: start
        )
    }

    /// Brings an attachment in the way the service does; the lease of its job is over at once unless said otherwise.
    @discardableResult
    func commit(_ attachment: Attachment, leaseUntil: Date? = nil) async throws -> Job? {
        try await catalog.insertIntent(intent(for: attachment))
        return try await catalog.commitUpload(
            attachment: attachment,
            activity: activity(.fileUploaded, of: attachment),
            leaseUntil: leaseUntil ?? attachment.uploadedAt
        )
    }

    /// Queues the processing of an attachment that has been through it, past the catalog's methods.
    func requeue(_ attachment: Attachment) async throws -> Job? {
        try executeSQL(
            """
            INSERT INTO job (kind, attachment_id, object_keys, attempts, delays, leased, run_after, created_at)
            VALUES ('process', '\(attachment.id.uuidString.lowercased())', '[]', 0, 0, 0, 0, 0)
            """,
            at: path
        )
        return try await catalog.job(attachmentID: attachment.id, kind: .process)
    }
}

extension Rendition {
    /// A JPEG of 320 by 180 pixels and 9,000 bytes.
    static func sample(_ name: String, _ objectKey: String) -> Rendition {
        Rendition(
            name: name,
            objectKey: objectKey,
            width: 320,
            height: 180,
            mediaType: "image/jpeg",
            byteCount: 9_000
        )
    }
}

/// Runs statements over a connection of their own, past the catalog's methods.
func executeSQL(_ sql: String, at path: String) throws {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.inDatabase { db in try db.execute(sql: sql) }
    try queue.close()
}

/// Fetches the first column over a connection of its own, past the catalog's methods.
func fetchTexts(_ sql: String, at path: String) throws -> [String] {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    let texts = try queue.inDatabase { db in try String.fetchAll(db, sql: sql) }
    try queue.close()
    return texts
}

/// The code of the catalog's error that the call throws, nil when it throws none.
func errorCode(_ call: () async throws -> Void) async throws -> CatalogError.Code? {
    do {
        try await call()
        return nil
    } catch let error as CatalogError {
        return error.code
    }
}
