package import Foundation
import GRDB

/// Which attachments are meant; what is not said does not matter, and all that is said must hold.
package struct AttachmentFilter: Sendable, Equatable {
    /// Their kinds; empty means any.
    package var kinds: Set<FileKind> = []
    /// How far their media work has come.
    package var status: AttachmentStatus?
    /// Why it failed, or why there is no picture.
    package var failureReason: String?
    /// Their media types; empty means any.
    package var mediaTypes: Set<String> = []
    /// A rendition that they do not have.
    package var lackedRendition: String?
    /// Who uploaded them.
    package var uploadedBy: String?
    /// Their conversation.
    package var conversationID: UUID?
    /// They were uploaded at this time or after it.
    package var uploadedFrom: Date?
    /// They were uploaded before this time.
    package var uploadedBefore: Date?
    /// The attachments themselves; empty means any.
    package var ids: Set<UUID> = []

    /// Any attachment.
    package init() {}
}

extension Catalog {
    /// Returns a page of the attachments that a filter means and whose media work can be done again, in the order of their ids: those
    /// after the given one.
    ///
    /// Such as are still to be worked on, wait in an old place or are held back are none of them.
    package func attachments(
        for filter: AttachmentFilter,
        after id: UUID? = nil,
        limit: Int
    ) async throws(CatalogError) -> [Attachment] {
        try await read { db in
            let condition = try Condition(filter)
            return
                try db.rows(
                    sql: """
                        SELECT * FROM attachment
                        WHERE id > ? AND waiting_objects = 0 AND hold IS NULL AND \(condition.sql)
                            AND NOT EXISTS (
                                SELECT 1 FROM job
                                WHERE job.attachment_id = attachment.id AND job.kind IN ('process', 'import')
                            )
                        ORDER BY id LIMIT ?
                        """,
                    arguments: [id?.text ?? ""] + condition.arguments + [max(0, limit)]
                )
                .map { row in try Attachment(db, row: row) }
        }
    }

    /// Queues the media work of attachments anew, behind everything that somebody waits for; answers for how many.
    ///
    /// What is known and made of them stays, and their status, until the new is there; those that are ready stay so where it comes to
    /// nothing. Such as have that work before them already, or went
    /// away meanwhile, are passed over.
    ///
    /// `lost` has, by attachment, the keys of objects that were made later and are to be made anew: what jobs of their own make is made only
    /// where there is no row. The rows of those that are queued go in the same transaction, and the deletion of the objects is queued, for
    /// not all of them need be gone. A key of the original, or one that is another's by now, takes nothing away.
    package func requestReprocessing(
        of ids: [UUID],
        remaking lost: [UUID: [String]] = [:],
        at date: Date = Date()
    ) async throws(CatalogError) -> Int {
        try await write(changing: lost.isEmpty ? .nothing : .everything) { db in
            let queued = try db.texts(
                sql: """
                    INSERT INTO job (
                        kind, attachment_id, stage, user_id, object_keys, attempts, delays, leased, run_after, created_at,
                        priority
                    )
                    SELECT 'import', id, \(Job.stageOfRepetition), uploaded_by, '[]', 0, 0, 0, ?, ?, 1 FROM attachment
                    WHERE id IN (SELECT value FROM json_each(?)) AND waiting_objects = 0 AND hold IS NULL
                        AND NOT EXISTS (
                            SELECT 1 FROM job
                            WHERE job.attachment_id = attachment.id AND job.kind IN ('process', 'import')
                        )
                    RETURNING attachment_id
                    """,
                arguments: [date.milliseconds, date.milliseconds, try keyList(ids.map(\.text))]
            )
            let repaired = Set(queued)
            for (id, keys) in lost where repaired.contains(id.text) {
                try db.takeOutLostRenditions(of: id, objectKeys: keys, at: date)
            }
            return queued.count
        }
    }
}

extension Database {
    /// Takes out the rows of what jobs of their own made under these keys, and queues the deletion of the objects.
    fileprivate func takeOutLostRenditions(of id: UUID, objectKeys keys: [String], at date: Date) throws {
        guard let attachment = try Attachment.fetch(self, id: id) else { return }
        let lost = attachment.renditions.filter { rendition in
            keys.contains(rendition.objectKey) && rendition.isMadeLater
                && rendition.objectKey != attachment.objectKey && rendition.name != attachment.replacedBy
        }
        let lostKeys = lost.map(\.objectKey)
        try deleteRenditions(attachmentID: id, names: lost.map(\.name))
        try replacePlaces(attachmentID: id, objectKeys: lostKeys, at: date)
        try enqueueDeletion(ofUnreferenced: lostKeys, at: date)
    }
}

/// A filter as SQL about a row of `attachment`.
private struct Condition {
    private(set) var sql = "1"
    private(set) var arguments = StatementArguments()

    init(_ filter: AttachmentFilter) throws {
        try add("file_type", among: filter.kinds.map(\.rawValue))
        try add("mime_type", among: Array(filter.mediaTypes))
        try add("id", among: filter.ids.map(\.text))
        add("status = ?", filter.status?.rawValue)
        add("failure_reason = ?", filter.failureReason)
        add("uploaded_by = ?", filter.uploadedBy)
        add("conversation_id = ?", filter.conversationID?.text)
        add("uploaded_at >= ?", filter.uploadedFrom?.milliseconds)
        add("uploaded_at < ?", filter.uploadedBefore?.milliseconds)
        add(
            "NOT EXISTS (SELECT 1 FROM rendition WHERE rendition.attachment_id = attachment.id AND rendition.name = ?)",
            filter.lackedRendition
        )
    }

    private mutating func add(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
        guard let value else { return }
        sql += " AND \(condition)"
        arguments += [value]
    }

    private mutating func add(_ column: String, among values: [String]) throws {
        guard !values.isEmpty else { return }
        add("\(column) IN (SELECT value FROM json_each(?))", try keyList(values))
    }
}
