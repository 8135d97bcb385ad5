import Foundation
import GRDB

/// One table's file of an export.
struct ExportFile: Sendable {
    /// How its rows are written.
    enum Format: String, Sendable, CaseIterable {
        case csv
        case jsonl
    }

    let table: DjangoSchema.Table
    let path: String
    let format: Format
    /// The columns that the file has: those of its header, or for JSON lines all that there may be.
    let columns: [DjangoSchema.Column]

    /// The file of the table in the directory; nil where there is none.
    ///
    /// Throws `inventoryUnreadable` where there are two, or where the header lacks a column.
    init?(of table: DjangoSchema.Table, in directory: String) throws(MigrationError) {
        let paths = Format.allCases.map { ($0, "\(directory)/\(table.exportName).\($0.rawValue)") }
            .filter { FileManager.default.fileExists(atPath: $0.1) }
        guard paths.count <= 1 else {
            throw MigrationError(
                .inventoryUnreadable,
                "\(directory) has both \(table.exportName).csv and \(table.exportName).jsonl; remove the one not meant"
            )
        }
        guard let (format, path) = paths.first else { return nil }
        self.table = table
        self.path = path
        self.format = format
        let all = DjangoSchema.Column.all.filter { $0.table == table }
        switch format {
        case .jsonl:
            columns = all
        case .csv:
            var reader = try CSVReader(path: path)
            let header = try reader.next()?.fields.map { String(decoding: $0, as: UTF8.self) } ?? []
            columns = all.filter { header.contains($0.key) }
            let missing = all.filter { $0.need != .optional && !header.contains($0.key) }.map(\.key)
            guard missing.isEmpty else {
                throw MigrationError(
                    .inventoryUnreadable,
                    "\(path), line 1: the header lacks \(missing.joined(separator: ", ")); it has "
                        + (header.isEmpty ? "nothing" : header.joined(separator: ", "))
                        + ". --print-queries prints queries that make such a file"
                )
            }
        }
    }

    /// Hands out the rows: the values of `columns`, in their order, or what is wrong with a row.
    func read(_ body: (_ line: Int, Result<[DatabaseValue], RowFault>) throws -> Void) throws {
        switch format {
        case .csv: try readRecords(body)
        case .jsonl: try readObjects(body)
        }
    }

    /// Why a row cannot be used.
    struct RowFault: Error {
        let reason: String
    }

    private func readRecords(_ body: (Int, Result<[DatabaseValue], RowFault>) throws -> Void) throws {
        var reader = try CSVReader(path: path)
        guard let header = try reader.next() else { return }
        let names = header.fields.map { String(decoding: $0, as: UTF8.self) }
        let positions = columns.compactMap { column in names.firstIndex(of: column.key) }
        while let record = try reader.next() {
            if let fault = record.fault {
                try body(record.line, .failure(RowFault(reason: fault)))
                continue
            }
            guard record.fields.count == names.count else {
                let reason = "it has \(record.fields.count) fields, and the header has \(names.count)"
                try body(record.line, .failure(RowFault(reason: reason)))
                continue
            }
            let texts = positions.map { String(validating: record.fields[$0], as: UTF8.self) }
            guard !texts.contains(nil) else {
                try body(record.line, .failure(RowFault(reason: "it is not written in UTF-8")))
                continue
            }
            try body(record.line, .success(texts.map { $0.databaseValue }))
        }
    }

    private func readObjects(_ body: (Int, Result<[DatabaseValue], RowFault>) throws -> Void) throws {
        var reader = try LineReader(path: path)
        while let line = try reader.next() {
            guard let bytes = line.bytes, let members = JSONScalar.members(of: bytes) else {
                let reason =
                    line.bytes == nil
                    ? "it is longer than \(LineReader.longestLine) bytes" : "it is no JSON object of plain values"
                try body(line.number, .failure(RowFault(reason: reason)))
                continue
            }
            let values = columns.map { members[$0.key] ?? .nothing }
            // No column of a database has one, and what it says would be gone without a word.
            if let index = values.firstIndex(where: \.isObject) {
                let reason = "its \"\(columns[index].key)\" is an object, and no plain value"
                try body(line.number, .failure(RowFault(reason: reason)))
                continue
            }
            try body(line.number, .success(values.map(\.databaseValue)))
        }
    }
}
