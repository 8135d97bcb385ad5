import Catalog
import Foundation
import GRDB

extension DjangoReader {
    /// A page of conversations with all who take part in them.
    func conversations(after last: DatabaseValue) async throws -> (batch: InventoryBatch, last: DatabaseValue?) {
        let (id, time) = (tables.quoted(.conversationID, of: "c"), tables.quoted(.conversationTime, of: "c"))
        let sql = """
            SELECT \(id), \(time), \(line(of: "c"))
            FROM \(tables.quoted(.conversation)) c WHERE \(paging(by: id, after: last))
            """
        let (place, name) = (tables.quoted(.participantConversation, of: "p"), user(.participantUser, of: "p", as: "u"))
        let participantSQL = """
            SELECT \(place), \(name.select), \(tables.quoted(.role, of: "p")), \
            \(tables.quoted(.participantUser, of: "p")), \(line(of: "p"))
            FROM \(tables.quoted(.participant)) p \(name.join)
            WHERE \(place) >= ? AND \(place) <= ? ORDER BY \(place), 2, 4
            """
        let (rows, places) = try await fetch { db in
            let rows = try ForeignRow.fetchAll(db, sql, pageArguments(after: last))
            guard let first = rows.first?[0].value, let end = rows.last?[0].value else { return (rows, [ForeignRow]()) }
            return (rows, try ForeignRow.fetchAll(db, participantSQL, [first, end]))
        }
        var batch = InventoryBatch()
        var participants = Dictionary(grouping: places) { row in row[0].value }
        for row in rows {
            guard let id = row[0].uuid else {
                batch.complain(subject(.conversation, row[0], line: row[2]), "its id is no UUID")
                continue
            }
            let createdAt = date(row[1]) ?? now
            let roles = roles(of: participants.removeValue(forKey: row[0].value) ?? [], conversation: row, &batch)
            batch.conversations.append(
                ImportedConversation(
                    conversation: Conversation(id: id, createdAt: createdAt),
                    participants: roles.sorted { $0.key < $1.key }
                        .map { Participant(conversationID: id, userID: $0.key, role: $0.value) }
                )
            )
        }
        return (batch, rows.last?[0].value)
    }

    /// Complains of places in conversations that there are none of, as many as a page has.
    func readStrangers(_ body: (InventoryBatch) async throws -> Void) async throws {
        let place = tables.quoted(.participantConversation, of: "p")
        let user = tables.quoted(.participantUser, of: "p")
        let sql = """
            SELECT \(place), \(user), \(line(of: "p")), count(*) OVER ()
            FROM \(tables.quoted(.participant)) p
            LEFT JOIN \(tables.quoted(.conversation)) c ON \(tables.quoted(.conversationID, of: "c")) = \(place)
            WHERE \(tables.quoted(.conversationID, of: "c")) IS NULL ORDER BY 1, 2 LIMIT \(Self.pageSize)
            """
        let rows = try await fetch { db in try ForeignRow.fetchAll(db, sql) }
        guard let first = rows.first else { return }
        var batch = InventoryBatch()
        for row in rows {
            let conversation = row[0].uuid?.text ?? row[0].text ?? "none"
            batch.complain(
                subject(.participant, row[1], line: row[2]),
                "the user takes part in conversation \(conversation), which is not there"
            )
        }
        let total = Int(first[3].number ?? 0)
        if total > rows.count {
            batch.complain(tables.title(of: .participant), "\(total - rows.count) more rows are of no conversation")
        }
        try await body(batch)
    }

    /// Who takes part, and as what: of a user who is named twice the higher role counts.
    private func roles(
        of rows: [ForeignRow],
        conversation: ForeignRow,
        _ batch: inout InventoryBatch
    ) -> [String: ParticipantRole] {
        var roles: [String: ParticipantRole] = [:]
        for row in rows {
            guard let user = user(row[1]) else {
                let id = row[3].text ?? "none"
                batch.complain(
                    subject(.conversation, conversation[0], line: conversation[2]),
                    "participant \(id) has no name in the user table, or none of 1 to 255 characters, and is left out"
                )
                continue
            }
            let role = row[2].text?.lowercased() ?? ""
            if options.adminRoles.contains(where: { $0.lowercased() == role }) {
                roles[user] = .admin
            } else if roles[user] == nil {
                roles[user] = .member
            }
        }
        return roles
    }

    /// The time that the value is.
    func date(_ value: ForeignValue) -> Date? {
        value.text.flatMap { ForeignTime.date($0, timeZone: options.timeZone) }
    }
}

extension InventoryBatch {
    /// Takes in that a record breaks a rule; a remark where that is mended.
    mutating func complain(_ subject: @autoclosure () -> String, _ reason: String, isRemark: Bool = false) {
        complaints.append(
            MigrationComplaint(kind: .invalid, subject: subject(), reason: reason, isRemark: isRemark)
        )
    }
}
