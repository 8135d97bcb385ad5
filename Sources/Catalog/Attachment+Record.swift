import Foundation
import GRDB

extension Attachment {
    /// The attachment of the row, with its renditions, which are rows of another table.
    init(_ db: Database, row: Row) throws {
        let id: UUID = try row.value("id")
        self.init(
            id: id,
            messageID: try row.value("message_id"),
            objectKey: try row.value("object_key"),
            fileName: try row.value("file_name"),
            fileKind: try row.choice("file_type"),
            fileSize: try row.value("file_size"),
            mediaType: try row.value("mime_type"),
            sha256: try row.value("sha256"),
            storedSHA256: try row.value("stored_sha256"),
            status: try row.choice("status"),
            failureReason: try row.value("failure_reason"),
            durationMilliseconds: try row.value("duration_ms"),
            width: try row.value("width"),
            height: try row.value("height"),
            bitrate: try row.value("bitrate"),
            frameRate: try row.value("frame_rate"),
            isVariableFrameRate: try row.value("is_variable_frame_rate"),
            frameCount: try row.value("frame_count"),
            codec: try row.value("codec"),
            audioCodec: try row.value("audio_codec"),
            sampleRate: try row.value("sample_rate"),
            channels: try row.value("channels"),
            rotation: try row.value("rotation"),
            hasAlpha: try row.value("has_alpha"),
            isAnimated: try row.value("is_animated"),
            hdrTransfer: try row.optionalChoice("hdr_transfer"),
            capturedAt: try row.value("captured_at"),
            renditions: try db.renditions(attachmentID: id),
            placeholder: try row.value("placeholder"),
            hold: try row.optionalChoice("hold"),
            replacedBy: try row.value("replaced_by"),
            uploadedBy: try row.value("uploaded_by"),
            uploadedAt: try row.date("uploaded_at")
        )
        let waiting: Int = try row.value("waiting_objects")
        if waiting > 0 { waitingPlaces = try db.waitingPlaces(attachmentID: id) }
    }

    func insert(_ db: Database) throws {
        let conversationID =
            try db.texts(
                sql: "SELECT conversation_id FROM message WHERE id = ?",
                arguments: [messageID.text]
            )
            .first
        try insert(db, conversationID: conversationID)
    }

    /// The conversation is the one of its message.
    func insert(_ db: Database, conversationID: String?) throws {
        try db.insertRow(
            into: "attachment",
            [
                "id": id.text.databaseValue,
                "message_id": messageID.text.databaseValue,
                "conversation_id": conversationID.databaseValue,
                "object_key": objectKey.databaseValue,
                "file_name": fileName.databaseValue,
                "file_type": fileKind.rawValue.databaseValue,
                "file_size": fileSize.databaseValue,
                "mime_type": mediaType.databaseValue,
                "sha256": sha256.databaseValue,
                "stored_sha256": storedSHA256.databaseValue,
                "status": status.rawValue.databaseValue,
                "failure_reason": failureReason.databaseValue,
                "duration_ms": durationMilliseconds.databaseValue,
                "width": width.databaseValue,
                "height": height.databaseValue,
                "bitrate": bitrate.databaseValue,
                "frame_rate": frameRate.databaseValue,
                "is_variable_frame_rate": isVariableFrameRate.databaseValue,
                "frame_count": frameCount.databaseValue,
                "codec": codec.databaseValue,
                "audio_codec": audioCodec.databaseValue,
                "sample_rate": sampleRate.databaseValue,
                "channels": channels.databaseValue,
                "rotation": rotation.databaseValue,
                "has_alpha": hasAlpha.databaseValue,
                "is_animated": isAnimated.databaseValue,
                "hdr_transfer": (hdrTransfer?.rawValue).databaseValue,
                "captured_at": capturedAt.databaseValue,
                "placeholder": placeholder.databaseValue,
                "hold": (hold?.rawValue).databaseValue,
                "replaced_by": replacedBy.databaseValue,
                "uploaded_by": uploadedBy.databaseValue,
                "uploaded_at": uploadedAt.milliseconds.databaseValue,
            ]
        )
        try db.insertRenditions(renditions, attachmentID: id)
    }

    static func fetch(_ db: Database, id: UUID) throws -> Attachment? {
        try db.row(sql: "SELECT * FROM attachment WHERE id = ?", arguments: [id.text])
            .map { row in try Attachment(db, row: row) }
    }
}
