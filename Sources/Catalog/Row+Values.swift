import Foundation
import GRDB

// How values are stored: identifiers as lower-case text with dashes, times as whole milliseconds since 1970 UTC,
// choices as their raw text, lists of keys as a JSON array of text.

extension Date {
    /// The form in which the catalog stores times.
    var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }
}

extension Row {
    /// Reads a column, or throws where a plain subscript would trap.
    func value<Value: DatabaseValueConvertible>(_ column: String) throws -> Value {
        try decode(Value.self, forColumn: column)
    }

    func date(_ column: String) throws -> Date {
        let milliseconds: Int64 = try value(column)
        return Date(timeIntervalSince1970: Double(milliseconds) / 1000)
    }

    func choice<Choice: RawRepresentable<String>>(_ column: String) throws -> Choice {
        let choice: Choice? = try optionalChoice(column)
        guard let choice else { throw CatalogError(code: .corrupt, message: "\(column) is empty") }
        return choice
    }

    func optionalChoice<Choice: RawRepresentable<String>>(_ column: String) throws -> Choice? {
        let text: String? = try value(column)
        guard let text else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw CatalogError(code: .corrupt, message: "\(column) has an unknown value")
        }
        return choice
    }

    func keys(_ column: String) throws -> [String] {
        let text: String = try value(column)
        return try JSONDecoder().decode([String].self, from: Data(text.utf8))
    }
}

extension Database {
    /// Inserts one row; a pair is a column and its value.
    ///
    /// A column whose value is null is left out, and so gets its default: that must be null as well. Most columns of a row are
    /// empty, and each value that is bound costs more than the rest of its column.
    func insertRow(into table: String, _ pairs: KeyValuePairs<String, DatabaseValue>) throws {
        // As GRDB takes them one by one: a sequence of one type goes through key paths there, which takes longer than to bind.
        var values: [(any DatabaseValueConvertible)?] = []
        values.reserveCapacity(pairs.count)
        var sql = "INSERT INTO "
        sql.reserveCapacity(64 + 24 * pairs.count)
        sql += table
        var separator = " ("
        for (column, value) in pairs where !value.isNull {
            sql += separator
            sql += column
            separator = ", "
            values.append(value)
        }
        sql += ") VALUES (?"
        for _ in values.dropFirst() { sql += ", ?" }
        sql += ")"
        let statement = try cachedStatement(sql: sql)
        // There is a place for each: to look whether there is, and to bind them for this run alone, takes longer than to bind.
        statement.setUncheckedArguments(StatementArguments(values))
        try statement.execute()
    }

    func exists(_ sql: String, _ arguments: StatementArguments) throws -> Bool {
        try Bool.fetchOne(cachedStatement(sql: "SELECT EXISTS (\(sql))"), arguments: arguments) ?? false
    }

    // Each connection keeps the statements that it has compiled: compiling one costs more than running it.

    /// Runs a statement that answers nothing.
    func run(sql: String, arguments: StatementArguments = []) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    func row(sql: String, arguments: StatementArguments = []) throws -> Row? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }

    /// What is read of the first row where it lies: most of what another row costs is the copy of it, and columns found by name.
    func first<Value>(
        sql: String,
        arguments: StatementArguments = [],
        _ read: (Row) throws -> Value
    ) throws -> Value? {
        let cursor = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
        // Its end resets the statement, and the row with it.
        return try withExtendedLifetime(cursor) { try cursor.next().map(read) }
    }

    func rows(sql: String, arguments: StatementArguments = []) throws -> [Row] {
        try Row.fetchAll(cachedStatement(sql: sql), arguments: arguments)
    }

    func texts(sql: String, arguments: StatementArguments = []) throws -> [String] {
        try String.fetchAll(cachedStatement(sql: sql), arguments: arguments)
    }
}

/// The JSON array that stands for a list of keys.
func keyList(_ keys: [String]) throws -> String {
    String(decoding: try JSONEncoder().encode(keys), as: UTF8.self)
}
