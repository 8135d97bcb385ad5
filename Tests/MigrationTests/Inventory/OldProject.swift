import Foundation
import GRDB
import Migration
import TestSupport

/// A small project of the old system: its database as Django makes it on SQLite, and a media root.
///
/// Two conversations: one of users 1 and 2 with a message of each, one of user 3 alone with a message.
struct OldProject {
    static let first = "11111111111141118111111111111111"
    static let second = "22222222222242228222222222222222"
    static let messages = [
        "aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaa1", "aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaa2", "aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaa3",
    ]

    let directory: TemporaryDirectory
    let media: TemporaryDirectory
    let queue: DatabaseQueue

    var path: String { directory.file("db.sqlite3") }
    var folder: PlainFolder { PlainFolder(path: media.path) }

    init() throws {
        directory = try TemporaryDirectory()
        media = try TemporaryDirectory()
        queue = try DatabaseQueue(path: directory.file("db.sqlite3"))
        try execute(
            """
            CREATE TABLE auth_user (id integer PRIMARY KEY, username varchar(150) NOT NULL);
            CREATE TABLE chat_conversation (id char(32) NOT NULL PRIMARY KEY);
            CREATE TABLE chat_conversation_participants (
                id integer PRIMARY KEY AUTOINCREMENT, conversation_id char(32) NOT NULL, user_id integer NOT NULL
            );
            CREATE TABLE chat_message (
                id char(32) NOT NULL PRIMARY KEY, conversation_id char(32) NOT NULL, sender_id integer
            );
            CREATE TABLE chat_attachment (
                id char(32) NOT NULL PRIMARY KEY, message_id char(32) NOT NULL, file varchar(500) NOT NULL,
                file_name varchar(255) NOT NULL, file_type varchar(20) NOT NULL, file_size bigint NOT NULL,
                mime_type varchar(100) NOT NULL, duration integer, thumbnail varchar(500), width integer, height integer,
                bitrate integer, codec varchar(50) NOT NULL, uploaded_at datetime NOT NULL
            );
            INSERT INTO auth_user VALUES (1, 'ann@example.org'), (2, 'bob'), (3, 'carl');
            INSERT INTO chat_conversation VALUES ('\(Self.first)'), ('\(Self.second)');
            INSERT INTO chat_conversation_participants (conversation_id, user_id)
            VALUES ('\(Self.second)', 3), ('\(Self.first)', 2), ('\(Self.first)', 1);
            INSERT INTO chat_message VALUES
                ('\(Self.messages[0])', '\(Self.first)', 1), ('\(Self.messages[1])', '\(Self.first)', 2),
                ('\(Self.messages[2])', '\(Self.second)', 3);
            """
        )
    }

    func execute(_ sql: String) throws {
        try queue.write { db in try db.execute(sql: sql) }
    }

    /// The number in the last digits of an id.
    static func id(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return "bbbbbbbbbbbb4bbb8bbb" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    static func uuid(_ hex: String) -> UUID? {
        var text = ""
        for (index, digit) in hex.enumerated() {
            if [8, 12, 16, 20].contains(index) { text += "-" }
            text.append(digit)
        }
        return UUID(uuidString: text)
    }

    /// Adds a row, and unless it is nil, the file of it.
    func add(
        _ number: Int,
        message: Int = 0,
        file: String,
        bytes: [UInt8]?,
        name: String? = nil,
        type: String = "other",
        mime: String = "application/octet-stream",
        size: Int? = nil,
        duration: (any DatabaseValueConvertible)? = nil,
        thumbnail: String? = nil,
        width: Int? = nil,
        height: Int? = nil,
        bitrate: Int? = nil,
        codec: String = "",
        uploadedAt: String = "2025-01-15 10:30:00.123456"
    ) throws {
        if let bytes { try media.write(bytes, to: file) }
        try queue.write { db in
            try db.execute(
                sql: "INSERT INTO chat_attachment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    Self.id(number), Self.messages[message], file, name ?? "name.bin", type, size ?? bytes?.count ?? 0,
                    mime,
                    duration, thumbnail, width, height, bitrate, codec, uploadedAt,
                ]
            )
        }
    }

    func inventory(
        _ mappings: [String] = [],
        options: DjangoOptions = DjangoOptions(),
        files: (any ObjectStore)? = nil
    ) throws -> DjangoDatabase {
        var schema = DjangoSchema()
        for mapping in mappings { try schema.map(mapping) }
        return try DjangoDatabase(path: path, schema: schema, files: files ?? folder, options: options)
    }
}
