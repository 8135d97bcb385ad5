import GRDB
import Testing

@testable import Catalog

/// What is read of the first row of a query, where it lies.
struct FirstRowTests {
    @Test func `the values are those of the row, and the statement is done with then`() throws {
        let database = try DatabaseQueue()
        // Longer than what a string keeps in itself.
        let texts = (0..<3).map { "\($0)" + String(repeating: "é", count: 300) }
        try database.write { db in
            try db.execute(sql: "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)")
            for text in texts { try db.run(sql: "INSERT INTO note (text) VALUES (?)", arguments: [text]) }
            // The same compiled statement each time, with rows behind the one that is read.
            for (index, text) in texts.enumerated() {
                let found = try db.first(
                    sql: "SELECT text, id FROM note WHERE id >= ? ORDER BY id",
                    arguments: [index + 1]
                ) { row in (try row.decode(String.self, atIndex: 0), try row.decode(Int.self, atIndex: 1)) }
                #expect(found?.0 == text)
                #expect(found?.1 == index + 1)
            }
            let none = try db.first(sql: "SELECT text FROM note WHERE id = ?", arguments: [9]) { row in
                try row.decode(String.self, atIndex: 0)
            }
            #expect(none == nil)
            // SQLite refuses that while a query of the table is under way.
            try db.execute(sql: "DROP TABLE note")
        }
    }
}
