import GRDB

/// The journal's tables, and which version of them this release writes.
enum JournalSchema {
    /// A journal of a later one is refused.
    static let version = 1

    /// What the inventory complained of when it was read last.
    static let complaintTable = """
        CREATE TABLE IF NOT EXISTS complaint (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            reason TEXT NOT NULL
        ) STRICT;
        """

    static func make(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE meta (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

                CREATE TABLE object (
                    id INTEGER PRIMARY KEY,
                    location TEXT NOT NULL,
                    target_key TEXT NOT NULL,
                    state TEXT NOT NULL,
                    -- Another item has the key, or nothing can have it: never moved.
                    is_barred INTEGER NOT NULL DEFAULT 0,
                    -- Something was seen under the key: it is looked at before anything is sent.
                    is_seen INTEGER NOT NULL DEFAULT 0,
                    planned_bytes INTEGER,
                    planned_type TEXT,
                    planned_disposition TEXT,
                    planned_sha256 TEXT,
                    modified_at REAL,
                    attachment_id TEXT,
                    rendition TEXT,
                    byte_count INTEGER,
                    sha256 TEXT,
                    stored_type TEXT,
                    proof TEXT,
                    entity_tag TEXT,
                    source_version TEXT,
                    upload_id TEXT,
                    part_bytes INTEGER,
                    attempts INTEGER NOT NULL DEFAULT 0,
                    failure_code TEXT,
                    failure_message TEXT,
                    is_transient INTEGER NOT NULL DEFAULT 0,
                    failed_at INTEGER,
                    planned_at INTEGER NOT NULL,
                    started_at INTEGER,
                    verified_at INTEGER,
                    recorded_at INTEGER,
                    pruned_at INTEGER
                ) STRICT;
                CREATE UNIQUE INDEX object_place ON object (target_key, location);
                CREATE UNIQUE INDEX object_key ON object (target_key) WHERE is_barred = 0;
                CREATE INDEX object_location ON object (location);
                CREATE INDEX object_state ON object (state, id);
                CREATE INDEX object_failure ON object (id) WHERE failure_code IS NOT NULL;

                CREATE TABLE run (
                    id INTEGER PRIMARY KEY,
                    began_at INTEGER NOT NULL,
                    ended_at INTEGER,
                    outcome TEXT
                ) STRICT;

                \(complaintTable)
                """
        )
    }
}
