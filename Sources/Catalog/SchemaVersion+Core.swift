extension SchemaVersion {
    /// Who talks with whom, and the files that their messages carry.
    ///
    /// The reference from attachment to message does not cascade: a row that goes away by itself would leave its
    /// objects in the bucket.
    static let core = SchemaVersion(
        name: "001-core",
        up: """
            CREATE TABLE conversation (
                id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36 AND id = lower(id)),
                created_at INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;

            CREATE TABLE participant (
                conversation_id TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
                user_id TEXT NOT NULL CHECK (length(user_id) BETWEEN 1 AND 255),
                role TEXT NOT NULL CHECK (role IN ('member', 'admin')),
                PRIMARY KEY (conversation_id, user_id)
            ) STRICT, WITHOUT ROWID;

            CREATE TABLE message (
                id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36 AND id = lower(id)),
                conversation_id TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
                sender_id TEXT NOT NULL CHECK (length(sender_id) BETWEEN 1 AND 255),
                created_at INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX message_by_conversation ON message (conversation_id);

            \(coreAttachmentTable)
            """,
        down: """
            DROP TABLE attachment;
            DROP TABLE message;
            DROP TABLE participant;
            DROP TABLE conversation;
            """
    )

    /// The attachments as they were until renditions had rows of their own; the way back from those makes them so
    /// again.
    static let coreAttachmentTable = """
        CREATE TABLE attachment (
            id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36 AND id = lower(id)),
            message_id TEXT NOT NULL REFERENCES message (id) ON DELETE RESTRICT,
            object_key TEXT NOT NULL UNIQUE CHECK (length(object_key) BETWEEN 1 AND 1024),
            file_name TEXT NOT NULL CHECK (length(file_name) BETWEEN 1 AND 255),
            file_type TEXT NOT NULL CHECK (file_type IN ('image', 'video', 'audio', 'document', 'other')),
            file_size INTEGER NOT NULL CHECK (file_size >= 0),
            mime_type TEXT NOT NULL CHECK (length(mime_type) BETWEEN 1 AND 255),
            sha256 TEXT NOT NULL CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
            status TEXT NOT NULL CHECK (status IN ('processing', 'ready', 'failed')),
            failure_reason TEXT CHECK (length(failure_reason) > 0),
            duration_ms INTEGER CHECK (duration_ms >= 0),
            width INTEGER CHECK (width >= 0),
            height INTEGER CHECK (height >= 0),
            bitrate INTEGER CHECK (bitrate >= 0),
            frame_rate REAL CHECK (frame_rate >= 0),
            codec TEXT,
            audio_codec TEXT,
            rotation INTEGER CHECK (rotation IN (0, 90, 180, 270)),
            thumbnail_key TEXT UNIQUE CHECK (length(thumbnail_key) BETWEEN 1 AND 1024),
            thumbnail_width INTEGER CHECK (thumbnail_width > 0),
            thumbnail_height INTEGER CHECK (thumbnail_height > 0),
            placeholder TEXT,
            uploaded_by TEXT NOT NULL CHECK (length(uploaded_by) BETWEEN 1 AND 255),
            uploaded_at INTEGER NOT NULL,
            CHECK ((status = 'failed') = (failure_reason IS NOT NULL)),
            CHECK ((thumbnail_key IS NULL) = (thumbnail_width IS NULL)),
            CHECK ((thumbnail_key IS NULL) = (thumbnail_height IS NULL))
        ) STRICT;
        CREATE INDEX attachment_by_message ON attachment (message_id, uploaded_at, id);
        CREATE INDEX attachment_by_file_type ON attachment (file_type, uploaded_at);
        CREATE INDEX attachment_by_upload_time ON attachment (uploaded_at);
        """
}
