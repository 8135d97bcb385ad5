import Foundation
import GRDB
import TestSupport
import Testing

@testable import Migration

struct MigrationJournalTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private var path: String { directory.file("migration.sqlite") }

    private func open(
        source: String = "directory:/srv/media",
        target: String = "s3:http://localhost:1/new"
    ) throws
        -> MigrationJournal
    {
        try MigrationJournal.open(path: path, source: source, target: target)
    }

    private func item(_ location: String, to key: String, byteCount: Int64? = 10) -> MigrationItem {
        MigrationItem(location: location, targetKey: key, byteCount: byteCount)
    }

    @Test func `commits are durable`() async throws {
        let journal = try open()
        let settings = try await journal.pool.writeWithoutTransaction { db in
            [try String.fetchOne(db, sql: "PRAGMA journal_mode"), try String.fetchOne(db, sql: "PRAGMA synchronous")]
        }
        #expect(settings == ["wal", "2"])
    }

    @Test func `what is added twice is there once, and new facts replace the old until it arrived`() async throws {
        let journal = try open()
        #expect(try await journal.add([item("a", to: "1"), item("b", to: "2")]) == 2)
        #expect(try await journal.add([item("a", to: "1", byteCount: 25), item("c", to: "3")]) == 1)
        let rows = try await journal.rows()
        #expect(rows.map(\.item.location) == ["a", "b", "c"])
        #expect(rows.map(\.byteCount) == [25, 10, 10])
        #expect(try await journal.totals().planned == MigrationTotals.Amount(objects: 3, bytes: 45))
    }

    @Test func `of two items with one key the second is a conflict, also after a retry`() async throws {
        let journal = try open()
        #expect(try await journal.add([item("a", to: "k"), item("b", to: "k"), item("bad", to: "x/../y")]) == 3)
        #expect(try await journal.add([item("b", to: "k")]) == 0)
        let failures = try await journal.failures()
        #expect(failures.map(\.item.location) == ["b", "bad"])
        #expect(failures.map(\.state) == [.conflict, .conflict])
        #expect(failures.map(\.failure?.code) == [.targetTaken, .invalidArgument])
        #expect(failures[0].failure?.message.contains("a goes to the same key k") == true)
        #expect(try await journal.retry() == 0)
        #expect(try await journal.totals().remaining.objects == 1)
    }

    @Test func `both normal forms of a name are two keys`() async throws {
        let journal = try open()
        #expect(try await journal.add([item("\u{FC}", to: "\u{FC}"), item("u\u{308}", to: "u\u{308}")]) == 2)
        #expect(try await journal.rows().map(\.state) == [.planned, .planned])
    }

    @Test(arguments: [
        (MigrationJournal.folders, 0), (MigrationJournal.belowArrived, 0), (MigrationJournal.below, 2),
    ])
    func `keys below others are looked for by the keys' index, not through all that is to be sent`(
        sql: String,
        keyCount: Int
    ) async throws {
        let journal = try open()
        let steps = try await journal.pool.read { db in
            let keys = StatementArguments(Array(repeating: "a", count: keyCount))
            return try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(sql)", arguments: keys)
                .map { row -> String in row["detail"] }
        }
        #expect(
            steps.contains { $0.contains("object_key") && $0.contains("target_key>? AND target_key<?") },
            "\(steps)"
        )
    }

    @Test func `a second run on the same journal is refused, looking at it is not`() async throws {
        let journal = try open()
        _ = try await journal.add([item("a", to: "1")])
        let error = try #require(throws: MigrationError.self) { try open() }
        #expect(error.code == .journal)
        #expect(error.message.contains("in use by another run"))
        let reader = try MigrationJournal.openForReading(path: path)
        #expect(reader.source == "directory:/srv/media")
        #expect(try await reader.totals().planned.objects == 1)
        let refusal = try await #require(throws: MigrationError.self) { _ = try await reader.retry() }
        #expect(refusal.message == "\(path) was opened for reading")
    }

    @Test func `another source or target is refused, with both names`() throws {
        _ = try open()
        for (source, target, name) in [
            ("directory:/other", "s3:http://localhost:1/new", "directory:/other"),
            ("directory:/srv/media", "s3:http://localhost:1/old", "s3:http://localhost:1/old"),
        ] {
            let error = try #require(throws: MigrationError.self) { try open(source: source, target: target) }
            #expect(error.code == .journal)
            #expect(error.message.hasSuffix("not \(name)"))
        }
        let same = try #require(throws: MigrationError.self) { try open(source: "s3:x", target: "s3:x") }
        #expect(same.code == .invalidArgument)
    }

    @Test func `a journal of a newer release and another database are refused`() throws {
        _ = try open()
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in try db.execute(sql: "UPDATE meta SET value = '2' WHERE name = 'schema'") }
        try queue.close()
        let newer = try #require(throws: MigrationError.self) { try open() }
        #expect(newer.message.contains("schema 2, this one knows 1"))

        let other = directory.file("other.sqlite")
        let foreign = try DatabaseQueue(path: other)
        try foreign.write { db in try db.execute(sql: "CREATE TABLE chat (id INTEGER)") }
        try foreign.close()
        let error = try #require(throws: MigrationError.self) {
            try MigrationJournal.open(path: other, source: "directory:/a", target: "s3:b")
        }
        #expect(error.message == "\(other) is not a migration's journal")
        let none = try #require(throws: MigrationError.self) {
            try MigrationJournal.openForReading(path: directory.file("none"))
        }
        #expect(none.message.contains("there is no journal"))
    }

    @Test func `speed is cut into equal stretches`() async throws {
        let journal = try open()
        _ = try await journal.add((0..<10).map { item("\($0)", to: "\($0)", byteCount: 100) })
        try await journal.pool.writeWithoutTransaction { db in
            try db.execute(sql: "UPDATE object SET state = 'recorded', verified_at = 1000 + (id - 1) * 100")
        }
        let speed = try await journal.speed(buckets: 2)
        #expect(speed.map(\.amount) == Array(repeating: MigrationTotals.Amount(objects: 5, bytes: 500), count: 2))
        #expect(speed.first?.start == Date(timeIntervalSince1970: 1))
        #expect(speed.last?.end == Date(timeIntervalSince1970: 1.901))
        #expect(try await journal.totals().done == MigrationTotals.Amount(objects: 10, bytes: 1000))
    }

    @Test func `what an inventory complained of is kept until it is read again`() async throws {
        let journal = try open()
        #expect(try await journal.complaints() == NotedComplaints())
        let complaints = (0..<1200)
            .map { MigrationComplaint(kind: .missing, subject: "line \($0)", reason: "is not there") }
        let time = Date(timeIntervalSince1970: 1_700_000_000.125)
        try await journal.noteComplaints(complaints, count: 5000, at: time)
        let reader = try MigrationJournal.openForReading(path: path)
        let noted = try await reader.complaints()
        #expect(noted.count == 5000)
        #expect(noted.first == Array(complaints.prefix(1000)))
        #expect(noted.notedAt == time)
        let report = try await MigrationReport.make(of: reader, outcome: "x")
        #expect(report.complaintCount == 5000)
        #expect(report.complaints.count == 1000)
        let remark = MigrationComplaint(kind: .missing, subject: "row", reason: "no thumbnail", isRemark: true)
        try await journal.noteComplaints([remark], count: 0, remarkCount: 2000)
        #expect(try await reader.complaints().first == [])
        #expect(try await reader.complaints().remarks == [remark])
        #expect(try await reader.complaints().remarkCount == 2000)
        try await journal.noteComplaints([], count: 0)
        #expect(try await reader.complaints().count == 0)
        #expect(try await reader.complaints().first == [])
    }

    @Test func `a journal that was begun before complaints were kept takes them in`() async throws {
        let first = try open()
        try await first.close()
        let queue = try DatabaseQueue(path: path)
        try await queue.write { db in try db.execute(sql: "DROP TABLE complaint") }
        try queue.close()
        let reader = try MigrationJournal.openForReading(path: path)
        #expect(try await reader.complaints() == NotedComplaints())
        let journal = try open()
        try await journal.noteComplaints([MigrationComplaint(kind: .invalid, subject: "a", reason: "b")], count: 1)
        #expect(try await journal.complaints().first.map(\.subject) == ["a"])
    }
}
