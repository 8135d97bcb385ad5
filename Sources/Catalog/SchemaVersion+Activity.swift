extension SchemaVersion {
    /// Who did what with which file.
    ///
    /// The log refers to nothing, so that it outlives what it tells of.
    static let activity = SchemaVersion(
        name: "003-activity",
        up: """
            CREATE TABLE activity (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                user_id TEXT NOT NULL CHECK (length(user_id) BETWEEN 1 AND 255),
                action TEXT NOT NULL CHECK (action IN ('file_uploaded', 'file_downloaded', 'file_deleted')),
                description TEXT NOT NULL,
                attachment_id TEXT CHECK (length(attachment_id) = 36),
                client_address TEXT,
                user_agent TEXT,
                occurred_at INTEGER NOT NULL
            ) STRICT;
            """,
        down: """
            DROP TABLE activity;
            """
    )
}
