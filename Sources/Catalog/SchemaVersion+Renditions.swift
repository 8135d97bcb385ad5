extension SchemaVersion {
    /// Renditions as rows, in the place of one thumbnail's columns, and what else the media worker tells of a file.
    ///
    /// The reference from rendition to attachment does not cascade, for the same reason as that from attachment to
    /// message: a row that goes away by itself would leave its object in the bucket.
    ///
    /// SQLite cannot take columns out that checks speak of, so the attachments are written anew, under their own name:
    /// renamed, their table would keep its definition in other words.
    static let renditions = SchemaVersion(
        name: "004-renditions",
        up: """
            CREATE TABLE rendition (
                attachment_id TEXT NOT NULL REFERENCES attachment (id) ON DELETE RESTRICT,
                name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
                object_key TEXT NOT NULL UNIQUE CHECK (length(object_key) BETWEEN 1 AND 1024),
                width INTEGER CHECK (width > 0),
                height INTEGER CHECK (height > 0),
                mime_type TEXT NOT NULL CHECK (length(mime_type) BETWEEN 1 AND 255),
                byte_count INTEGER CHECK (byte_count > 0),
                PRIMARY KEY (attachment_id, name),
                CHECK ((width IS NULL) = (height IS NULL))
            ) STRICT, WITHOUT ROWID;
            INSERT INTO rendition (attachment_id, name, object_key, width, height, mime_type)
            SELECT id, 'thumbnail', thumbnail_key, thumbnail_width, thumbnail_height, 'image/jpeg'
            FROM attachment WHERE thumbnail_key IS NOT NULL;

            CREATE TABLE attachment_copy AS SELECT * FROM attachment;
            DROP TABLE attachment;
            \(renditionsAttachmentTable)
            INSERT INTO attachment (
                id, message_id, object_key, file_name, file_type, file_size, mime_type, sha256, stored_sha256, status,
                failure_reason, duration_ms, width, height, bitrate, frame_rate, codec, audio_codec, rotation,
                placeholder, uploaded_by, uploaded_at
            )
            SELECT
                id, message_id, object_key, file_name, file_type, file_size, mime_type, sha256, sha256, status,
                failure_reason, duration_ms, width, height, bitrate, frame_rate, codec, audio_codec, rotation,
                placeholder, uploaded_by, uploaded_at
            FROM attachment_copy;
            DROP TABLE attachment_copy;

            ALTER TABLE job ADD COLUMN worker_deaths INTEGER NOT NULL DEFAULT 0 CHECK (worker_deaths >= 0);
            """,
        down: """
            \(queueDeletionOfOtherRenditions)
            ALTER TABLE job DROP COLUMN worker_deaths;

            CREATE TABLE attachment_copy AS
            SELECT
                attachment.*, rendition.object_key AS thumbnail_key, rendition.width AS thumbnail_width,
                rendition.height AS thumbnail_height
            FROM attachment
            LEFT JOIN rendition ON rendition.attachment_id = attachment.id AND \(isThumbnailOfOld);
            DROP TABLE rendition;
            DROP TABLE attachment;
            \(coreAttachmentTable)
            INSERT INTO attachment (
                id, message_id, object_key, file_name, file_type, file_size, mime_type, sha256, status,
                failure_reason, duration_ms, width, height, bitrate, frame_rate, codec, audio_codec, rotation,
                thumbnail_key, thumbnail_width, thumbnail_height, placeholder, uploaded_by, uploaded_at
            )
            SELECT
                id, message_id, object_key, file_name, file_type, file_size, mime_type, sha256, status,
                CASE status WHEN 'failed' THEN failure_reason END,
                duration_ms, width, height, bitrate, frame_rate, codec, audio_codec, rotation,
                thumbnail_key, thumbnail_width, thumbnail_height, placeholder, uploaded_by, uploaded_at
            FROM attachment_copy;
            DROP TABLE attachment_copy;
            """
    )

    /// What the older schema can hold: one JPEG by the name of thumbnail.
    private static let isThumbnailOfOld =
        "rendition.name = 'thumbnail' AND rendition.mime_type = 'image/jpeg' AND rendition.width IS NOT NULL"

    /// All other renditions lose their rows, so their objects are deleted by the release that is gone back to: in lots
    /// of as many keys as a job carries.
    private static let queueDeletionOfOtherRenditions = """
        INSERT INTO job (kind, object_keys, attempts, delays, leased, run_after, created_at)
        SELECT
            'delete_objects', json_group_array(object_key), 0, 0, 0,
            strftime('%s', 'now') * 1000, strftime('%s', 'now') * 1000
        FROM (
            SELECT object_key, (row_number() OVER (ORDER BY object_key) - 1) / \(Job.maximumKeyCount) AS lot
            FROM rendition WHERE NOT (\(isThumbnailOfOld))
        )
        GROUP BY lot;
        """

    /// The digest of what was stored stands beside that of what was received: stripped of metadata, a file is another.
    ///
    /// A file that is ready may have a reason too: why there is no picture of it.
    static let renditionsAttachmentTable = """
        CREATE TABLE attachment (
            id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36 AND id = lower(id)),
            message_id TEXT NOT NULL REFERENCES message (id) ON DELETE RESTRICT,
            object_key TEXT NOT NULL UNIQUE CHECK (length(object_key) BETWEEN 1 AND 1024),
            file_name TEXT NOT NULL CHECK (length(file_name) BETWEEN 1 AND 255),
            file_type TEXT NOT NULL CHECK (file_type IN ('image', 'video', 'audio', 'document', 'other')),
            file_size INTEGER NOT NULL CHECK (file_size >= 0),
            mime_type TEXT NOT NULL CHECK (length(mime_type) BETWEEN 1 AND 255),
            sha256 TEXT NOT NULL CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
            stored_sha256 TEXT NOT NULL CHECK (length(stored_sha256) = 64 AND stored_sha256 NOT GLOB '*[^0-9a-f]*'),
            status TEXT NOT NULL CHECK (status IN ('processing', 'ready', 'failed')),
            failure_reason TEXT CHECK (length(failure_reason) > 0),
            duration_ms INTEGER CHECK (duration_ms >= 0),
            width INTEGER CHECK (width >= 0),
            height INTEGER CHECK (height >= 0),
            bitrate INTEGER CHECK (bitrate >= 0),
            frame_rate REAL CHECK (frame_rate >= 0),
            is_variable_frame_rate INTEGER CHECK (is_variable_frame_rate IN (0, 1)),
            frame_count INTEGER CHECK (frame_count > 0),
            codec TEXT,
            audio_codec TEXT,
            sample_rate INTEGER CHECK (sample_rate > 0),
            channels INTEGER CHECK (channels > 0),
            rotation INTEGER CHECK (rotation IN (0, 90, 180, 270)),
            has_alpha INTEGER CHECK (has_alpha IN (0, 1)),
            is_animated INTEGER CHECK (is_animated IN (0, 1)),
            hdr_transfer TEXT CHECK (hdr_transfer IN ('pq', 'hlg')),
            captured_at TEXT CHECK (length(captured_at) BETWEEN 1 AND 64),
            placeholder TEXT,
            uploaded_by TEXT NOT NULL CHECK (length(uploaded_by) BETWEEN 1 AND 255),
            uploaded_at INTEGER NOT NULL,
            CHECK (status <> 'failed' OR failure_reason IS NOT NULL),
            CHECK (status <> 'processing' OR failure_reason IS NULL)
        ) STRICT;
        CREATE INDEX attachment_by_message ON attachment (message_id, uploaded_at, id);
        CREATE INDEX attachment_by_file_type ON attachment (file_type, uploaded_at);
        CREATE INDEX attachment_by_upload_time ON attachment (uploaded_at);
        """
}
