import Foundation
import GRDB

extension Rendition {
    init(row: Row) throws {
        self.init(
            name: try row.value("name"),
            objectKey: try row.value("object_key"),
            width: try row.value("width"),
            height: try row.value("height"),
            mediaType: try row.value("mime_type"),
            byteCount: try row.value("byte_count"),
            sha256: try row.value("sha256"),
            streams: try row.value("streams")
        )
    }
}

extension Database {
    /// The renditions of an attachment, the thumbnail first, the others by name.
    func renditions(attachmentID: UUID) throws -> [Rendition] {
        try rows(
            sql: "SELECT * FROM rendition WHERE attachment_id = ? ORDER BY name <> 'thumbnail', name",
            arguments: [attachmentID.text]
        )
        .map { row in try Rendition(row: row) }
    }

    func insertRenditions(_ renditions: [Rendition], attachmentID: UUID) throws {
        for rendition in renditions {
            try insertRow(
                into: "rendition",
                [
                    "attachment_id": attachmentID.text.databaseValue,
                    "name": rendition.name.databaseValue,
                    "object_key": rendition.objectKey.databaseValue,
                    "width": rendition.width.databaseValue,
                    "height": rendition.height.databaseValue,
                    "mime_type": rendition.mediaType.databaseValue,
                    "byte_count": rendition.byteCount.databaseValue,
                    "sha256": rendition.sha256.databaseValue,
                    "streams": rendition.streams.databaseValue,
                ]
            )
        }
    }

    /// Takes the rows of these names out; what becomes of the objects is the caller's to see to.
    func deleteRenditions(attachmentID: UUID, names: [String]) throws {
        try run(
            sql: "DELETE FROM rendition WHERE attachment_id = ? AND name IN (SELECT value FROM json_each(?))",
            arguments: [attachmentID.text, try keyList(names)]
        )
    }

    /// Takes the rows out; what becomes of the objects is the caller's to see to.
    func deleteRenditions(attachmentID: UUID) throws {
        try run(sql: "DELETE FROM rendition WHERE attachment_id = ?", arguments: [attachmentID.text])
    }
}
