import GRDB

// What a run has found out about the target, so that the next one need not.
extension MigrationJournal {
    private static let conditions = "conditions"

    /// Whether the target heeds `If-None-Match` on a PUT; nil where no run has found out.
    func heedsConditions() async throws(MigrationError) -> Bool? {
        try await read { db in
            try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [Self.conditions])
                .map { $0 == "heeded" }
        }
    }

    /// Keeps what was found out.
    func noteConditions(areHeeded: Bool) throws(MigrationError) {
        try writer.add { db in try Self.set(Self.conditions, to: areHeeded ? "heeded" : "ignored", db) }
    }
}
