import Catalog
import Foundation

/// One line of `manifest.jsonl`: what `satchel storage migrate --manifest` reads, and what else the store kept.
struct ExportLine: Encodable {
    var path: String
    var key: String?
    var id: String?
    var messageID: String?
    var conversationID: String?
    var senderID: String?
    var participants: [String]?
    var admins: [String]?
    var fileName: String?
    var fileType: String?
    var fileSize: Int64
    var mimeType: String?
    var sha256: String
    var uploadedBy: String?
    var uploadedAt: String?
    var duration: Double?
    var width: Int?
    var height: Int?
    var bitrate: Int?
    var codec: String?
    var thumbnail: String?
    var contentDisposition: String?
    var cacheControl: String?
    var contentEncoding: String?
    var contentLanguage: String?
    var metadata: [String: String]?

    enum CodingKeys: String, CodingKey {
        case path, key, id, participants, admins, sha256, duration, width, height, bitrate, codec, thumbnail, metadata
        case messageID = "message_id"
        case conversationID = "conversation_id"
        case senderID = "sender_id"
        case fileName = "file_name"
        case fileType = "file_type"
        case fileSize = "file_size"
        case mimeType = "mime_type"
        case uploadedBy = "uploaded_by"
        case uploadedAt = "uploaded_at"
        case contentDisposition = "content_disposition"
        case cacheControl = "cache_control"
        case contentEncoding = "content_encoding"
        case contentLanguage = "content_language"
    }

    /// A bare object with its key, which makes it one, and all that the store keeps of it.
    init(path: String, key: String, _ outcome: ExportDirectory.Outcome) {
        self.path = path
        self.key = key
        fileSize = outcome.byteCount
        sha256 = outcome.sha256
        mimeType = outcome.object.contentType
        uploadedAt = ExportDirectory.time(of: outcome.object).map { Self.text(Date(timeIntervalSince1970: $0)) }
        takeHeaders(of: outcome.object)
    }

    /// An attachment, with its message and who takes part in the conversation.
    init(
        path: String,
        _ outcome: ExportDirectory.Outcome,
        of attachment: Attachment,
        in message: Message?,
        among participants: [Participant]
    ) {
        self.path = path
        fileSize = outcome.byteCount
        sha256 = outcome.sha256
        id = attachment.id.text
        messageID = attachment.messageID.text
        conversationID = message?.conversationID.text
        senderID = message?.senderID
        self.participants = participants.isEmpty ? nil : participants.map(\.userID)
        let admins = participants.filter { $0.role == .admin }.map(\.userID)
        self.admins = admins.isEmpty ? nil : admins
        fileName = attachment.fileName
        fileType = attachment.fileKind.rawValue
        mimeType = attachment.mediaType
        uploadedBy = attachment.uploadedBy
        uploadedAt = Self.text(attachment.uploadedAt)
        duration = attachment.durationMilliseconds.map { Double($0) / 1000 }
        width = attachment.width
        height = attachment.height
        bitrate = attachment.bitrate
        // The old system's one codec, as it is read again: that of what the file is.
        codec = attachment.fileKind == .audio ? attachment.audioCodec : attachment.codec
        takeHeaders(of: outcome.object)
    }

    /// All but the type; what a migration noted for itself is left out.
    private mutating func takeHeaders(of object: StoredObject) {
        contentDisposition = object.contentDisposition
        cacheControl = object.cacheControl
        contentEncoding = object.contentEncoding
        contentLanguage = object.contentLanguage
        let ours = [ObjectDescription.digestName, ObjectDescription.tokenName]
        let others = object.metadata.filter { !ours.contains($0.key) }
        metadata = others.isEmpty ? nil : others
    }

    /// The line as JSON, its line feed included; what is not known is left out.
    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }

    private static func text(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
