extension SchemaVersion {
    /// What happens to an attachment after it has come in.
    ///
    /// **Jobs** are of more kinds, and some are about one of several things of an attachment, so they have a name. Their user stands
    /// with them, so that turns can be taken without a look at the attachments. Whoever works on one is told (`owner`), and is
    /// alive as long as its row in `job_runner` is young. What is over is kept for a while in `job_history`, under the number that the
    /// job had.
    ///
    /// **Deleted attachments** that can be restored are rows of their own (`trash`): nothing that reads attachments can forget to
    /// leave them out. Their objects are still referred to (`trash_object`), and may be about to move to other keys, so that URLs
    /// that are out end (`is_revoking`; where that failed, not before `revoke_after`). What waits in an old place for one of them is
    /// `trashed` there until it is restored or purged.
    ///
    /// **Holds** keep an attachment's URLs back: until it is scanned, or for good.
    ///
    /// An original whose place a rendition has taken bears that one's name (`replaced_by`): it happens once.
    ///
    /// SQLite cannot change a check, so jobs, old places and the activity log are written anew; their numbers go on where they
    /// were.
    static let lifecycle = SchemaVersion(
        name: "009-lifecycle",
        up: """
            CREATE TABLE webhook_event (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                message_id TEXT NOT NULL UNIQUE CHECK (length(message_id) BETWEEN 1 AND 64),
                type TEXT NOT NULL CHECK (length(type) BETWEEN 1 AND 64),
                attachment_id TEXT NOT NULL CHECK (length(attachment_id) = 36),
                body TEXT NOT NULL CHECK (json_valid(body)),
                created_at INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX webhook_event_by_attachment ON webhook_event (attachment_id, id);

            \(keepJobs)
            \(jobTable)
            INSERT INTO job (
                id, kind, attachment_id, user_id, object_keys, attempts, delays, worker_deaths, leased, run_after,
                last_error, created_at, priority
            )
            SELECT
                job_copy.id,
                CASE
                    WHEN kind = 'delete_objects' THEN 'purge'
                    WHEN kind = 'process' AND priority = 1 THEN 'import'
                    ELSE kind
                END,
                attachment_id, attachment.uploaded_by, object_keys, attempts, delays, worker_deaths, leased, run_after,
                last_error, created_at, priority
            FROM job_copy LEFT JOIN attachment ON attachment.id = job_copy.attachment_id;
            \(restoreSequence)
            CREATE INDEX job_by_time ON job (priority, run_after, id);
            CREATE INDEX job_by_kind ON job (kind, priority, run_after, id);
            CREATE INDEX job_by_event ON job (event_id) WHERE event_id IS NOT NULL;

            CREATE TABLE job_history (
                id INTEGER PRIMARY KEY,
                kind TEXT NOT NULL,
                attachment_id TEXT,
                name TEXT NOT NULL,
                user_id TEXT,
                object_keys TEXT NOT NULL CHECK (json_valid(object_keys) AND json_type(object_keys) = 'array'),
                event_id INTEGER REFERENCES webhook_event (id) ON DELETE CASCADE,
                outcome TEXT NOT NULL CHECK (outcome IN ('done', 'failed', 'cancelled', 'dead')),
                attempts INTEGER NOT NULL,
                delays INTEGER NOT NULL,
                worker_deaths INTEGER NOT NULL,
                last_error TEXT,
                priority INTEGER NOT NULL,
                created_at INTEGER NOT NULL,
                ended_at INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX job_history_by_end ON job_history (outcome, ended_at);
            CREATE INDEX job_history_by_attachment ON job_history (attachment_id, id);
            CREATE INDEX job_history_by_event ON job_history (event_id) WHERE event_id IS NOT NULL;

            CREATE TABLE job_runner (
                token TEXT PRIMARY KEY NOT NULL CHECK (length(token) BETWEEN 1 AND 64),
                kind TEXT NOT NULL CHECK (kind IN ('serve', 'work')),
                process_id INTEGER NOT NULL,
                started_at INTEGER NOT NULL,
                seen_at INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;

            ALTER TABLE upload_intent ADD COLUMN owner TEXT CHECK (length(owner) BETWEEN 1 AND 64);
            ALTER TABLE attachment ADD COLUMN hold TEXT CHECK (hold IN ('scan', 'infected'));
            ALTER TABLE attachment ADD COLUMN replaced_by TEXT CHECK (length(replaced_by) BETWEEN 1 AND 255);
            ALTER TABLE rendition ADD COLUMN sha256 TEXT CHECK (length(sha256) = 64);
            ALTER TABLE rendition ADD COLUMN streams TEXT CHECK (streams IS NULL OR json_valid(streams));

            CREATE TABLE trash (
                id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36 AND id = lower(id)),
                conversation_id TEXT NOT NULL CHECK (length(conversation_id) = 36),
                message_id TEXT NOT NULL CHECK (length(message_id) = 36),
                uploaded_by TEXT NOT NULL CHECK (length(uploaded_by) BETWEEN 1 AND 255),
                file_size INTEGER NOT NULL CHECK (file_size >= 0),
                deleted_by TEXT CHECK (length(deleted_by) BETWEEN 1 AND 255),
                deleted_at INTEGER NOT NULL,
                purge_after INTEGER NOT NULL,
                is_revoking INTEGER NOT NULL DEFAULT 0 CHECK (is_revoking IN (0, 1)),
                revoke_after INTEGER NOT NULL DEFAULT 0,
                revoke_delays INTEGER NOT NULL DEFAULT 0 CHECK (revoke_delays >= 0),
                record TEXT NOT NULL CHECK (json_valid(record))
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX trash_by_time ON trash (purge_after, id);
            CREATE INDEX trash_by_deletion ON trash (deleted_at, id);
            CREATE INDEX trash_by_conversation ON trash (conversation_id, deleted_at, id);
            CREATE INDEX trash_by_deleter ON trash (deleted_by, deleted_at, id);
            CREATE INDEX trash_revoking ON trash (revoke_after, id) WHERE is_revoking = 1;
            CREATE INDEX trash_by_message ON trash (message_id);
            CREATE TABLE trash_object (
                object_key TEXT PRIMARY KEY NOT NULL CHECK (length(object_key) BETWEEN 1 AND 1024),
                attachment_id TEXT NOT NULL REFERENCES trash (id) ON DELETE CASCADE
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX trash_object_by_attachment ON trash_object (attachment_id);

            CREATE TABLE old_place_copy AS SELECT * FROM old_place;
            DROP TABLE old_place;
            \(oldPlaceTable(states: "'waiting', 'moved', 'replaced', 'trashed', 'deleted', 'gone'"))
            \(restoreOldPlaces)
            \(oldPlaceCounting)
            DROP TRIGGER old_place_dooms;
            CREATE TRIGGER old_place_dooms AFTER DELETE ON attachment
            WHEN NOT EXISTS (SELECT 1 FROM trash WHERE trash.id = OLD.id)
            BEGIN
                UPDATE old_place
                SET state = 'deleted', touched_at = NULL, changed_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000
                WHERE attachment_id = OLD.id AND state IN ('waiting', 'moved', 'replaced', 'trashed');
            END;
            CREATE TRIGGER old_place_dooms_trash AFTER DELETE ON trash
            WHEN NOT EXISTS (SELECT 1 FROM attachment WHERE attachment.id = OLD.id)
            BEGIN
                UPDATE old_place
                SET state = 'deleted', touched_at = NULL, changed_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000
                WHERE attachment_id = OLD.id AND state IN ('waiting', 'moved', 'replaced', 'trashed');
            END;

            \(keepActivity)
            \(lifecycleActivityTable)
            \(restoreActivity)
            """,
        down: """
            \(refuseToLoseTrash)

            DELETE FROM activity WHERE action IN ('file_restored', 'file_purged');
            \(keepActivity)
            \(activityTable(actions: actions))
            \(restoreActivity)

            DROP TRIGGER old_place_dooms_trash;
            DROP TRIGGER old_place_dooms;
            CREATE TABLE old_place_copy AS SELECT * FROM old_place;
            DROP TABLE old_place;
            \(oldPlaceTable(states: "'waiting', 'moved', 'replaced', 'deleted', 'gone'"))
            \(restoreOldPlaces)
            \(oldPlaceTriggers)

            DROP TABLE trash_object;
            DROP TABLE trash;
            ALTER TABLE rendition DROP COLUMN streams;
            ALTER TABLE rendition DROP COLUMN sha256;
            ALTER TABLE attachment DROP COLUMN replaced_by;
            ALTER TABLE attachment DROP COLUMN hold;
            ALTER TABLE upload_intent DROP COLUMN owner;
            DROP TABLE job_runner;
            DROP TABLE job_history;

            DELETE FROM job WHERE kind IN ('scan', 'render', 'transcode', 'webhook');
            DELETE FROM job
            WHERE kind = 'import'
                AND EXISTS (
                    SELECT 1 FROM job AS other
                    WHERE other.kind = 'process' AND other.attachment_id = job.attachment_id
                );
            \(keepJobs)
            \(listingJobTable)
            INSERT INTO job (
                id, kind, attachment_id, object_keys, attempts, delays, leased, run_after, last_error, created_at,
                worker_deaths, priority
            )
            SELECT
                id, CASE kind WHEN 'purge' THEN 'delete_objects' WHEN 'import' THEN 'process' ELSE kind END,
                attachment_id, object_keys, attempts, delays, leased, run_after, last_error, created_at, worker_deaths,
                priority
            FROM job_copy;
            \(restoreSequence)
            CREATE INDEX job_by_time ON job (priority, run_after, id);
            DROP TABLE webhook_event;
            """
    )

    private static let jobTable = """
        CREATE TABLE job (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL CHECK (
                kind IN ('process', 'import', 'scan', 'render', 'transcode', 'revoke', 'purge', 'webhook')
            ),
            attachment_id TEXT REFERENCES attachment (id) ON DELETE CASCADE,
            name TEXT NOT NULL DEFAULT '' CHECK (length(name) <= 255),
            user_id TEXT CHECK (length(user_id) BETWEEN 1 AND 255),
            object_keys TEXT NOT NULL CHECK (json_valid(object_keys) AND json_type(object_keys) = 'array'),
            event_id INTEGER REFERENCES webhook_event (id) ON DELETE CASCADE,
            attempts INTEGER NOT NULL CHECK (attempts >= 0),
            delays INTEGER NOT NULL CHECK (delays >= 0),
            worker_deaths INTEGER NOT NULL DEFAULT 0 CHECK (worker_deaths >= 0),
            leased INTEGER NOT NULL CHECK (leased IN (0, 1)),
            owner TEXT CHECK (length(owner) BETWEEN 1 AND 64),
            run_after INTEGER NOT NULL,
            last_error TEXT,
            created_at INTEGER NOT NULL,
            priority INTEGER NOT NULL DEFAULT 0 CHECK (priority IN (0, 1)),
            percent INTEGER CHECK (percent BETWEEN 0 AND 100),
            stage TEXT CHECK (length(stage) BETWEEN 1 AND 255),
            is_cancelled INTEGER NOT NULL DEFAULT 0 CHECK (is_cancelled IN (0, 1)),
            UNIQUE (attachment_id, kind, name),
            CHECK ((kind IN ('purge', 'webhook')) = (attachment_id IS NULL)),
            CHECK ((kind = 'purge') = (json_array_length(object_keys) > 0)),
            CHECK ((kind = 'webhook') = (event_id IS NOT NULL)),
            CHECK ((kind IN ('render', 'transcode', 'webhook')) = (name <> '')),
            CHECK (leased = 0 OR attempts > 0)
        ) STRICT;
        """

    /// As `008-old-places` left it.
    private static let listingJobTable = """
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
        ALTER TABLE job ADD COLUMN priority INTEGER NOT NULL DEFAULT 0 CHECK (priority IN (0, 1));
        """

    /// The table's own sequence goes with it, and numbers must not be used twice.
    private static let keepJobs = """
        CREATE TABLE job_copy AS SELECT * FROM job;
        CREATE TABLE job_sequence AS SELECT seq FROM sqlite_sequence WHERE name = 'job';
        DROP TABLE job;
        """

    private static let restoreSequence = """
        DELETE FROM sqlite_sequence WHERE name = 'job';
        INSERT INTO sqlite_sequence (name, seq) SELECT 'job', seq FROM job_sequence;
        DROP TABLE job_copy;
        DROP TABLE job_sequence;
        """

    private static let restoreOldPlaces = """
        INSERT INTO old_place (
            object_key, store, attachment_id, location, state, byte_count, touched_at, changed_at
        )
        SELECT object_key, store, attachment_id, location, state, byte_count, touched_at, changed_at
        FROM old_place_copy;
        DROP TABLE old_place_copy;
        """

    /// The table's own sequence goes with it, as with jobs.
    static let keepActivity = """
        CREATE TABLE activity_copy AS SELECT * FROM activity;
        CREATE TABLE activity_sequence AS SELECT seq FROM sqlite_sequence WHERE name = 'activity';
        DROP TABLE activity;
        """

    private static let actions = "'file_uploaded', 'file_downloaded', 'file_deleted'"

    /// As `009-lifecycle` leaves it.
    static var lifecycleActivityTable: String { activityTable(actions: "\(actions), 'file_restored', 'file_purged'") }

    private static func activityTable(actions: String) -> String {
        """
        CREATE TABLE activity (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user_id TEXT NOT NULL CHECK (length(user_id) BETWEEN 1 AND 255),
            action TEXT NOT NULL CHECK (action IN (\(actions))),
            description TEXT NOT NULL,
            attachment_id TEXT CHECK (length(attachment_id) = 36),
            client_address TEXT,
            user_agent TEXT,
            occurred_at INTEGER NOT NULL
        ) STRICT;
        """
    }

    static let restoreActivity = """
        INSERT INTO activity (
            id, user_id, action, description, attachment_id, client_address, user_agent, occurred_at
        )
        SELECT id, user_id, action, description, attachment_id, client_address, user_agent, occurred_at
        FROM activity_copy;
        DELETE FROM sqlite_sequence WHERE name = 'activity';
        INSERT INTO sqlite_sequence (name, seq) SELECT 'activity', seq FROM activity_sequence;
        DROP TABLE activity_copy;
        DROP TABLE activity_sequence;
        """

    /// The older schema has no place for what was deleted and can come back: its objects would be nobody's.
    private static let refuseToLoseTrash = """
        CREATE TABLE way_back (step TEXT);
        CREATE TRIGGER way_back_refuses BEFORE INSERT ON way_back
        WHEN EXISTS (SELECT 1 FROM trash) OR EXISTS (SELECT 1 FROM attachment WHERE hold IS NOT NULL)
        BEGIN
            SELECT RAISE(ABORT, 'attachments can be restored or are held back: purge them first');
        END;
        INSERT INTO way_back (step) VALUES ('009-lifecycle');
        DROP TABLE way_back;
        """
}
