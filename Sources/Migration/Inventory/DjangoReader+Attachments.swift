import Catalog
import Foundation
import GRDB

extension DjangoReader {
    /// What a page of attachments' rows says.
    struct DraftPage: Sendable {
        var drafts: [AttachmentDraft] = []
        var complaints: [MigrationComplaint] = []
        /// The last row's key; nil where there are no more rows.
        var last: DatabaseValue?
    }

    /// The columns of a row, in the order in which they are selected.
    private static let columns: [DjangoSchema.Column] = [
        .attachmentID, .attachmentMessage, .file, .fileName, .fileType, .fileSize, .mimeType, .duration, .thumbnail,
        .width, .height, .bitrate, .codec, .uploadTime, .uploader,
    ]

    /// A page of attachments.
    func drafts(after last: DatabaseValue) async throws -> DraftPage {
        let id = tables.quoted(.attachmentID, of: "a")
        let (message, conversation) = (tables.quoted(.messageID, of: "m"), tables.quoted(.conversationID, of: "c"))
        let (uploader, sender) = (user(.uploader, of: "a", as: "u"), user(.sender, of: "m", as: "s"))
        let selected = Self.columns.map { tables.quoted($0, of: "a") }
        let others = [
            line(of: "a"), message, conversation, uploader.select, sender.select, tables.quoted(.sender, of: "m"),
        ]
        let sql = """
            SELECT \((selected + others).joined(separator: ", "))
            FROM \(tables.quoted(.attachment)) a
            LEFT JOIN \(tables.quoted(.message)) m ON \(message) = \(tables.quoted(.attachmentMessage, of: "a"))
            LEFT JOIN \(tables.quoted(.conversation)) c
                ON \(conversation) = \(tables.quoted(.messageConversation, of: "m"))
            \(uploader.join)
            \(sender.join)
            WHERE \(paging(by: id, after: last))
            """
        let rows = try await fetch { db in try ForeignRow.fetchAll(db, sql, pageArguments(after: last)) }
        var batch = InventoryBatch()
        var page = DraftPage(last: rows.last?[0].value)
        for row in rows {
            if let draft = draft(row, &batch) { page.drafts.append(draft) }
        }
        page.complaints = batch.complaints
        return page
    }

    private func draft(_ row: ForeignRow, _ batch: inout InventoryBatch) -> AttachmentDraft? {
        var fields: [DjangoSchema.Column: ForeignValue] = [:]
        for (index, column) in Self.columns.enumerated() { fields[column] = row[index] }
        func field(_ column: DjangoSchema.Column) -> ForeignValue { fields[column] ?? ForeignValue(.null) }
        let others = Self.columns.count
        let subject = subject(.attachment, field(.attachmentID), line: row[others])

        guard let id = field(.attachmentID).uuid else {
            batch.complain(subject, "its id is no UUID")
            return nil
        }
        guard let messageID = field(.attachmentMessage).uuid, !row[others + 1].isEmpty else {
            batch.complain(subject, "its message \(field(.attachmentMessage).text ?? "(none)") is not there")
            return nil
        }
        guard !row[others + 2].isEmpty else {
            batch.complain(subject, "the conversation of its message \(messageID.text) is not there")
            return nil
        }
        guard let path = field(.file).text else {
            batch.complain(subject, "it names no file")
            return nil
        }
        let uploader =
            person(row[others + 3], id: field(.uploader), subject: subject, &batch)
            ?? user(row[others + 4])
        var draft = AttachmentDraft(
            subject: subject,
            id: id,
            messageID: messageID,
            path: path,
            uploadedBy: uploader ?? Self.absentUser
        )
        draft.fileName = field(.fileName).text
        draft.kind = field(.fileType).text.flatMap { FileKind(rawValue: $0.lowercased()) }
        draft.mediaType = field(.mimeType).text
        draft.byteCount = field(.fileSize).number.flatMap(Int64.init(exactly:)).flatMap { $0 < 0 ? nil : $0 }
        draft.durationSeconds = number(.duration, field(.duration), subject, &batch)
        draft.width = number(.width, field(.width), subject, &batch)
        draft.height = number(.height, field(.height), subject, &batch)
        draft.bitrate = number(.bitrate, field(.bitrate), subject, &batch)
        draft.codec = field(.codec).text
        draft.thumbnail = field(.thumbnail).text
        if let text = field(.uploadTime).text {
            draft.uploadedAt = date(field(.uploadTime))
            if draft.uploadedAt == nil {
                batch.complain(
                    subject,
                    "\"\(text)\" is no time; one looks like 2025-01-15 10:30:00. The file's own is taken, if there is one"
                )
            }
        }
        return draft
    }

    private func number(
        _ column: DjangoSchema.Column,
        _ value: ForeignValue,
        _ subject: String,
        _ batch: inout InventoryBatch
    ) -> Double? {
        guard !value.isEmpty else { return nil }
        guard let number = value.number else {
            batch.complain(
                subject,
                "\(column.key) is \"\(value.text ?? "")\", which is no number; it is measured anew",
                isRemark: true
            )
            return nil
        }
        return number
    }
}
