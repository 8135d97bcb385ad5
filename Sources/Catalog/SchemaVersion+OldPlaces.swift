extension SchemaVersion {
    /// Objects whose bytes are still elsewhere.
    ///
    /// Of those the digest may not be known before they have been read, so the digests may be null. Attachments count
    /// their objects that wait: whoever reads one sees by the row alone whether there is anything to ask for. The count is
    /// kept by the database itself, as is the rule that what belongs to a deleted attachment is to be deleted in its old place
    /// too: no statement that takes an attachment out can forget it.
    ///
    /// The rows outlive their attachment, so that what was deleted is not brought in again; hence no reference.
    ///
    /// An attachment comes with its conversation; the trigger, which writes the row a second time, sees to others.
    ///
    /// Work on what came from elsewhere may be a million jobs, and must not hold up that of today's uploads: jobs have a
    /// priority.
    static let oldPlaces = SchemaVersion(
        name: "008-old-places",
        up: """
            CREATE TABLE attachment_copy AS SELECT * FROM attachment;
            DROP TABLE attachment;
            \(oldPlacesAttachmentTable)
            \(restoreAttachments)
            \(attachmentIndexes)
            \(limitsTriggers)
            CREATE TRIGGER attachment_conversation AFTER INSERT ON attachment WHEN NEW.conversation_id IS NULL BEGIN
                UPDATE attachment
                SET conversation_id = (SELECT conversation_id FROM message WHERE message.id = NEW.message_id)
                WHERE id = NEW.id;
            END;

            \(oldPlaceTable(states: "'waiting', 'moved', 'replaced', 'deleted', 'gone'"))
            \(oldPlaceTriggers)

            CREATE TABLE meta (
                name TEXT PRIMARY KEY NOT NULL CHECK (length(name) BETWEEN 1 AND 2100),
                value TEXT NOT NULL
            ) STRICT, WITHOUT ROWID;

            ALTER TABLE job ADD COLUMN priority INTEGER NOT NULL DEFAULT 0 CHECK (priority IN (0, 1));
            DROP INDEX job_by_time;
            CREATE INDEX job_by_time ON job (priority, run_after, id);
            """,
        down: """
            \(refuseToLosePlaces)

            DROP INDEX job_by_time;
            ALTER TABLE job DROP COLUMN priority;
            CREATE INDEX job_by_time ON job (run_after, id);

            DROP TABLE meta;
            DROP TABLE old_place;

            CREATE TABLE attachment_copy AS SELECT * FROM attachment;
            DROP TABLE attachment;
            \(renditionsAttachmentTable)
            ALTER TABLE attachment ADD COLUMN conversation_id TEXT CHECK (length(conversation_id) = 36);
            \(restoreAttachments)
            \(listingIndexes)
            \(limitsTriggers)
            \(conversationTrigger)
            """
    )

    /// The older schema knows one place for each object, and a digest of each file: it would hand out URLs that lead to
    /// nothing.
    ///
    /// A trigger, because only there SQL can say why it refuses.
    private static let refuseToLosePlaces = """
        CREATE TABLE way_back (step TEXT);
        CREATE TRIGGER way_back_refuses BEFORE INSERT ON way_back
        WHEN EXISTS (SELECT 1 FROM old_place WHERE state = 'waiting')
            OR EXISTS (SELECT 1 FROM attachment WHERE sha256 IS NULL OR stored_sha256 IS NULL)
        BEGIN
            SELECT RAISE(ABORT, 'there are objects that wait in their old place: move or delete them first');
        END;
        INSERT INTO way_back (step) VALUES ('008-old-places');
        DROP TABLE way_back;
        """

    /// The places of objects that are elsewhere, with the states that there are.
    static func oldPlaceTable(states: String) -> String {
        """
        CREATE TABLE old_place (
            object_key TEXT NOT NULL CHECK (length(object_key) BETWEEN 1 AND 1024),
            store TEXT NOT NULL CHECK (length(store) BETWEEN 1 AND 2048),
            attachment_id TEXT CHECK (length(attachment_id) = 36),
            location TEXT NOT NULL CHECK (length(location) BETWEEN 1 AND 4096),
            state TEXT NOT NULL CHECK (state IN (\(states))),
            byte_count INTEGER CHECK (byte_count >= 0),
            touched_at INTEGER,
            changed_at INTEGER NOT NULL,
            PRIMARY KEY (object_key, store),
            CHECK (state <> 'waiting' OR attachment_id IS NOT NULL)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX old_place_waiting ON old_place (object_key) WHERE state = 'waiting';
        CREATE INDEX old_place_by_state ON old_place (store, state, object_key);
        CREATE INDEX old_place_by_attachment ON old_place (attachment_id);
        CREATE INDEX old_place_by_location ON old_place (store, location);
        CREATE INDEX old_place_touched ON old_place (store, touched_at, object_key)
            WHERE state = 'waiting' AND touched_at IS NOT NULL;
        """
    }

    /// Each change of a place's state is counted at its attachment.
    static let oldPlaceCounting = """
        CREATE TRIGGER old_place_begins AFTER INSERT ON old_place WHEN NEW.state = 'waiting' BEGIN
            UPDATE attachment SET waiting_objects = waiting_objects + 1 WHERE id = NEW.attachment_id;
        END;
        CREATE TRIGGER old_place_changes AFTER UPDATE OF state ON old_place
        WHEN (OLD.state = 'waiting') <> (NEW.state = 'waiting')
        BEGIN
            UPDATE attachment
            SET waiting_objects = waiting_objects + (NEW.state = 'waiting') - (OLD.state = 'waiting')
            WHERE id = NEW.attachment_id;
        END;
        CREATE TRIGGER old_place_ends AFTER DELETE ON old_place WHEN OLD.state = 'waiting' BEGIN
            UPDATE attachment SET waiting_objects = waiting_objects - 1 WHERE id = OLD.attachment_id;
        END;
        """

    /// The counting, and that an attachment that goes away leaves its objects in the old place to be deleted.
    static let oldPlaceTriggers = """
        \(oldPlaceCounting)
        CREATE TRIGGER old_place_dooms AFTER DELETE ON attachment BEGIN
            UPDATE old_place
            SET state = 'deleted', touched_at = NULL, changed_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000
            WHERE attachment_id = OLD.id AND state IN ('waiting', 'moved', 'replaced');
        END;
        """

    /// As `007-listing` has it.
    private static let conversationTrigger = """
        CREATE TRIGGER attachment_conversation AFTER INSERT ON attachment BEGIN
            UPDATE attachment
            SET conversation_id = (SELECT conversation_id FROM message WHERE message.id = NEW.message_id)
            WHERE id = NEW.id;
        END;
        """

    /// Those of `007-listing`, which `renditionsAttachmentTable` does not have.
    private static let listingIndexes = """
        CREATE INDEX attachment_by_conversation ON attachment (conversation_id, uploaded_at, id);
        CREATE INDEX attachment_by_conversation_and_type
            ON attachment (conversation_id, file_type, uploaded_at, id, file_size);
        CREATE INDEX attachment_by_uploader ON attachment (uploaded_by, file_type, file_size);
        """

    private static let attachmentIndexes = """
        CREATE INDEX attachment_by_message ON attachment (message_id, uploaded_at, id);
        CREATE INDEX attachment_by_file_type ON attachment (file_type, uploaded_at);
        CREATE INDEX attachment_by_upload_time ON attachment (uploaded_at);
        \(listingIndexes)
        """

    /// Before the triggers come in: the usage counts these rows already.
    private static let restoreAttachments = """
        INSERT INTO attachment (\(attachmentColumns)) SELECT \(attachmentColumns) FROM attachment_copy;
        DROP TABLE attachment_copy;
        """

    private static let attachmentColumns = """
        id, message_id, object_key, file_name, file_type, file_size, mime_type, sha256, stored_sha256, status,
        failure_reason, duration_ms, width, height, bitrate, frame_rate, is_variable_frame_rate, frame_count, codec,
        audio_codec, sample_rate, channels, rotation, has_alpha, is_animated, hdr_transfer, captured_at, placeholder,
        uploaded_by, uploaded_at, conversation_id
        """

    private static let oldPlacesAttachmentTable = """
        CREATE TABLE attachment (
            id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36 AND id = lower(id)),
            message_id TEXT NOT NULL REFERENCES message (id) ON DELETE RESTRICT,
            object_key TEXT NOT NULL UNIQUE CHECK (length(object_key) BETWEEN 1 AND 1024),
            file_name TEXT NOT NULL CHECK (length(file_name) BETWEEN 1 AND 255),
            file_type TEXT NOT NULL CHECK (file_type IN ('image', 'video', 'audio', 'document', 'other')),
            file_size INTEGER NOT NULL CHECK (file_size >= 0),
            mime_type TEXT NOT NULL CHECK (length(mime_type) BETWEEN 1 AND 255),
            sha256 TEXT CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
            stored_sha256 TEXT CHECK (length(stored_sha256) = 64 AND stored_sha256 NOT GLOB '*[^0-9a-f]*'),
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
            conversation_id TEXT CHECK (length(conversation_id) = 36),
            waiting_objects INTEGER NOT NULL DEFAULT 0 CHECK (waiting_objects >= 0),
            CHECK (status <> 'failed' OR failure_reason IS NOT NULL),
            CHECK (status <> 'processing' OR failure_reason IS NULL)
        ) STRICT;
        """
}
