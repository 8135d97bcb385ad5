import Foundation
import GRDB

extension MigrationRow {
    /// Reads a row of table object; throws `journal` where it holds what this release does not know.
    init(_ row: Row) throws(MigrationError) {
        guard let state = MigrationState(rawValue: row["state"]) else {
            throw MigrationError(.journal, "the journal has an object in a state that this release does not know")
        }
        let attachment: String? = row["attachment_id"]
        let proof: String? = row["proof"]
        item = MigrationItem(
            location: row["location"],
            targetKey: row["target_key"],
            byteCount: row["planned_bytes"],
            contentType: row["planned_type"],
            contentDisposition: row["planned_disposition"],
            headers: (row["planned_headers"] as String?).flatMap { ItemHeaders(journalText: $0) },
            sha256: row["planned_sha256"],
            modifiedAt: (row["modified_at"] as Double?).map { Date(timeIntervalSince1970: $0) },
            attachmentID: attachment.flatMap { UUID(uuidString: $0) },
            rendition: row["rendition"]
        )
        id = row["id"]
        self.state = state
        byteCount = row["byte_count"] ?? row["planned_bytes"]
        sha256 = row["sha256"]
        storedType = row["stored_type"]
        self.proof = proof.flatMap { MigrationProof(rawValue: $0) }
        entityTag = row["entity_tag"]
        uploadID = row["upload_id"]
        uploadVersion = row["upload_version"]
        partByteCount = row["part_bytes"]
        attempts = row["attempts"]
        failure = Failure(row)
        sourceVersion = row["source_version"]
        plannedAt = Date(milliseconds: row["planned_at"])
        startedAt = (row["started_at"] as Int64?).map { Date(milliseconds: $0) }
        verifiedAt = (row["verified_at"] as Int64?).map { Date(milliseconds: $0) }
        recordedAt = (row["recorded_at"] as Int64?).map { Date(milliseconds: $0) }
        prunedAt = (row["pruned_at"] as Int64?).map { Date(milliseconds: $0) }
        pruneBegunAt = (row["prune_begun_at"] as Int64?).map { Date(milliseconds: $0) }
        isKeySeen = row["is_seen"]
        remark = row["remark"]
    }
}

extension MigrationRow.Failure {
    fileprivate init?(_ row: Row) {
        guard let text: String = row["failure_code"] else { return nil }
        self.init(
            code: MigrationError.Code(rawValue: text) ?? .journal,
            message: row["failure_message"] ?? "",
            isTransient: row["is_transient"],
            failedAt: Date(milliseconds: row["failed_at"] ?? 0)
        )
    }
}

extension ItemHeaders {
    /// As the journal has them: JSON, the same text for the same headers.
    var journalText: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    /// Reads what `journalText` wrote; nil for anything else.
    init?(journalText: String) {
        guard let headers = try? JSONDecoder().decode(ItemHeaders.self, from: Data(journalText.utf8)) else {
            return nil
        }
        self = headers
    }
}

extension Date {
    /// A time as the journal has it.
    init(milliseconds: Int64) {
        self.init(timeIntervalSince1970: Double(milliseconds) / 1000)
    }

    /// Milliseconds since 1970, as the journal has it.
    var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }
}
