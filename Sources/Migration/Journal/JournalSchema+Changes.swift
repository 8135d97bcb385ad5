import GRDB

extension JournalSchema {
    /// Columns that journals of earlier releases have not.
    ///
    /// What an inventory saw of objects that had arrived: the version that is to be looked at, and the one that was, and is no
    /// other object (a storage may list another entity tag than it answers with) or was left at that by the operator; and the version
    /// whose headers an open upload has. Then the headers that an inventory tells beside the type and the disposition, as JSON; and
    /// what an object that arrived had at the source, and has not in the target.
    private static let changeColumns = [
        "changed_version", "settled_version", "upload_version", "planned_headers", "remark",
    ]

    /// Who was brought into which conversation, by whichever run.
    private static let participantTable = """
        CREATE TABLE IF NOT EXISTS brought_participant (
            conversation_id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            PRIMARY KEY (conversation_id, user_id)
        ) STRICT, WITHOUT ROWID;
        """

    /// Adds what a journal that was begun by an earlier release has not; in a new one, too.
    static func addChanges(in db: Database) throws {
        try db.execute(sql: participantTable)
        let known = Set(try db.columns(in: "object").map(\.name))
        for name in changeColumns where !known.contains(name) {
            try db.execute(sql: "ALTER TABLE object ADD COLUMN \(name) TEXT")
        }
        // When a prune was about to delete it at the source.
        guard !known.contains("prune_begun_at") else { return }
        try db.execute(sql: "ALTER TABLE object ADD COLUMN prune_begun_at INTEGER")
    }

    /// The table of what an inventory complained of, with what there was not from the beginning.
    static func addComplaints(in db: Database) throws {
        try db.execute(sql: complaintTable)
        guard try !db.columns(in: "complaint").contains(where: { $0.name == "is_remark" }) else { return }
        try db.execute(sql: "ALTER TABLE complaint ADD COLUMN is_remark INTEGER NOT NULL DEFAULT 0")
    }
}
