extension SchemaVersion {
    /// What is purged is told with its cause, and users take turns at it.
    ///
    /// A line of the activity log says why objects were given up (`cause`), and of which one alone it tells (`object_key`). Those
    /// that the sweep finds are nobody's: then there is no user. SQLite cannot take a constraint away, so the table is
    /// written anew. A job with a `cause` has its objects written to the log once they are gone.
    ///
    /// `job_by_turn` finds the next user with a job of a kind however many jobs another has.
    static let purges = SchemaVersion(
        name: "010-purges",
        up: """
            \(keepActivity)
            CREATE TABLE activity (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                user_id TEXT CHECK (length(user_id) BETWEEN 1 AND 255),
                action TEXT NOT NULL CHECK (
                    action IN ('file_uploaded', 'file_downloaded', 'file_deleted', 'file_restored', 'file_purged')
                ),
                description TEXT NOT NULL,
                attachment_id TEXT CHECK (length(attachment_id) = 36),
                client_address TEXT,
                user_agent TEXT,
                occurred_at INTEGER NOT NULL,
                cause TEXT CHECK (length(cause) BETWEEN 1 AND 64),
                object_key TEXT CHECK (length(object_key) BETWEEN 1 AND 1024),
                CHECK (user_id IS NOT NULL OR action = 'file_purged'),
                CHECK (cause IS NULL OR action = 'file_purged')
            ) STRICT;
            \(restoreActivity)
            ALTER TABLE job ADD COLUMN cause TEXT CHECK (length(cause) BETWEEN 1 AND 64);
            CREATE INDEX job_by_turn ON job (kind, priority, coalesce(user_id, ''), run_after, id);
            """,
        down: """
            DROP INDEX job_by_turn;
            ALTER TABLE job DROP COLUMN cause;
            DELETE FROM activity WHERE user_id IS NULL;
            \(keepActivity)
            \(lifecycleActivityTable)
            \(restoreActivity)
            """
    )
}
