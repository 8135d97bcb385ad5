extension SchemaVersion {
    /// What a process has begun and another one may have to finish.
    ///
    /// Job numbers are never used twice (AUTOINCREMENT): deleting an attachment drops its processing job while a worker
    /// may still hold the number, and the deletion queued in its place must not be taken for it.
    ///
    /// A job that somebody works on is leased: it is due again when the lease is over. Beginning costs an attempt, for
    /// what takes the process down cannot be counted afterwards; what is no fault of the job gives it back, so the
    /// length of the pause hangs on a count of its own.
    static let work = SchemaVersion(
        name: "002-work",
        up: """
            CREATE TABLE upload_intent (
                id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36 AND id = lower(id)),
                object_key TEXT NOT NULL UNIQUE CHECK (length(object_key) BETWEEN 1 AND 1024),
                upload_id TEXT CHECK (length(upload_id) > 0),
                user_id TEXT NOT NULL CHECK (length(user_id) BETWEEN 1 AND 255),
                created_at INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;

            \(workJobTable)
            CREATE INDEX job_by_time ON job (run_after, id);
            """,
        down: """
            DROP TABLE job;
            DROP TABLE upload_intent;
            """
    )

    /// The jobs as they were until one could be about an attachment's URLs; the way back from those makes them so again.
    static let workJobTable = """
        CREATE TABLE job (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL CHECK (kind IN ('process', 'delete_objects')),
            attachment_id TEXT REFERENCES attachment (id) ON DELETE CASCADE,
            object_keys TEXT NOT NULL CHECK (json_valid(object_keys) AND json_type(object_keys) = 'array'),
            attempts INTEGER NOT NULL CHECK (attempts >= 0),
            delays INTEGER NOT NULL CHECK (delays >= 0),
            leased INTEGER NOT NULL CHECK (leased IN (0, 1)),
            run_after INTEGER NOT NULL,
            last_error TEXT,
            created_at INTEGER NOT NULL,
            UNIQUE (attachment_id, kind),
            CHECK ((kind = 'process') = (attachment_id IS NOT NULL)),
            CHECK ((kind = 'delete_objects') = (json_array_length(object_keys) > 0)),
            CHECK (leased = 0 OR attempts > 0)
        ) STRICT;
        """
}
