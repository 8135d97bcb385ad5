import Foundation
import GRDB

// Rows to values and back. GRDB's own record protocols stay out of the package's interface on purpose: nothing but
// this module knows the library.

extension Conversation {
    init(row: Row) throws {
        self.init(id: try row.value("id"), createdAt: try row.date("created_at"))
    }
}

extension Participant {
    init(row: Row) throws {
        self.init(
            conversationID: try row.value("conversation_id"),
            userID: try row.value("user_id"),
            role: try row.choice("role")
        )
    }
}

extension Message {
    init(row: Row) throws {
        self.init(
            id: try row.value("id"),
            conversationID: try row.value("conversation_id"),
            senderID: try row.value("sender_id"),
            createdAt: try row.date("created_at")
        )
    }
}

extension UploadIntent {
    init(row: Row) throws {
        self.init(
            id: try row.value("id"),
            objectKey: try row.value("object_key"),
            uploadID: try row.value("upload_id"),
            userID: try row.value("user_id"),
            createdAt: try row.date("created_at")
        )
    }
}

extension Job {
    init(row: Row) throws {
        self.init(
            id: try row.value("id"),
            kind: try row.choice("kind"),
            attachmentID: try row.value("attachment_id"),
            objectKeys: try row.keys("object_keys"),
            attempts: try row.value("attempts"),
            delays: try row.value("delays"),
            isLeased: try row.value("leased"),
            runAfter: try row.date("run_after"),
            lastError: try row.value("last_error"),
            createdAt: try row.date("created_at")
        )
    }
}

extension Activity {
    init(row: Row) throws {
        self.init(
            id: try row.value("id"),
            userID: try row.value("user_id"),
            action: try row.choice("action"),
            description: try row.value("description"),
            attachmentID: try row.value("attachment_id"),
            clientAddress: try row.value("client_address"),
            userAgent: try row.value("user_agent"),
            occurredAt: try row.date("occurred_at")
        )
    }

    func insert(_ db: Database) throws {
        try db.insertRow(
            into: "activity",
            [
                "user_id": userID.databaseValue,
                "action": action.rawValue.databaseValue,
                "description": description.databaseValue,
                "attachment_id": (attachmentID?.text).databaseValue,
                "client_address": clientAddress.databaseValue,
                "user_agent": userAgent.databaseValue,
                "occurred_at": occurredAt.milliseconds.databaseValue,
            ]
        )
    }
}

extension Attachment {
    init(row: Row) throws {
        self.init(
            id: try row.value("id"),
            messageID: try row.value("message_id"),
            objectKey: try row.value("object_key"),
            fileName: try row.value("file_name"),
            fileKind: try row.choice("file_type"),
            fileSize: try row.value("file_size"),
            mediaType: try row.value("mime_type"),
            sha256: try row.value("sha256"),
            status: try row.choice("status"),
            failureReason: try row.value("failure_reason"),
            durationMilliseconds: try row.value("duration_ms"),
            width: try row.value("width"),
            height: try row.value("height"),
            bitrate: try row.value("bitrate"),
            frameRate: try row.value("frame_rate"),
            codec: try row.value("codec"),
            audioCodec: try row.value("audio_codec"),
            rotation: try row.value("rotation"),
            thumbnailKey: try row.value("thumbnail_key"),
            thumbnailWidth: try row.value("thumbnail_width"),
            thumbnailHeight: try row.value("thumbnail_height"),
            placeholder: try row.value("placeholder"),
            uploadedBy: try row.value("uploaded_by"),
            uploadedAt: try row.date("uploaded_at")
        )
    }

    func insert(_ db: Database) throws {
        try db.insertRow(
            into: "attachment",
            [
                "id": id.text.databaseValue,
                "message_id": messageID.text.databaseValue,
                "object_key": objectKey.databaseValue,
                "file_name": fileName.databaseValue,
                "file_type": fileKind.rawValue.databaseValue,
                "file_size": fileSize.databaseValue,
                "mime_type": mediaType.databaseValue,
                "sha256": sha256.databaseValue,
                "status": status.rawValue.databaseValue,
                "failure_reason": failureReason.databaseValue,
                "duration_ms": durationMilliseconds.databaseValue,
                "width": width.databaseValue,
                "height": height.databaseValue,
                "bitrate": bitrate.databaseValue,
                "frame_rate": frameRate.databaseValue,
                "codec": codec.databaseValue,
                "audio_codec": audioCodec.databaseValue,
                "rotation": rotation.databaseValue,
                "thumbnail_key": thumbnailKey.databaseValue,
                "thumbnail_width": thumbnailWidth.databaseValue,
                "thumbnail_height": thumbnailHeight.databaseValue,
                "placeholder": placeholder.databaseValue,
                "uploaded_by": uploadedBy.databaseValue,
                "uploaded_at": uploadedAt.milliseconds.databaseValue,
            ]
        )
    }

    static func fetch(_ db: Database, id: UUID) throws -> Attachment? {
        try db.row(sql: "SELECT * FROM attachment WHERE id = ?", arguments: [id.text])
            .map { row in try Attachment(row: row) }
    }
}
