import Foundation
import GRDB
import SigV4

/// A value of another program's database or export, read as what it is meant to be.
struct ForeignValue: Sendable {
    let value: DatabaseValue

    init(_ value: DatabaseValue) {
        self.value = value
    }

    /// Nothing, or text without a character: exports write the one like the other.
    var isEmpty: Bool {
        switch value.storage {
        case .null: true
        case .string(let text): text.isEmpty
        default: false
        }
    }

    /// The text; numbers as they are written, nil where there is nothing.
    var text: String? {
        switch value.storage {
        case .null: nil
        case .int64(let number): String(number)
        case .double(let number):
            number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : String(number)
        case .string(let text): text.isEmpty ? nil : text
        case .blob(let data): String(validating: data, as: UTF8.self)
        }
    }

    /// A UUID as 32 hex digits (Django on SQLite and MySQL), with dashes (PostgreSQL), or as 16 bytes.
    var uuid: UUID? {
        if case .blob(let data) = value.storage, data.count == 16 {
            return data.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
        }
        return text.flatMap(Self.uuid)
    }

    /// A number, fractions included; nil where there is none, or where the text is none.
    var number: Double? {
        switch value.storage {
        case .int64(let number): Double(number)
        case .double(let number): number
        default: text.flatMap(Double.init)
        }
    }

    /// The name or number of a user; a UUID is written with dashes, as Django and the tokens made by it write one.
    var user: String? {
        guard let text else { return nil }
        let isBare = text.utf8.count == 32 && text.utf8.allSatisfy { $0.hexValue != nil }
        return isBare ? Self.uuid(text)?.uuidString.lowercased() ?? text : text
    }

    /// A UUID from its text: 32 hex digits, with or without the four dashes.
    static func uuid(_ text: String) -> UUID? {
        let isDashed = text.utf8.count == 36
        guard isDashed || text.utf8.count == 32 else { return nil }
        var value = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) as uuid_t
        let isWhole = withUnsafeMutableBytes(of: &value) { bytes in
            var digits = 0
            var position = 0
            for character in text.utf8 {
                defer { position += 1 }
                if isDashed, position == 8 || position == 13 || position == 18 || position == 23 {
                    guard character == UInt8(ascii: "-") else { return false }
                    continue
                }
                guard let digit = character.hexValue, digits < 32 else { return false }
                bytes[digits / 2] = bytes[digits / 2] << 4 | digit
                digits += 1
            }
            return digits == 32
        }
        return isWhole ? UUID(uuid: value) : nil
    }
}

/// A row of another program's database, by the numbers of its columns.
struct ForeignRow: Sendable {
    private let values: [DatabaseValue]

    /// The value of a column; nothing where there is no such column.
    subscript(_ index: Int) -> ForeignValue { ForeignValue(values.indices.contains(index) ? values[index] : .null) }

    /// The rows that the query finds.
    static func fetchAll(
        _ db: Database,
        _ sql: String,
        _ arguments: StatementArguments = []
    ) throws -> [ForeignRow] {
        let cursor = try Row.fetchCursor(db.cachedStatement(sql: sql), arguments: arguments)
        var rows: [ForeignRow] = []
        while let row = try cursor.next() { rows.append(ForeignRow(values: Array(row.databaseValues))) }
        return rows
    }
}
