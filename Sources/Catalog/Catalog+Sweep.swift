package import Foundation
import GRDB

/// A key that the catalog says is in the storage.
package struct CatalogKey: Sendable, Equatable {
    /// The key.
    package let objectKey: String
    /// The attachment whose object it is.
    package let attachmentID: UUID
    /// Whether it is of the original; else it is of a rendition.
    package let isOriginal: Bool
    /// Whether the attachment was deleted and can be restored.
    package let isTrashed: Bool
    /// Its length in bytes; nil where the catalog does not know.
    package let byteCount: Int64?
}

extension Catalog {
    /// Returns those of a purge's keys that nothing refers to: no attachment, none that can be restored, and no upload.
    ///
    /// Nothing can come to refer to one of them while the job is there: what brings a key in refuses those in deletion.
    package func unreferencedKeys(of job: Job) async throws(CatalogError) -> [String] {
        try await unreferencedKeys(among: job.objectKeys)
    }

    /// The same of the keys of several purges.
    package func unreferencedKeys(among keys: [String]) async throws(CatalogError) -> [String] {
        try await read { db in
            let held = try db.referencedObjectKeys(among: keys).union(db.intentKeys(among: keys))
            return keys.filter { !held.contains($0) }
        }
    }

    /// Returns those of the keys that are the catalog's in any way: referred to, being uploaded, or in deletion already.
    package func heldKeys(among keys: [String]) async throws(CatalogError) -> Set<String> {
        try await read { db in try db.heldKeys(among: keys) }
    }

    /// Queues the deletion of an object that nothing has to do with, as claimed by the caller; nil where the catalog has its key in
    /// any way.
    ///
    /// The end of the job is the purge's line in the log, see `endDeletions`.
    ///
    /// From then on nothing can come to refer to it: what brings a key in refuses those in deletion. A look alone would not do, for media work
    /// could store a picture under the key before the deletion arrives.
    package func condemn(
        key: String,
        at date: Date = Date(),
        leaseUntil: Date = Date(timeIntervalSinceNow: Job.leaseDuration)
    ) async throws(CatalogError) -> Job? {
        let token = runnerToken
        return try await write(changing: .nothing) { db in
            guard try db.heldKeys(among: [key]).isEmpty else { return nil }
            return try db.enqueue(
                .purge,
                objectKeys: [key],
                at: date,
                leaseUntil: leaseUntil,
                owner: token,
                cause: .orphaned
            )
        }
    }

    /// Returns those of the keys under which something may be on its way: an upload has an intent, or the object is still
    /// to be moved from an old place.
    package func keysOnTheirWay(among keys: [String]) async throws(CatalogError) -> Set<String> {
        try await read { db in
            try db.keysInOldPlaces(among: keys).union(db.intentKeys(among: keys))
        }
    }

    /// Returns keys that begin with the prefix and should be in the storage since the time, in their order: those after the
    /// given one, or the first.
    ///
    /// Those that wait in an old place are left out, and those of infected files, whose objects are gone.
    package func storedKeys(
        prefix: String,
        after key: String? = nil,
        since date: Date,
        limit: Int
    ) async throws(CatalogError) -> [CatalogKey] {
        let start = key ?? prefix
        // No key has a greater byte than the last of UTF-8 behind the prefix.
        let end = prefix + "\u{10FFFF}"
        return try await read { db in
            try db.rows(
                sql: """
                    SELECT * FROM (
                        SELECT * FROM (
                            SELECT object_key, id AS attachment_id, 1 AS is_original, 0 AS is_trashed,
                                file_size AS byte_count
                            FROM attachment
                            WHERE object_key > ?1 AND object_key < ?2 AND uploaded_at <= ?3
                                AND hold IS NOT 'infected' AND \(Self.isInStorage("attachment"))
                            ORDER BY object_key LIMIT ?4
                        )
                        UNION ALL
                        SELECT * FROM (
                            SELECT rendition.object_key, attachment_id, 0, 0, byte_count
                            FROM rendition JOIN attachment ON attachment.id = rendition.attachment_id
                            WHERE rendition.object_key > ?1 AND rendition.object_key < ?2 AND uploaded_at <= ?3
                                AND \(Self.isInStorage("rendition"))
                            ORDER BY rendition.object_key LIMIT ?4
                        )
                        UNION ALL
                        SELECT * FROM (
                            SELECT object_key, attachment_id, 0, 1, NULL FROM trash_object
                            WHERE object_key > ?1 AND object_key < ?2 AND \(Self.isInStorage("trash_object"))
                            ORDER BY object_key LIMIT ?4
                        )
                    )
                    ORDER BY object_key LIMIT ?4
                    """,
                arguments: [start, end, date.milliseconds, max(0, limit)]
            )
            .map { row in try CatalogKey(row: row) }
        }
    }

    private static func isInStorage(_ table: String) -> String {
        """
        NOT EXISTS (
            SELECT 1 FROM old_place
            WHERE old_place.object_key = \(table).object_key AND old_place.state IN ('waiting', 'trashed')
        )
        """
    }

    /// Returns uploads that began before the time and whose process is not alive, in the order of their ids: those after the
    /// given one, or the first.
    ///
    /// An intent that names no process counts as one of a dead process: its age is all that is known.
    package func expiredIntents(
        before date: Date,
        after id: UUID? = nil,
        limit: Int,
        now: Date = Date()
    ) async throws(CatalogError) -> [UploadIntent] {
        let start = id?.text ?? ""
        let alive = now.addingTimeInterval(-JobRunner.patience)
        return try await read { db in
            try db.rows(
                sql: """
                    SELECT * FROM upload_intent
                    WHERE created_at <= ? AND id > ? AND NOT EXISTS (
                        SELECT 1 FROM job_runner WHERE token = upload_intent.owner AND seen_at > ?
                    )
                    ORDER BY id LIMIT ?
                    """,
                arguments: [date.milliseconds, start, alive.milliseconds, max(0, limit)]
            )
            .map { row in try UploadIntent(row: row) }
        }
    }

    /// Whether the upload's intent is still there, and its process is not alive.
    package func isExpired(_ intent: UploadIntent, now: Date = Date()) async throws(CatalogError) -> Bool {
        let alive = now.addingTimeInterval(-JobRunner.patience)
        return try await read { db in
            try db.exists(
                """
                SELECT 1 FROM upload_intent
                WHERE id = ? AND object_key = ? AND NOT EXISTS (
                    SELECT 1 FROM job_runner WHERE token = upload_intent.owner AND seen_at > ?
                )
                """,
                [intent.id.text, intent.objectKey, alive.milliseconds]
            )
        }
    }

    /// Notes that the object of an attachment is not in the storage: it is failed from now on, and says why.
    ///
    /// The work on it ends, for there is nothing to work on: who is at it finds the job gone, and changes nothing. The end of its URLs
    /// is still to come, since renditions may be there. Answers whether it changed anything; one that is held back, has another key by
    /// now, or says so already, is left alone.
    package func markMissing(
        attachmentID: UUID,
        objectKey: String,
        at date: Date = Date()
    ) async throws(CatalogError) -> Bool {
        let webhooks = webhooks
        return try await write(changing: .attachment(attachmentID)) { db in
            try db.run(
                sql: """
                    UPDATE attachment SET status = 'failed', failure_reason = 'object_missing'
                    WHERE id = ? AND object_key = ? AND hold IS NULL AND waiting_objects = 0
                        AND (status <> 'failed' OR failure_reason IS NOT 'object_missing')
                    """,
                arguments: [attachmentID.text, objectKey]
            )
            guard db.changesCount > 0, let failed = try Attachment.fetch(db, id: attachmentID) else { return false }
            try db.cancelJobs(
                ofAttachments: [attachmentID.text],
                kinds: [.process, .import, .render, .transcode],
                because: .missing,
                at: date
            )
            try db.recordEvent(.failed, of: failed, at: date, for: webhooks)
            return true
        }
    }

    /// Returns when the storage was last swept; nil where it never was.
    package func lastSweep() async throws(CatalogError) -> Date? {
        try await read { db in
            try db.meta(.lastSweep).flatMap(Int64.init).map { Date(timeIntervalSince1970: Double($0) / 1000) }
        }
    }

    /// Notes that the storage was swept, and how much of each kind was found.
    package func noteSweep(findings: [String: Int], at date: Date = Date()) async throws(CatalogError) {
        try await write(changing: .nothing) { db in
            try db.setMeta(.lastSweep, to: String(date.milliseconds))
            try db.setMeta(.sweepFindings, to: String(decoding: try JSONEncoder().encode(findings), as: UTF8.self))
        }
    }

    /// Returns how much of each kind the last sweep found; nil where there was none.
    ///
    /// Throws `corrupt` where the note of it cannot be read.
    package func sweepFindings() async throws(CatalogError) -> [String: Int]? {
        try await read { db in
            guard let text = try db.meta(.sweepFindings) else { return nil }
            do {
                return try JSONDecoder().decode([String: Int].self, from: Data(text.utf8))
            } catch {
                throw CatalogError(code: .corrupt, message: "the last sweep's findings are no numbers by kind")
            }
        }
    }
}

extension MetaName {
    /// When the storage was last swept; milliseconds since 1970 UTC.
    fileprivate static let lastSweep = MetaName(text: "last_sweep")
    /// What was found then; a JSON object of numbers by kind.
    fileprivate static let sweepFindings = MetaName(text: "sweep_findings")
}

extension Database {
    /// Those of the keys that are referred to, being uploaded, or in deletion already.
    func heldKeys(among keys: [String]) throws -> Set<String> {
        let doomed = try String.fetchSet(
            self,
            sql: """
                SELECT doomed.value FROM job, json_each(job.object_keys) AS doomed
                WHERE job.kind = 'purge' AND doomed.value IN (SELECT value FROM json_each(?))
                """,
            arguments: [try keyList(keys)]
        )
        return try referencedObjectKeys(among: keys).union(intentKeys(among: keys)).union(doomed)
    }

    /// Those of the keys whose objects are still to be moved from an old place.
    func keysInOldPlaces(among keys: [String]) throws -> Set<String> {
        try String.fetchSet(
            self,
            sql: """
                SELECT object_key FROM old_place
                WHERE state IN ('waiting', 'trashed') AND object_key IN (SELECT value FROM json_each(?))
                """,
            arguments: [try keyList(keys)]
        )
    }

    func intentKeys(among keys: [String]) throws -> Set<String> {
        try String.fetchSet(
            self,
            sql: "SELECT object_key FROM upload_intent WHERE object_key IN (SELECT value FROM json_each(?))",
            arguments: [try keyList(keys)]
        )
    }
}

extension CatalogKey {
    fileprivate init(row: Row) throws {
        self.init(
            objectKey: try row.value("object_key"),
            attachmentID: try row.value("attachment_id"),
            isOriginal: try row.value("is_original"),
            isTrashed: try row.value("is_trashed"),
            byteCount: try row.value("byte_count")
        )
    }
}
