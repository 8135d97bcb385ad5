import Foundation
import GRDB

// What people and reports want to know.
extension MigrationJournal {
    /// How far the migration is.
    package func totals() async throws(MigrationError) -> MigrationTotals {
        try await read { db in
            var totals = MigrationTotals()
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT state, failure_code, count(*) AS objects, \(Self.bytes) AS bytes
                    FROM object GROUP BY state, failure_code
                    """
            )
            for row in rows {
                let amount = MigrationTotals.Amount(objects: row["objects"], bytes: row["bytes"])
                let failure = (row["failure_code"] as String?).map { MigrationError.Code(rawValue: $0) ?? .journal }
                totals.planned.add(amount)
                switch MigrationState(rawValue: row["state"]) {
                case .recorded, .unwanted, .pruned:
                    totals.done.add(amount)
                default:
                    guard let failure else {
                        totals.remaining.add(amount)
                        continue
                    }
                    totals.failed[failure, default: MigrationTotals.Amount()].add(amount)
                }
            }
            return totals
        }
    }

    /// Whether anything in it belongs to an attachment: else no catalog is needed.
    func hasAttachments() async throws(MigrationError) -> Bool {
        try await read { db in
            try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM object WHERE attachment_id IS NOT NULL)") ?? true
        }
    }

    /// The words of one failure of each code: what the other side said, say.
    package func failureWords() async throws(MigrationError) -> [MigrationError.Code: String] {
        try await read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT failure_code, failure_message, max(id) FROM object
                    WHERE failure_code IS NOT NULL AND failure_message IS NOT NULL GROUP BY failure_code
                    """
            )
            var words: [MigrationError.Code: String] = [:]
            for row in rows {
                guard let code = MigrationError.Code(rawValue: row["failure_code"]) else { continue }
                words[code] = row["failure_message"]
            }
            return words
        }
    }

    /// How many objects, of how many bytes, are in each state.
    package func amounts() async throws(MigrationError) -> [MigrationState: MigrationTotals.Amount] {
        try await amounts(by: "state")
            .reduce(into: [:]) { amounts, entry in
                guard let state = MigrationState(rawValue: entry.key) else { return }
                amounts[state] = entry.value
            }
    }

    /// How many objects, of how many bytes, were proved in each way.
    package func proofs() async throws(MigrationError) -> [MigrationProof: MigrationTotals.Amount] {
        try await amounts(by: "proof")
            .reduce(into: [:]) { amounts, entry in
                guard let proof = MigrationProof(rawValue: entry.key) else { return }
                amounts[proof] = entry.value
            }
    }

    /// The rows after a number, in their order; all states, or one.
    package func rows(
        state: MigrationState? = nil,
        after id: Int64 = 0,
        limit: Int = 1000
    ) async throws(MigrationError) -> [MigrationRow] {
        let filter = state.map { _ in "state = ? AND " } ?? ""
        var arguments = StatementArguments(state.map { [$0.rawValue] } ?? [])
        arguments += [id, limit]
        return try await rows(where: "\(filter)id > ? ORDER BY id LIMIT ?", arguments)
    }

    /// The rows that failed, are missing or in conflict, or could not be recorded, in their order.
    package func failures(after id: Int64 = 0, limit: Int = 1000) async throws(MigrationError) -> [MigrationRow] {
        try await rows(where: "failure_code IS NOT NULL AND id > ? ORDER BY id LIMIT ?", [id, limit])
    }

    /// What arrived when: the time from the first arrival to the last in so many stretches; empty where nothing arrived.
    package func speed(buckets: Int) async throws(MigrationError) -> [MigrationSpeed] {
        let count = Int64(max(1, buckets))
        return try await read { db in
            let span = try Row.fetchOne(
                db,
                sql: "SELECT min(verified_at) AS first, max(verified_at) AS last FROM object"
            )
            guard let span, let first: Int64 = span["first"], let last: Int64 = span["last"] else { return [] }
            // One more, so that the last arrival is inside of the last stretch.
            let length = last - first + 1
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT (verified_at - ?) * ? / ? AS bucket, count(*) AS objects, \(Self.bytes) AS bytes
                    FROM object WHERE verified_at IS NOT NULL GROUP BY bucket
                    """,
                arguments: [first, count, length]
            )
            var amounts: [Int64: MigrationTotals.Amount] = [:]
            for row in rows {
                amounts[row["bucket"]] = MigrationTotals.Amount(objects: row["objects"], bytes: row["bytes"])
            }
            return (0..<count)
                .map { index in
                    MigrationSpeed(
                        start: Date(milliseconds: first + index * length / count),
                        end: Date(milliseconds: first + (index + 1) * length / count),
                        amount: amounts[index] ?? MigrationTotals.Amount()
                    )
                }
        }
    }

    /// The runs so far, in their order; what a run moved is what was proved to have arrived in its time.
    package func runs() async throws(MigrationError) -> [MigrationRunRecord] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT began_at, ended_at, outcome,
                        (SELECT count(*) FROM object WHERE verified_at BETWEEN began_at AND coalesce(ended_at, until))
                            AS objects,
                        (SELECT \(Self.bytes) FROM object
                            WHERE verified_at BETWEEN began_at AND coalesce(ended_at, until)) AS bytes
                    FROM (SELECT *, coalesce(lead(began_at) OVER (ORDER BY id) - 1, 9e15) AS until FROM run)
                    ORDER BY id
                    """
            )
            .map { row in
                MigrationRunRecord(
                    beganAt: Date(milliseconds: row["began_at"]),
                    endedAt: (row["ended_at"] as Int64?).map { Date(milliseconds: $0) },
                    outcome: (row["outcome"] as String?).flatMap { MigrationRunRecord.Outcome(rawValue: $0) },
                    moved: MigrationTotals.Amount(objects: row["objects"], bytes: row["bytes"])
                )
            }
        }
    }

    /// The SHA-256 of what arrived under the keys, by the keys' bytes: Swift takes other spellings of a text for the same.
    func digests(keys: [String]) async throws(MigrationError) -> [[UInt8]: String] {
        guard !keys.isEmpty else { return [:] }
        let marks = Array(repeating: "?", count: keys.count).joined(separator: ", ")
        return try await read { db in
            let rows = try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT target_key, sha256 FROM object
                        WHERE target_key IN (\(marks)) AND is_barred = 0 AND sha256 IS NOT NULL AND proof IS NOT NULL
                        """
                ),
                arguments: StatementArguments(keys)
            )
            var digests: [[UInt8]: String] = [:]
            for row in rows {
                let key: String = row["target_key"]
                digests[Array(key.utf8)] = row["sha256"]
            }
            return digests
        }
    }

    /// The rows of a condition, which may name the columns, and bring an order and a limit.
    func rows(
        where condition: String,
        _ arguments: StatementArguments
    ) async throws(MigrationError) -> [MigrationRow] {
        try await read { db in
            try Row.fetchAll(
                db.cachedStatement(sql: "SELECT * FROM object WHERE \(condition)"),
                arguments: arguments
            )
            .map { row in try MigrationRow(row) }
        }
    }

    private static let bytes = "coalesce(sum(coalesce(byte_count, planned_bytes, 0)), 0)"

    private func amounts(by column: String) async throws(MigrationError) -> [String: MigrationTotals.Amount] {
        try await read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT \(column) AS word, count(*) AS objects, \(Self.bytes) AS bytes
                    FROM object WHERE \(column) IS NOT NULL GROUP BY \(column)
                    """
            )
            var amounts: [String: MigrationTotals.Amount] = [:]
            for row in rows {
                amounts[row["word"]] = MigrationTotals.Amount(objects: row["objects"], bytes: row["bytes"])
            }
            return amounts
        }
    }
}

extension MigrationTotals.Amount {
    /// Both together.
    package mutating func add(_ other: MigrationTotals.Amount) {
        objects += other.objects
        bytes += other.bytes
    }
}
