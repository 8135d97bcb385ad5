extension SchemaVersion {
    /// What lists of attachments, sums over them, and the end of their URLs want.
    ///
    /// An attachment knows its conversation, so that a page of a conversation's attachments is read from an index, however
    /// far from the first it is. A message never changes its conversation, so the trigger need not look again.
    ///
    /// A job may also be the revocation of an attachment's URLs. SQLite cannot change a check, so the jobs are written anew;
    /// their numbers go on where they were.
    static let listing = SchemaVersion(
        name: "007-listing",
        up: """
            ALTER TABLE attachment ADD COLUMN conversation_id TEXT CHECK (length(conversation_id) = 36);
            UPDATE attachment
            SET conversation_id = (SELECT conversation_id FROM message WHERE message.id = attachment.message_id);
            CREATE TRIGGER attachment_conversation AFTER INSERT ON attachment BEGIN
                UPDATE attachment
                SET conversation_id = (SELECT conversation_id FROM message WHERE message.id = NEW.message_id)
                WHERE id = NEW.id;
            END;
            CREATE INDEX attachment_by_conversation ON attachment (conversation_id, uploaded_at, id);
            CREATE INDEX attachment_by_conversation_and_type
                ON attachment (conversation_id, file_type, uploaded_at, id, file_size);
            CREATE INDEX attachment_by_uploader ON attachment (uploaded_by, file_type, file_size);

            \(keepJobs)
            CREATE TABLE job (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                kind TEXT NOT NULL CHECK (kind IN ('process', 'delete_objects', 'revoke')),
                attachment_id TEXT REFERENCES attachment (id) ON DELETE CASCADE,
                object_keys TEXT NOT NULL CHECK (json_valid(object_keys) AND json_type(object_keys) = 'array'),
                attempts INTEGER NOT NULL CHECK (attempts >= 0),
                delays INTEGER NOT NULL CHECK (delays >= 0),
                leased INTEGER NOT NULL CHECK (leased IN (0, 1)),
                run_after INTEGER NOT NULL,
                last_error TEXT,
                created_at INTEGER NOT NULL,
                worker_deaths INTEGER NOT NULL DEFAULT 0 CHECK (worker_deaths >= 0),
                UNIQUE (attachment_id, kind),
                CHECK ((kind = 'delete_objects') = (attachment_id IS NULL)),
                CHECK ((kind = 'delete_objects') = (json_array_length(object_keys) > 0)),
                CHECK (leased = 0 OR attempts > 0)
            ) STRICT;
            \(restoreJobs)
            """,
        down: """
            DELETE FROM job WHERE kind = 'revoke';
            \(keepJobs)
            \(workJobTable)
            ALTER TABLE job ADD COLUMN worker_deaths INTEGER NOT NULL DEFAULT 0 CHECK (worker_deaths >= 0);
            \(restoreJobs)

            DROP INDEX attachment_by_uploader;
            DROP INDEX attachment_by_conversation_and_type;
            DROP INDEX attachment_by_conversation;
            DROP TRIGGER attachment_conversation;
            ALTER TABLE attachment DROP COLUMN conversation_id;
            """
    )

    /// The table's own sequence goes with it, and numbers must not be used twice.
    private static let keepJobs = """
        CREATE TABLE job_copy AS SELECT * FROM job;
        CREATE TABLE job_sequence AS SELECT seq FROM sqlite_sequence WHERE name = 'job';
        DROP TABLE job;
        """

    private static let restoreJobs = """
        CREATE INDEX job_by_time ON job (run_after, id);
        INSERT INTO job (
            id, kind, attachment_id, object_keys, attempts, delays, leased, run_after, last_error, created_at,
            worker_deaths
        )
        SELECT
            id, kind, attachment_id, object_keys, attempts, delays, leased, run_after, last_error, created_at,
            worker_deaths
        FROM job_copy;
        DELETE FROM sqlite_sequence WHERE name = 'job';
        INSERT INTO sqlite_sequence (name, seq) SELECT 'job', seq FROM job_sequence;
        DROP TABLE job_copy;
        DROP TABLE job_sequence;
        """
}
