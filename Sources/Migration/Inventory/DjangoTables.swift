import GRDB

/// A schema held against a database: the names that its tables and columns really have.
struct DjangoTables: Sendable {
    private let tables: [DjangoSchema.Table: String]
    private let columns: [DjangoSchema.Column: String]

    /// Looks everything up.
    ///
    /// Throws `inventoryUnreadable` with all that is missing, and with what is there in its place.
    init(_ db: Database, schema: DjangoSchema, usesNames: Bool) throws {
        var faults: [String] = []
        var tables: [DjangoSchema.Table: String] = [:]
        var columns: [DjangoSchema.Column: String] = [:]
        // SQLite's own tables begin with sqlite_.
        let there = try String.fetchAll(
            db,
            sql: "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' "
                + "ESCAPE '\\' ORDER BY name"
        )
        for table in DjangoSchema.Table.allCases where table != .user || usesNames {
            let candidates = schema.candidates(for: table)
            let name = candidates.lazy.compactMap { candidate in there.first { $0.isSameName(as: candidate) } }.first
            guard let name else {
                faults.append(
                    "there is no table \(candidates.joined(separator: " or ")) (\(table.rawValue)=NAME assigns another)"
                )
                continue
            }
            tables[table] = name
            let columnsThere = try String.fetchAll(db, sql: "SELECT name FROM pragma_table_xinfo(?)", arguments: [name])
            var missing: [String] = []
            for column in DjangoSchema.Column.all where column.table == table {
                guard let wanted = schema.name(of: column) else { continue }
                if let found = columnsThere.first(where: { $0.isSameName(as: wanted) }) {
                    columns[column] = found
                } else if column.need != .optional || schema.isAssigned(column) {
                    missing.append("\(wanted) (\(column.name)=\(column.need == .required ? "NAME" : "[NAME]"))")
                }
            }
            if !missing.isEmpty {
                faults.append(
                    "table \(name) has no column \(missing.joined(separator: ", ")); "
                        + "it has \(columnsThere.joined(separator: ", "))"
                )
            }
        }
        if !faults.isEmpty {
            let list = there.isEmpty ? "none" : there.joined(separator: ", ")
            throw MigrationError(
                .inventoryUnreadable,
                "the database is not of the shape expected: \(faults.joined(separator: "; ")). Its tables: \(list)"
            )
        }
        self.tables = tables
        self.columns = columns
    }

    /// The table's name, quoted.
    func quoted(_ table: DjangoSchema.Table) -> String { (tables[table] ?? table.rawValue).quotedDatabaseIdentifier }

    /// What the table is called, for people.
    func title(of table: DjangoSchema.Table) -> String { tables[table] ?? table.rawValue }

    /// The column behind its table's alias, quoted; `NULL` where there is no such column.
    func quoted(_ column: DjangoSchema.Column, of alias: String) -> String {
        columns[column].map { "\(alias).\($0.quotedDatabaseIdentifier)" } ?? "NULL"
    }
}

extension String {
    /// Whether SQLite takes the two for the same name: it knows no case of the letters of ASCII.
    fileprivate func isSameName(as other: String) -> Bool {
        utf8.elementsEqual(other.utf8) { $0.asciiLowercase == $1.asciiLowercase }
    }
}

extension UInt8 {
    fileprivate var asciiLowercase: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}
