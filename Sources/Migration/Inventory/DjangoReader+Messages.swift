import Catalog
import Foundation
import GRDB

extension DjangoReader {
    /// A page of messages.
    func messages(after last: DatabaseValue) async throws -> (batch: InventoryBatch, last: DatabaseValue?) {
        let id = tables.quoted(.messageID, of: "m")
        let conversation = tables.quoted(.messageConversation, of: "m")
        let sender = user(.sender, of: "m", as: "u")
        let sql = """
            SELECT \(id), \(conversation), \(sender.select), \(tables.quoted(.sender, of: "m")), \
            \(tables.quoted(.messageTime, of: "m")), \(line(of: "m")), \(tables.quoted(.conversationID, of: "c"))
            FROM \(tables.quoted(.message)) m \(sender.join)
            LEFT JOIN \(tables.quoted(.conversation)) c ON \(tables.quoted(.conversationID, of: "c")) = \(conversation)
            WHERE \(paging(by: id, after: last))
            """
        let rows = try await fetch { db in try ForeignRow.fetchAll(db, sql, pageArguments(after: last)) }
        var batch = InventoryBatch()
        for row in rows {
            guard let id = row[0].uuid else {
                batch.complain(subject(.message, row[0], line: row[5]), "its id is no UUID")
                continue
            }
            guard let conversationID = row[1].uuid, !row[6].isEmpty else {
                batch.complain(
                    subject(.message, row[0], line: row[5]),
                    "its conversation \(row[1].text ?? "(none)") is not there"
                )
                continue
            }
            batch.messages.append(
                Message(
                    id: id,
                    conversationID: conversationID,
                    senderID: person(row[2], id: row[3], subject: subject(.message, row[0], line: row[5]), &batch)
                        ?? Self.absentUser,
                    createdAt: date(row[4]) ?? now
                )
            )
        }
        return (batch, rows.last?[0].value)
    }

    /// The user; nil where there is none, or none that has a name, of which is complained.
    func person(
        _ name: ForeignValue,
        id: ForeignValue,
        subject: @autoclosure () -> String,
        _ complaints: inout InventoryBatch
    ) -> String? {
        if id.isEmpty { return nil }
        if let user = user(name) { return user }
        complaints.complain(
            subject(),
            "user \(id.text ?? "?") has no name in the user table, or none of 1 to 255 characters"
        )
        return nil
    }
}
