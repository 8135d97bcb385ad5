/// Which tables and columns of a Django project's database hold what; without a word, those of the old system.
///
/// An assignment names a table or a column of the old system and what it is called here: `attachment=files_upload`,
/// `attachment.file_name=original_name`, `participant.role=is_admin`. One with nothing behind the sign says that there is
/// no such column: `attachment.codec=`.
package struct DjangoSchema: Sendable, Equatable {
    /// A table, by the name that assignments use.
    package enum Table: String, Sendable, CaseIterable {
        case conversation
        case participant
        case message
        case attachment
        case user
    }

    private var tables: [Table: String]
    /// A name that is empty stands for a column that there is none of.
    private var columns: [Column: String]

    /// The old system's names.
    package init() {
        tables = [:]
        columns = [:]
    }

    /// Takes one assignment over.
    ///
    /// Throws `invalidArgument`, with the names that there are, where it names none of them.
    package mutating func map(_ assignment: String) throws(MigrationError) {
        guard let sign = assignment.firstIndex(of: "=") else {
            throw MigrationError(
                .invalidArgument,
                "\"\(assignment)\" is no assignment; one looks like attachment.file_name=original_name"
            )
        }
        let name = assignment[..<sign]
        let value = String(assignment[assignment.index(after: sign)...])
        if let table = Table(rawValue: String(name)) {
            guard !value.isEmpty else {
                throw MigrationError(.invalidArgument, "\(name)= names no table; there is no doing without one")
            }
            tables[table] = value
            return
        }
        guard let column = Column.all.first(where: { $0.name == name }) else {
            throw MigrationError(
                .invalidArgument,
                "\"\(name)\" is neither a table nor a column of the old system; these are: \(Self.allNames)"
            )
        }
        guard !value.isEmpty || column.need != .required else {
            throw MigrationError(.invalidArgument, "\(name)= names no column; there is no doing without one")
        }
        columns[column] = value
    }

    /// Every name that an assignment may use with what it stands for without one, a line each: for a `--help`.
    package static var names: String {
        Table.allCases
            .map { table in
                let lines = Column.all.filter { $0.table == table }.map { "\($0.name)=\($0.usualName)" }
                return (["\(table.rawValue)=\(table.usualNames[0])"] + lines).joined(separator: "\n")
            }
            .joined(separator: "\n")
    }

    private static var allNames: String {
        (Table.allCases.map(\.rawValue) + Column.all.map(\.name)).joined(separator: ", ")
    }

    /// The names that the table may have: the one that was assigned, or the usual ones, the likeliest first.
    func candidates(for table: Table) -> [String] {
        tables[table].map { [$0] } ?? table.usualNames
    }

    /// What the column is called; nil where it was said that there is none.
    func name(of column: Column) -> String? {
        let name = columns[column] ?? column.usualName
        return name.isEmpty ? nil : name
    }

    /// Whether somebody said what the column is called.
    func isAssigned(_ column: Column) -> Bool { columns[column] != nil }
}

extension DjangoSchema.Table {
    /// Django's name for the models of an app `chat`, and where the old system had another, that.
    fileprivate var usualNames: [String] {
        switch self {
        case .conversation: ["chat_conversation"]
        case .participant: ["chat_conversation_participants"]
        case .message: ["chat_message"]
        case .attachment: ["chat_attachment", "attachments"]
        case .user: ["auth_user"]
        }
    }

    /// The file of an export that holds the table's rows, without its ending.
    var exportName: String { "\(rawValue)s" }
}

extension DjangoSchema {
    /// A column of the old system.
    struct Column: Sendable, Hashable {
        /// What it means for a database not to have it.
        enum Need: Sendable {
            /// Nothing can be brought without it.
            case required
            /// The old system has it: where it is not found it has another name, unless somebody says that there is none.
            case expected
            /// Used where it is there.
            case optional
        }

        let table: Table
        /// What it is called in exports, and behind the table's name in assignments.
        let key: String
        let usualName: String
        let need: Need

        /// What assignments call it.
        var name: String { "\(table.rawValue).\(key)" }

        init(_ table: Table, _ key: String, _ need: Need, usualName: String? = nil) {
            self.table = table
            self.key = key
            self.usualName = usualName ?? key
            self.need = need
        }

        static let conversationID = Column(.conversation, "id", .required)
        static let conversationTime = Column(.conversation, "created_at", .optional)
        static let participantConversation = Column(.participant, "conversation_id", .required)
        static let participantUser = Column(.participant, "user_id", .required)
        static let role = Column(.participant, "role", .optional)
        static let messageID = Column(.message, "id", .required)
        static let messageConversation = Column(.message, "conversation_id", .required)
        static let sender = Column(.message, "sender_id", .expected)
        static let messageTime = Column(.message, "created_at", .optional)
        static let attachmentID = Column(.attachment, "id", .required)
        static let attachmentMessage = Column(.attachment, "message_id", .required)
        static let file = Column(.attachment, "file", .required)
        static let fileName = Column(.attachment, "file_name", .expected)
        static let fileType = Column(.attachment, "file_type", .expected)
        static let fileSize = Column(.attachment, "file_size", .expected)
        static let mimeType = Column(.attachment, "mime_type", .expected)
        static let duration = Column(.attachment, "duration", .expected)
        static let thumbnail = Column(.attachment, "thumbnail", .expected)
        static let width = Column(.attachment, "width", .expected)
        static let height = Column(.attachment, "height", .expected)
        static let bitrate = Column(.attachment, "bitrate", .expected)
        static let codec = Column(.attachment, "codec", .expected)
        static let uploadTime = Column(.attachment, "uploaded_at", .expected)
        static let uploader = Column(.attachment, "uploaded_by", .optional, usualName: "uploaded_by_id")
        static let userID = Column(.user, "id", .required)
        static let userName = Column(.user, "username", .required)

        static let all: [Column] = [
            conversationID, conversationTime, participantConversation, participantUser, role, messageID,
            messageConversation, sender, messageTime, attachmentID, attachmentMessage, file, fileName, fileType,
            fileSize,
            mimeType, duration, thumbnail, width, height, bitrate, codec, uploadTime, uploader, userID, userName,
        ]
    }
}
