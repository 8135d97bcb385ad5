import Foundation
import GRDB

// What an object had at the source and the target cannot keep is found out when it is sent: no inventory has told of it.
extension MigrationJournal {
    /// What is told of objects that arrived.
    package struct ArrivalRemarks: Sendable, Equatable {
        /// How many objects it is told of.
        package var count: Int64 = 0
        /// The first of them.
        package var first: [MigrationComplaint] = []
    }

    /// Notes what the copy of an object lacks, in the place of what was noted before; nil for nothing.
    func noteRemark(_ id: Int64, _ remark: String?) throws(MigrationError) {
        try writer.add { db in
            try db.cachedStatement(sql: "UPDATE object SET remark = ? WHERE id = ?").execute(arguments: [remark, id])
        }
    }

    /// Notes what else it lacks, once.
    func noteFurtherRemark(_ id: Int64, _ remark: String) throws(MigrationError) {
        try writer.add { db in
            let statement = try db.cachedStatement(
                sql: """
                    UPDATE object SET remark = coalesce(remark || '; ', '') || ?1
                    WHERE id = ?2 AND coalesce(instr(remark, ?1), 0) = 0
                    """
            )
            try statement.execute(arguments: [remark, id])
        }
    }

    /// Returns what the objects lack that arrived.
    package func arrivalRemarks() async throws(MigrationError) -> ArrivalRemarks {
        try await read { db in try Self.arrivalRemarks(db) }
    }

    static func arrivalRemarks(_ db: Database) throws -> ArrivalRemarks {
        var remarks = ArrivalRemarks()
        // Not yet in a journal of an earlier release.
        guard try db.columns(in: "object").contains(where: { $0.name == "remark" }) else { return remarks }
        let condition = "remark IS NOT NULL AND state IN ('copied', 'verified', 'recorded', 'changed', 'pruned')"
        remarks.count = try Int64.fetchOne(db, sql: "SELECT count(*) FROM object WHERE \(condition)") ?? 0
        guard remarks.count > 0 else { return remarks }
        remarks.first =
            try Row.fetchAll(
                db,
                sql: "SELECT location, remark FROM object WHERE \(condition) ORDER BY id LIMIT ?",
                arguments: [complaintLimit]
            )
            .map { MigrationComplaint(kind: .invalid, subject: $0["location"], reason: $0["remark"], isRemark: true) }
        return remarks
    }
}
