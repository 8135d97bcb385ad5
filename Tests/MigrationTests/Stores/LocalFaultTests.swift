import Foundation
import GRDB
import TestSupport
import Testing

@testable import Migration

/// What cannot be written on this machine is told with its path, the reason and what to do.
struct LocalFaultTests {
    @Test(arguments: [
        (
            POSIXErrorCode.ENOSPC,
            "/r cannot be written: No space left on device; make room there, or name another place"
        ),
        (
            .EACCES,
            "/r cannot be written: Permission denied; give this user the right to write there, or name another place"
        ),
        (.EROFS, "/r cannot be written: Read-only file system; name a place that can be written to"),
        (.ENOENT, "/r cannot be written: No such file or directory; make the folder first, or name another place"),
        (.EISDIR, "/r cannot be written: Is a directory; something else has that name: name another place"),
    ])
    func `a number of the system's becomes a line`(code: POSIXErrorCode, line: String) {
        #expect("\(LocalFault("/r", POSIXError(code)))" == line)
        let error = MigrationError(
            writing: "/r",
            CocoaError(
                .fileWriteUnknown,
                userInfo: [
                    NSUnderlyingErrorKey: POSIXError(code)
                ]
            )
        )
        #expect(error.code == .outputUnwritable)
        #expect(error.message == line)
        #expect(MigrationExit(error.code).rawValue == 1)
    }

    @Test func `a file handle on a full device tells the same`() throws {
        let file = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let error = try #require(throws: (any Error).self) { try file.write(contentsOf: Data([1])) }
        #expect("\(LocalFault("the output", error))".hasPrefix("the output cannot be written: No space left on device"))
    }

    @Test func `a report is whole or not there, and a folder in its place is told`() throws {
        let directory = try TemporaryDirectory()
        let report = MigrationReport(
            source: "directory:/a",
            target: "s3:b",
            madeAt: Date(timeIntervalSince1970: 0),
            outcome: "Done.",
            totals: MigrationTotals()
        )
        try ReportFile.write(ReportPage(report), to: directory.file("r.html"))
        #expect(try String(contentsOfFile: directory.file("r.html"), encoding: .utf8) == ReportPage(report).html)
        try FileManager.default.createDirectory(atPath: directory.file("f.html"), withIntermediateDirectories: false)
        let error = try #require(throws: MigrationError.self) {
            try ReportFile.write(ReportPage(report), to: directory.file("f.html"))
        }
        #expect(error.code == .outputUnwritable)
        #expect(error.message.hasPrefix("\(directory.file("f.html")) cannot be written: "))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == ["f.html", "r.html"])
    }

    @Test func `a journal without a folder to be in says which and what to do`() throws {
        let error = try #require(throws: MigrationError.self) {
            try MigrationJournal.open(path: "/dev/null/j.sqlite", source: "directory:/a", target: "s3:b")
        }
        #expect(error.code == .journal)
        #expect(error.message.contains("/dev/null/j.sqlite"))
        #expect(error.message.contains("name another place"))
    }

    @Test func `a journal that has no room says so, and what is in it can be read`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("j.sqlite")
        let journal = try MigrationJournal.open(path: path, source: "directory:/a", target: "s3:b")
        _ = try await journal.add([MigrationItem(location: "first", targetKey: "first")])
        // No page more than there are: SQLite says that it is full.
        try await journal.pool.writeWithoutTransaction { db in
            let count = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            try db.execute(sql: "PRAGMA max_page_count = \(count)")
        }
        let error = try await #require(throws: MigrationError.self) {
            for number in 0..<200 {
                _ = try await journal.add([
                    MigrationItem(location: "\(number)", targetKey: String(repeating: "k", count: 900) + "\(number)")
                ])
            }
        }
        #expect(error.code == .journal)
        #expect(error.message.contains("the journal \(path) cannot be written: No space left on device"))
        #expect(try await journal.totals().planned.objects >= 1)
    }
}
