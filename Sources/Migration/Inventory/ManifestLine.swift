import Catalog
import Foundation
import SigV4

/// What a line of a manifest says.
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
        "bitrate",
        "codec",
        "thumbnail",
    ]

    /// Reads the members of a line's object.
    init(_ members: [String: JSONScalar], subject: String, user: String?, now: Date) throws(Fault) {
        let fields = ManifestFields(members: members)
        if let unknown = members.keys.filter({ !Self.names.contains($0) }).min() {
            throw Fault(
                reason: "it has a member \"\(unknown)\"; these may be: \(Self.names.sorted().joined(separator: ", "))"
            )
        }
        guard let path = try fields.text("path") else { throw Fault(reason: "it has no \"path\"") }
        guard let messageID = try fields.uuid("message_id") else { throw Fault(reason: "it has no \"message_id\"") }
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

/// A line's members as what they are meant to be; a member of another sort is a fault, null is as none.
private struct ManifestFields {
    let members: [String: JSONScalar]

    func text(_ name: String) throws(ManifestLine.Fault) -> String? {
        switch members[name] ?? .nothing {
        case .nothing: return nil
        case .text(let text): return text.isEmpty ? nil : text
        default: throw fault(name, "a text")
        }
    }

    /// Users may also be numbers.
    func user(_ name: String) throws(ManifestLine.Fault) -> String? {
        guard let value = members[name], value != .nothing else { return nil }
        return try user(value, name)
    }

    func users(_ name: String) throws(ManifestLine.Fault) -> [String] {
        switch members[name] ?? .nothing {
        case .nothing:
            return []
        case .list(let values):
            var users: [String] = []
            for value in values { users.append(try user(value, name)) }
            return users
        default:
            throw fault(name, "a list of users")
        }
    }

    private func user(_ value: JSONScalar, _ name: String) throws(ManifestLine.Fault) -> String {
        let text: String? =
            switch value {
            case .text(let text): text
            case .whole(let number): String(number)
            default: nil
            }
        guard let text, (1...255).contains(text.unicodeScalars.count) else {
            throw fault(name, "users of 1 to 255 characters")
        }
        return text
    }

    func uuid(_ name: String) throws(ManifestLine.Fault) -> UUID? {
        guard let text = try text(name) else { return nil }
        guard let uuid = ForeignValue.uuid(text) else { throw fault(name, "a UUID") }
        return uuid
    }

    func date(_ name: String) throws(ManifestLine.Fault) -> Date? {
        guard let text = try text(name) else { return nil }
        guard let date = ForeignTime.date(text, timeZone: .gmt) else {
            throw fault(name, "a time like 2025-01-15T10:30:00Z")
        }
        return date
    }

    func kind(_ name: String) throws(ManifestLine.Fault) -> FileKind? {
        guard let text = try text(name) else { return nil }
        guard let kind = FileKind(rawValue: text) else {
            throw fault(name, "one of \(FileKind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return kind
    }

    func size(_ name: String) throws(ManifestLine.Fault) -> Int64? {
        switch members[name] ?? .nothing {
        case .nothing: return nil
        case .whole(let size) where size >= 0: return size
        default: throw fault(name, "a whole number of bytes")
        }
    }

    func number(_ name: String) throws(ManifestLine.Fault) -> Double? {
        switch members[name] ?? .nothing {
        case .nothing: return nil
        case .whole(let number): return Double(number)
        case .number(let number): return number
        default: throw fault(name, "a number")
        }
    }

    func digest(_ name: String) throws(ManifestLine.Fault) -> String? {
        guard let text = try text(name) else { return nil }
        guard [UInt8](hex: text.utf8)?.count == 32 else { throw fault(name, "64 hex digits") }
        return text.lowercased()
    }

    private func fault(_ name: String, _ wanted: String) -> ManifestLine.Fault {
        ManifestLine.Fault(reason: "\"\(name)\" must be \(wanted)")
    }
}
