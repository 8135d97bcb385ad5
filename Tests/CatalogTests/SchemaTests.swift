import Catalog
import Foundation
import TestSupport
import Testing

struct SchemaTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("catalog.sqlite")
    }

    /// Everything that the schema consists of, without SQLite's own tables.
    private func schema() throws -> [String] {
        try fetchTexts(
            "SELECT type || ' ' || name || ': ' || sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY 1",
            at: path
        )
    }

    @Test func `a new file has every step pending and is refused until it is migrated`() throws {
        let catalog = try Catalog.open(path: path)
        let status = try catalog.schemaStatus()
        #expect(status.applied == [])
        let names = SchemaVersion.all.map(\.name)
        #expect(names.prefix(4) == ["001-core", "002-work", "003-activity", "004-renditions"])
        #expect(names == names.sorted())
        #expect(status.pending == names)
        #expect(status.unknown == [])
        let error = #expect(throws: CatalogError.self) { try catalog.requireCurrentSchema() }
        #expect(error?.code == .olderSchema)
        #expect(error?.message.contains(names.joined(separator: ", ")) == true)

        #expect(try catalog.migrate() == names)
        #expect(try catalog.schemaStatus().isCurrent)
        try catalog.requireCurrentSchema()
    }

    @Test func `a column that may be null is null where nothing is said of it`() throws {
        // Rows are inserted without their nulls.
        try Catalog.open(path: path).migrate()
        let others = try fetchTexts(
            """
            SELECT tables.name || '.' || columns.name
            FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
            WHERE tables.type = 'table' AND columns."notnull" = 0 AND columns.dflt_value IS NOT NULL
            """,
            at: path
        )
        #expect(others == [])
    }

    @Test func `migrating again changes nothing`() throws {
        let catalog = try Catalog.open(path: path)
        try catalog.migrate()
        let before = try schema()
        #expect(try catalog.migrate() == [])
        #expect(try schema() == before)
    }

    @Test func `each step back restores the schema from before it, down to the empty file`() throws {
        var before: [[String]] = []
        for count in 0...SchemaVersion.all.count {
            let catalog = try Catalog.open(path: path, versions: Array(SchemaVersion.all.prefix(count)))
            try catalog.migrate()
            before.append(try schema())
            try catalog.close()
        }
        #expect(before.first == [])
        #expect(Set(before).count == SchemaVersion.all.count + 1)

        let catalog = try Catalog.open(path: path)
        for (index, version) in SchemaVersion.all.enumerated().reversed() {
            #expect(try catalog.rollback() == [version.name])
            #expect(try schema() == before[index], "after rolling back \(version.name)")
        }
        #expect(try catalog.rollback() == [])

        try catalog.migrate()
        #expect(try schema() == before.last)
    }

    @Test func `several steps go back in one call, latest first, and no more than there are`() throws {
        let catalog = try Catalog.open(path: path)
        try catalog.migrate()
        #expect(try catalog.rollback(steps: 0) == [])
        let latest = SchemaVersion.all.map(\.name).dropFirst().reversed()
        #expect(try catalog.rollback(steps: latest.count) == Array(latest))
        #expect(try catalog.schemaStatus().applied == ["001-core"])
        let error = #expect(throws: CatalogError.self) { try catalog.requireCurrentSchema() }
        #expect(error?.code == .olderSchema)
        #expect(try catalog.rollback(steps: 5) == ["001-core"])
    }

    @Test func `steps go back under rows that refer to each other`() async throws {
        let fixture = try await CatalogFixture()
        try await fixture.commit(fixture.attachment())
        #expect(try fixture.catalog.rollback(steps: 100).count == SchemaVersion.all.count)
        try fixture.catalog.migrate()
        #expect(try await fixture.catalog.message(id: fixture.message.id) == nil)
    }

    @Test func `a newer schema is refused with the unknown step's name and left alone`() throws {
        let next = SchemaVersion(
            name: "900-next",
            up: "CREATE TABLE next (id INTEGER PRIMARY KEY) STRICT",
            down: "DROP TABLE next"
        )
        let newer = try Catalog.open(path: path, versions: SchemaVersion.all + [next])
        try newer.migrate()
        let before = try schema()

        let catalog = try Catalog.open(path: path)
        #expect(try catalog.schemaStatus().unknown == ["900-next"])
        for attempt in [
            { try catalog.requireCurrentSchema() },
            { _ = try catalog.migrate() },
            { _ = try catalog.rollback() },
        ] as [() throws -> Void] {
            let error = #expect(throws: CatalogError.self) { try attempt() }
            #expect(error?.code == .newerSchema)
            #expect(error?.message.contains("900-next") == true)
            #expect(error?.message.contains("install that release") == true)
        }
        #expect(try schema() == before)

        #expect(try newer.rollback() == ["900-next"])
        try catalog.requireCurrentSchema()
    }

    @Test func `a step that fails leaves nothing of itself and keeps the steps before it`() throws {
        let broken = SchemaVersion(
            name: "901-broken",
            up: "CREATE TABLE half (id INTEGER PRIMARY KEY) STRICT; INSERT INTO nowhere VALUES (1)",
            down: "DROP TABLE half"
        )
        let catalog = try Catalog.open(path: path, versions: SchemaVersion.all + [broken])
        let error = #expect(throws: CatalogError.self) { try catalog.migrate() }
        #expect(error?.message.contains("901-broken") == true)
        #expect(try catalog.schemaStatus().applied == SchemaVersion.all.map(\.name))
        #expect(try schema().contains { $0.contains("half") } == false)
    }

    @Test func `two processes that migrate one file at once both find it current`() async throws {
        let path = self.path
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let catalog = try Catalog.open(path: path)
                    let names = try catalog.migrate()
                    try catalog.requireCurrentSchema()
                    return names.count
                }
            }
            let total = try await group.reduce(0, +)
            #expect(total == SchemaVersion.all.count)
        }
    }

    @Test func `a file that is no database is refused by name`() throws {
        try "this is not a database, however long it may be".write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: CatalogError.self) { try Catalog.open(path: path) }
        #expect(error?.code == .cannotOpen)
        #expect(error?.message.contains(path) == true)
    }

    @Test func `the directory of the file is made when it is missing`() async throws {
        let catalog = try Catalog.open(path: directory.file("data/deeper/catalog.sqlite"))
        try await catalog.ping()
    }
}
