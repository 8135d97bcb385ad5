package import Foundation
import GRDB

/// What an inventory complained of when it was read last, and what objects lack that arrived.
package struct NotedComplaints: Sendable, Equatable {
    /// How much could not be used.
    package var count: Int64 = 0
    /// The first of them.
    package var first: [MigrationComplaint] = []
    /// How much was told of beside that, and was brought all the same.
    package var remarkCount: Int64 = 0
    /// The first of that.
    package var remarks: [MigrationComplaint] = []
    /// When that was; nil where no inventory was read to its end.
    package var notedAt: Date?
    /// An inventory was begun with since, and not read to its end.
    package var isReadingOpen = false

    /// Nothing was read.
    package init() {}
}

// Records that cannot be used are no objects, and have no rows: without these, only the run that met them would tell.
extension MigrationJournal {
    /// So many complaints are kept with their words, and so many remarks.
    package static let complaintLimit = 1000

    /// An inventory is about to be read: until it is at its end there may be more than the journal knows of.
    func noteReadingBegan() async throws(MigrationError) {
        try await writer.commit { db in try Self.set("reading", to: "open", db) }
    }

    /// Keeps what an inventory complained of that was read to its end, in the place of what the one before did; the remarks may be among them.
    package func noteComplaints(
        _ complaints: [MigrationComplaint],
        count: Int64,
        remarkCount: Int64 = 0,
        at time: Date = Date()
    ) async throws(MigrationError) {
        try await writer.commit { db in
            // A journal may have been begun by a release that kept none.
            try JournalSchema.addComplaints(in: db)
            try db.execute(sql: "DELETE FROM complaint")
            let statement = try db.makeStatement(
                sql: "INSERT INTO complaint (kind, subject, reason, is_remark) VALUES (?, ?, ?, ?)"
            )
            let kept =
                complaints.filter { !$0.isRemark }.prefix(Self.complaintLimit)
                + complaints.filter(\.isRemark).prefix(Self.complaintLimit)
            for complaint in kept {
                try statement.execute(arguments: [
                    complaint.kind.rawValue, complaint.subject, complaint.reason, complaint.isRemark,
                ])
            }
            try Self.set("complaints", to: "\(count)", db)
            try Self.set("remarks", to: "\(remarkCount)", db)
            try Self.set("complaints_at", to: "\(time.milliseconds)", db)
            try Self.set("reading", to: "done", db)
        }
    }

    static func set(_ name: String, to value: String, _ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            arguments: [name, value]
        )
    }

    /// Returns what was kept.
    package func complaints() async throws(MigrationError) -> NotedComplaints {
        try await read { db in
            var noted = NotedComplaints()
            let reading = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'reading'")
            noted.isReadingOpen = reading == "open"
            let arrived = try Self.arrivalRemarks(db)
            noted.remarkCount = arrived.count
            noted.remarks = arrived.first
            guard try db.tableExists("complaint") else { return noted }
            noted.count = try Self.number("complaints", db) ?? 0
            noted.notedAt = try Self.number("complaints_at", db).map { Date(milliseconds: $0) }
            noted.remarkCount += try Self.number("remarks", db) ?? 0
            let kept = try Row.fetchAll(db, sql: "SELECT * FROM complaint ORDER BY id")
                .map { row in
                    MigrationComplaint(
                        kind: MigrationComplaint.Kind(rawValue: row["kind"]) ?? .invalid,
                        subject: row["subject"],
                        reason: row["reason"],
                        // Not yet in a journal of an earlier release.
                        isRemark: row.hasColumn("is_remark") ? row["is_remark"] : false
                    )
                }
            noted.first = kept.filter { !$0.isRemark }
            noted.remarks = Array((kept.filter(\.isRemark) + noted.remarks).prefix(Self.complaintLimit))
            return noted
        }
    }

    private static func number(_ name: String, _ db: Database) throws -> Int64? {
        try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name]).flatMap { Int64($0) }
    }
}
