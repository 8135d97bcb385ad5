import Catalog
import Foundation

/// What a line of a manifest says of an attachment.
struct ManifestLine {
    /// What breaks a rule in the line; it then is not used.
    struct Fault: Error {
        let reason: String
    }

    var draft: AttachmentDraft
    /// The message to make known, where the line says whose it is.
    var message: Message?
    /// Those who take part in its conversation, the administrators among them.
    var participants: [String]
    /// Those of them who are administrators.
    var admins: Set<String>

    /// Members that a line may have; others are told of, for they may be misspelt.
    static let names: Set<String> = [
        "path", "message_id", "id", "file_name", "uploaded_at", "uploaded_by", "conversation_id", "sender_id",
        "participants", "admins", "file_type", "mime_type", "file_size", "sha256", "duration", "width", "height",
        "bitrate", "codec", "thumbnail", "key", "content_disposition", "cache_control", "content_encoding",
        "content_language", "metadata",
    ]

    /// Throws where a line has a member that none has.
    static func check(_ members: [String: JSONScalar]) throws(Fault) {
        guard let unknown = members.keys.filter({ !names.contains($0) }).min() else { return }
        throw Fault(reason: "it has a member \"\(unknown)\"; these may be: \(names.sorted().joined(separator: ", "))")
    }

    /// Reads the members of a line's object; of one that was a bare object the key's last step is the name.
    init(_ members: [String: JSONScalar], subject: String, user: String?, now: Date) throws(Fault) {
        let fields = ManifestFields(members: members)
        guard let path = try fields.text("path") else { throw Fault(reason: "it has no \"path\"") }
        guard let messageID = try fields.uuid("message_id") else {
            throw Fault(
                reason:
                    "it has no \"message_id\", which makes it an attachment, and no \"key\", which makes it a bare object"
            )
        }
        let sender = try fields.user("sender_id")
        let conversationID = try fields.uuid("conversation_id")
        guard (sender == nil) == (conversationID == nil) else {
            throw Fault(reason: "\"conversation_id\" and \"sender_id\" go together: it has one of them alone")
        }
        guard let uploader = try fields.user("uploaded_by") ?? sender ?? user else {
            throw Fault(
                reason: "it does not say who uploaded the file (\"uploaded_by\"), and no user is named for such lines"
            )
        }
        let id = try fields.uuid("id") ?? DerivedID.attachment(messageID: messageID, location: path)
        draft = AttachmentDraft(subject: subject, id: id, messageID: messageID, path: path, uploadedBy: uploader)
        draft.fileName = try fields.text("file_name")
        if draft.fileName == nil { draft.fileName = try fields.text("key") }
        draft.contentDisposition = try fields.text("content_disposition")
        draft.headers = try fields.headers()
        draft.uploadedAt = try fields.date("uploaded_at")
        draft.kind = try fields.kind("file_type")
        draft.mediaType = try fields.text("mime_type")
        draft.byteCount = try fields.size("file_size")
        draft.sha256 = try fields.digest("sha256")
        draft.durationSeconds = try fields.number("duration")
        draft.width = try fields.number("width")
        draft.height = try fields.number("height")
        draft.bitrate = try fields.number("bitrate")
        draft.codec = try fields.text("codec")
        draft.thumbnail = try fields.text("thumbnail")
        let admins = try fields.users("admins")
        participants = try fields.users("participants") + admins
        self.admins = Set(admins)
        guard let conversationID, let sender else {
            guard participants.isEmpty else {
                let name = admins.isEmpty ? "participants" : "admins"
                throw Fault(reason: "it has \"\(name)\" without a \"conversation_id\" that they take part in")
            }
            return
        }
        let createdAt = draft.uploadedAt ?? now
        message = Message(id: messageID, conversationID: conversationID, senderID: sender, createdAt: createdAt)
    }
}
