import Catalog
import Foundation
import GRDB

/// Goes over the tables of a Django project, a page at a time.
///
/// No transaction is open while a page is worked on, so that the project's own writes wait for the reading of one page at
/// most. What is added behind the point that has been reached is still found; a second run finds the rest.
struct DjangoReader: Sendable {
    let queue: DatabaseQueue
    let tables: DjangoTables
    let options: DjangoOptions
    let files: (any ObjectStore)?
    /// The rows came from files of an export, and know the number of their line.
    let isExport: Bool
    /// When records without a time of their own are made known.
    let now = Date().wholeMilliseconds

    /// Rows in a page.
    static let pageSize = 500

    /// The user who is named where the old system has none any more: no name of Django's can be written so.
    static let absentUser = "(deleted)"

    /// The column of an export's rows that holds the number of their line.
    static let lineColumn = "satchel_line"

    func read(_ body: (InventoryBatch) async throws -> Void) async throws {
        try await readPages(of: .conversation) { last in
            let page = try await conversations(after: last)
            return (page.batch, page.last)
        } body: { batch in
            try await body(batch)
        }
        try await readStrangers(body)
        try await readPages(of: .message) { last in
            let page = try await messages(after: last)
            return (page.batch, page.last)
        } body: { batch in
            try await body(batch)
        }
        try await readPages(of: .attachment) { last in
            let page = try await drafts(after: last)
            var batch = InventoryBatch()
            batch.complaints = page.complaints
            for result in try await AttachmentMaker(files: files).make(page.drafts) {
                batch.take(result)
            }
            return (batch, page.last)
        } body: { batch in
            try await body(batch)
        }
    }

    /// Hands out pages until there is none.
    private func readPages(
        of table: DjangoSchema.Table,
        page: (DatabaseValue) async throws -> (InventoryBatch, DatabaseValue?),
        body: (InventoryBatch) async throws -> Void
    ) async throws {
        var last = DatabaseValue.null
        while true {
            try Task.checkCancellation()
            let (batch, end) = try await page(last)
            guard let end else { return }
            last = end
            try await body(batch)
        }
    }

    /// Fetches the rows of one query after another, in one snapshot; each may use what the one before found.
    ///
    /// The project may hold its database locked for longer than is waited for.
    func fetch<Value: Sendable>(_ work: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await queue.read(work)
        } catch let error as DatabaseError {
            throw MigrationError(
                .inventoryUnreadable,
                "the database cannot be read: \(ForeignDatabase.reason(error))",
                isTransient: error.resultCode == .SQLITE_BUSY
            )
        }
    }

    /// What a complaint calls a row.
    func subject(_ table: DjangoSchema.Table, _ id: ForeignValue, line: ForeignValue) -> String {
        if isExport, let line = line.text { return "\(table.exportName), line \(line)" }
        let name = id.uuid?.text ?? id.text ?? "without an id"
        return "\(tables.title(of: table)) \(name)"
    }

    /// The column with the row's line in an export.
    func line(of alias: String) -> String {
        isExport ? "\(alias).\(Self.lineColumn.quotedDatabaseIdentifier)" : "NULL"
    }

    /// The condition and the order that make pages of a table's rows by a key: those after the last one, or the first.
    ///
    /// The condition is one that SQLite looks up in the key's index.
    func paging(by key: String, after last: DatabaseValue) -> String {
        let start = last.isNull ? "\(key) IS NOT NULL" : "\(key) > :last"
        return "\(start) ORDER BY \(key) LIMIT \(Self.pageSize)"
    }

    /// The arguments of a query with such a condition.
    func pageArguments(after last: DatabaseValue) -> StatementArguments {
        last.isNull ? [] : ["last": last]
    }

    /// The user of a column: what to select, and what to join for it.
    func user(_ column: DjangoSchema.Column, of alias: String, as name: String) -> (select: String, join: String) {
        let id = tables.quoted(column, of: alias)
        guard options.usesNames else { return (id, "") }
        return (
            tables.quoted(.userName, of: name),
            "LEFT JOIN \(tables.quoted(.user)) \(name) ON \(tables.quoted(.userID, of: name)) = \(id)"
        )
    }

    /// The user that the value names, if it is one that the catalog can keep.
    func user(_ value: ForeignValue) -> String? {
        guard let user = options.usesNames ? value.text : value.user, user.unicodeScalars.count <= 255 else {
            return nil
        }
        return user
    }
}
