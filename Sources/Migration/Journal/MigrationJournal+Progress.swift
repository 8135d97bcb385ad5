import Foundation
import GRDB

/// What is known of an object that arrived.
struct Arrival: Sendable, Equatable {
    var byteCount: Int64
    var sha256: String
    var storedType: String
    var proof: MigrationProof
    var entityTag: String
    /// As `MigrationRow.sourceVersion`.
    var sourceVersion: String
}

// What a run writes down. What is only added is durable within milliseconds: a death before that costs a look at the target,
// not a copy.
extension MigrationJournal {
    /// A large object is about to be sent; durable when it returns.
    ///
    /// The upload's id is nil before it is open. The version is the source's whose headers it has, and the length is that of its parts:
    /// both are nil where the object goes in one request. What arrived before and
    /// changed since stays `changed`: that copy counts until the new one has taken its place.
    func noteCopying(
        _ id: Int64,
        uploadID: String?,
        version: String?,
        partByteCount: Int64?
    ) async throws(MigrationError) {
        let now = Date().milliseconds
        try await writer.commit { db in
            try db.execute(
                sql: """
                    UPDATE object
                    SET state = CASE WHEN state = 'changed' THEN state ELSE 'copying' END,
                        upload_id = ?, upload_version = ?, part_bytes = ?,
                        started_at = coalesce(started_at, ?)
                    WHERE id = ?
                    """,
                arguments: [uploadID, version, partByteCount, now, id]
            )
        }
    }

    /// The storage's own copy of an object that has not arrived before is described otherwise than it should be; durable when
    /// it returns.
    func noteFlawedCopy(_ id: Int64, entityTag: String) async throws(MigrationError) {
        try await writer.commit { db in
            try db.execute(
                sql: "UPDATE object SET entity_tag = ? WHERE id = ? AND proof IS NULL",
                arguments: [entityTag, id]
            )
        }
    }

    /// A large object is whole in the target, and has still to be proved.
    func noteCopied(
        _ id: Int64,
        byteCount: Int64,
        sha256: String,
        storedType: String,
        sourceVersion: String
    )
        throws(MigrationError)
    {
        try writer.add { db in
            try db.execute(
                sql: """
                    UPDATE object SET state = 'copied', upload_id = NULL, byte_count = ?, sha256 = ?, stored_type = ?,
                        source_version = ? WHERE id = ?
                    """,
                arguments: [byteCount, sha256, storedType, sourceVersion, id]
            )
        }
    }

    /// It arrived; recorded at once where there is no catalog.
    func noteVerified(_ id: Int64, _ arrival: Arrival, since start: Date, isRecorded: Bool) throws(MigrationError) {
        let now = Date().milliseconds
        try writer.add { db in
            try db.cachedStatement(
                sql: """
                    UPDATE object SET state = ?, byte_count = ?, sha256 = ?, stored_type = ?, proof = ?, entity_tag = ?,
                        settled_version = CASE WHEN source_version IS ? THEN coalesce(changed_version, settled_version)
                            ELSE settled_version END,
                        changed_version = NULL, source_version = ?, upload_id = NULL, attempts = attempts + 1, started_at = ?,
                        prune_begun_at = NULL,
                        verified_at = coalesce(verified_at, ?), recorded_at = ?, failure_code = NULL,
                        failure_message = NULL, failed_at = NULL, is_transient = 0
                    WHERE id = ?
                    """
            )
            .execute(arguments: [
                (isRecorded ? MigrationState.recorded : .verified).rawValue, arrival.byteCount, arrival.sha256,
                arrival.storedType, arrival.proof.rawValue, arrival.entityTag, arrival.sourceVersion,
                arrival.sourceVersion, start.milliseconds, now, isRecorded ? now : nil, id,
            ])
        }
    }

    /// The catalog knows, or does not want it any more.
    func noteRecorded(_ id: Int64, _ outcome: RecordOutcome) throws(MigrationError) {
        let state = outcome == .recorded ? MigrationState.recorded : .unwanted
        let now = Date().milliseconds
        try writer.add { db in
            try db.cachedStatement(
                sql: """
                    UPDATE object SET state = ?, recorded_at = ?, failure_code = NULL, failure_message = NULL,
                        failed_at = NULL, is_transient = 0 WHERE id = ?
                    """
            )
            .execute(arguments: [state.rawValue, now, id])
        }
    }

    /// An attempt failed; `isSeen` where the target may have something under the key.
    func noteFailed(_ id: Int64, _ error: MigrationError, since start: Date, isSeen: Bool) throws(MigrationError) {
        let now = Date().milliseconds
        let state: MigrationState =
            switch error.code {
            case .sourceMissing: .missing
            case .targetTaken: .conflict
            // It has arrived all the same.
            case .recordRefused: .verified
            default: .failed
            }
        try writer.add { db in
            try db.execute(
                sql: """
                    UPDATE object SET state = CASE WHEN state = 'changed' THEN state ELSE ? END,
                        failure_code = ?, failure_message = ?, is_transient = ?, failed_at = ?,
                        attempts = attempts + 1, started_at = ?, is_seen = max(is_seen, ?) WHERE id = ?
                    """,
                arguments: [
                    state.rawValue, error.code.rawValue, error.message, error.isTransient, now, start.milliseconds,
                    isSeen,
                    id,
                ]
            )
        }
    }

    /// The multipart upload is not there any more: nothing of it is to be found.
    func noteUploadGone(_ id: Int64) throws(MigrationError) {
        try writer.add { db in
            try db.execute(sql: "UPDATE object SET upload_id = NULL WHERE id = ?", arguments: [id])
        }
    }

    /// These keys have something in the target: whoever would send to one looks first.
    func noteSeen(_ keys: [String]) async throws(MigrationError) {
        try await writer.commit { db in
            let statement = try db.cachedStatement(
                sql: """
                    UPDATE object SET is_seen = 1
                    WHERE target_key = ? AND is_barred = 0 AND state IN ('planned', 'copying')
                    """
            )
            for key in keys { try statement.execute(arguments: [key]) }
        }
    }

    /// All keys are looked at before anything is sent.
    func noteAllSeen() async throws(MigrationError) {
        try await writer.commit { db in
            try db.execute(sql: "UPDATE object SET is_seen = 1 WHERE is_barred = 0 AND state IN ('planned', 'copying')")
        }
    }

    /// The number of keys that are still to be sent to, and the first and the last that are still to be sent to, by their bytes; nil where there is none.
    func keysToSend() async throws(MigrationError) -> (count: Int, first: String, last: String)? {
        let sql = """
            SELECT count(*) AS count, min(target_key) AS first, max(target_key) AS last
            FROM object WHERE is_barred = 0 AND state IN ('planned', 'copying')
            """
        let (count, first, last) = try await read { db -> (Int, String?, String?) in
            let row = try Row.fetchOne(db, sql: sql)
            return (row?["count"] ?? 0, row?["first"], row?["last"])
        }
        guard let first, let last else { return nil }
        return (count, first, last)
    }

    /// What is to be done, in its order.
    func work(after id: Int64, limit: Int) async throws(MigrationError) -> [MigrationRow] {
        try await rows(
            where: """
                id > ? AND failure_code IS NULL AND state IN ('planned', 'copying', 'copied', 'verified', 'changed')
                ORDER BY id LIMIT ?
                """,
            [id, limit]
        )
    }

    /// What failed in a way that may pass.
    func workAgain(after id: Int64, limit: Int) async throws(MigrationError) -> [MigrationRow] {
        try await rows(where: "failure_code IS NOT NULL AND is_transient AND id > ? ORDER BY id LIMIT ?", [id, limit])
    }

    /// Of these keys those that are still to be done.
    func work(keys: [String]) async throws(MigrationError) -> [MigrationRow] {
        guard !keys.isEmpty else { return [] }
        let marks = Array(repeating: "?", count: keys.count).joined(separator: ", ")
        return try await rows(
            where: """
                target_key IN (\(marks)) AND is_barred = 0 AND failure_code IS NULL
                AND state IN ('planned', 'copying', 'copied', 'verified', 'changed')
                """,
            StatementArguments(keys)
        )
    }
}
