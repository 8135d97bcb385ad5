extension SchemaVersion {
    /// How much each user and each conversation has stored, kept by the database itself: no statement that brings an
    /// attachment in, takes one out or changes its size can forget to count.
    ///
    /// A later step that writes the table of attachments anew takes the triggers away with the old one, and must bring
    /// them in again (`limitsTriggers`).
    static let limits = SchemaVersion(
        name: "006-limits",
        up: """
            CREATE TABLE storage_usage (
                owner_kind TEXT NOT NULL CHECK (owner_kind IN ('user', 'conversation')),
                owner_id TEXT NOT NULL CHECK (length(owner_id) BETWEEN 1 AND 255),
                files INTEGER NOT NULL CHECK (files >= 0),
                bytes INTEGER NOT NULL CHECK (bytes >= 0),
                PRIMARY KEY (owner_kind, owner_id)
            ) STRICT, WITHOUT ROWID;
            INSERT INTO storage_usage (owner_kind, owner_id, files, bytes)
            SELECT 'user', uploaded_by, count(*), sum(file_size) FROM attachment GROUP BY uploaded_by;
            INSERT INTO storage_usage (owner_kind, owner_id, files, bytes)
            SELECT 'conversation', message.conversation_id, count(*), sum(attachment.file_size)
            FROM attachment JOIN message ON message.id = attachment.message_id
            GROUP BY message.conversation_id;

            \(limitsTriggers)
            """,
        down: """
            DROP TRIGGER storage_usage_changes;
            DROP TRIGGER storage_usage_shrinks;
            DROP TRIGGER storage_usage_grows;
            DROP TABLE storage_usage;
            """
    )

    /// What keeps the usage exact.
    ///
    /// An attachment's message is there while the attachment is, so that its conversation can be told; a message does not
    /// change its conversation.
    static let limitsTriggers = """
        CREATE TRIGGER storage_usage_grows AFTER INSERT ON attachment BEGIN
            \(countNew)
        END;
        CREATE TRIGGER storage_usage_shrinks AFTER DELETE ON attachment BEGIN
            \(discountOld)
        END;
        CREATE TRIGGER storage_usage_changes AFTER UPDATE OF file_size, uploaded_by, message_id ON attachment
        WHEN OLD.file_size <> NEW.file_size OR OLD.uploaded_by <> NEW.uploaded_by OR OLD.message_id <> NEW.message_id
        BEGIN
            \(discountOld)
            \(countNew)
        END;
        """

    private static let countNew = """
        INSERT INTO storage_usage (owner_kind, owner_id, files, bytes)
        VALUES ('user', NEW.uploaded_by, 1, NEW.file_size)
        ON CONFLICT (owner_kind, owner_id) DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
        INSERT INTO storage_usage (owner_kind, owner_id, files, bytes)
        SELECT 'conversation', conversation_id, 1, NEW.file_size FROM message WHERE id = NEW.message_id
        ON CONFLICT (owner_kind, owner_id) DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
        """

    private static let discountOld = """
        UPDATE storage_usage SET files = files - 1, bytes = bytes - OLD.file_size
        WHERE owner_kind = 'user' AND owner_id = OLD.uploaded_by;
        UPDATE storage_usage SET files = files - 1, bytes = bytes - OLD.file_size
        WHERE owner_kind = 'conversation'
            AND owner_id = (SELECT conversation_id FROM message WHERE id = OLD.message_id);
        DELETE FROM storage_usage WHERE owner_kind = 'user' AND owner_id = OLD.uploaded_by AND files = 0;
        DELETE FROM storage_usage
        WHERE owner_kind = 'conversation' AND files = 0
            AND owner_id = (SELECT conversation_id FROM message WHERE id = OLD.message_id);
        """
}
