import Catalog
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

/// Private copies, and what only reading leaves.
struct ScratchFolderTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// What was told of folders that could not be removed.
    private final class Warnings: Sendable {
        private let lines = Mutex<[String]>([])

        var all: [String] { lines.withLock { $0 } }

        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private let warnings = Warnings()

    private func makeFolder(in parent: URL) throws(CatalogError) -> ScratchFolder {
        try ScratchFolder(in: parent) { [warnings] in warnings.add($0) }
    }

    private var parent: URL { URL(fileURLWithPath: directory.file("tmp"), isDirectory: true) }

    private func names() throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: parent.path))
    }

    @Test func `a folder is nobody else's, and goes with the value`() throws {
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        do {
            let scratch = try makeFolder(in: parent)
            let mode = try FileManager.default.attributesOfItem(atPath: scratch.url.path)[.posixPermissions] as? Int
            #expect(mode == 0o700)
            try Data("x".utf8).write(to: scratch.url.appendingPathComponent("copy.sqlite"))
            #expect(try names() == [scratch.url.lastPathComponent])
        }
        #expect(try names() == [])
        let missing = parent.appendingPathComponent("none")
        let error = #expect(throws: CatalogError.self) { try makeFolder(in: missing) }
        #expect(error?.code == .cannotOpen)
    }

    @Test func `what a dead process left goes with the next, and what a living one has stays`() throws {
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        // As one looks that nobody has locked.
        let living = try makeFolder(in: parent)
        let abandoned = ".satchel-scratch-\(UUID().uuidString.lowercased())"
        let others = [".satchel-scratch-notes", "satchel-scratch-\(UUID().uuidString)", "photos"]
        for name in [abandoned] + others {
            let folder = parent.appendingPathComponent(name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data("x".utf8).write(to: folder.appendingPathComponent("copy.sqlite"))
        }
        let next = try makeFolder(in: parent)
        #expect(try names() == Set(others + [living, next].map(\.url.lastPathComponent)))
        living.remove()
        next.remove()
        #expect(try names() == Set(others))
        #expect(warnings.all.isEmpty)
    }

    /// Whether a file can be made that also root cannot remove.
    private static let canHoldFast: Bool = {
        guard let directory = try? TemporaryDirectory() else { return false }
        let canHold = change(directory.path, "+i")
        return change(directory.path, "-i") && canHold
    }()

    /// Sets or takes away an attribute of a file (chattr); false where that cannot be.
    private static func change(_ path: String, _ attribute: String) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/chattr")
        process.arguments = [attribute, path]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    @Test(.enabled(if: Self.canHoldFast, "it takes root, and a file system with immutable files"))
    func `of a folder that cannot be removed is told once, by its process and by the next`() throws {
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        var scratch: ScratchFolder? = try makeFolder(in: parent)
        let path = try #require(scratch?.url.path)
        let copy = "\(path)/copy.sqlite"
        try Data("x".utf8).write(to: URL(fileURLWithPath: copy))
        #expect(Self.change(copy, "+i"))
        defer { _ = Self.change(copy, "-i") }
        scratch?.remove()
        scratch = nil
        #expect(warnings.all.count == 1)
        #expect(warnings.all.first?.hasPrefix("\(path) may hold a copy of a database and cannot be removed: ") == true)
        try makeFolder(in: parent).remove()
        #expect(warnings.all.count == 2)
        #expect(Self.change(copy, "-i"))
        try makeFolder(in: parent).remove()
        #expect(warnings.all.count == 2)
        #expect(try names() == [])
    }

    /// A database that says that it has a log, with or without one, and no connection.
    private func copied(withLog: Bool) throws -> String {
        let original = directory.file("original.sqlite")
        let queue = try DatabaseQueue(path: original)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL; CREATE TABLE song (title TEXT)")
            if !withLog { try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        }
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        for ending in withLog ? ["", "-wal"] : [""] {
            try FileManager.default.copyItem(
                atPath: original + ending,
                toPath: parent.appendingPathComponent("copy.sqlite").path + ending
            )
        }
        try queue.close()
        return parent.appendingPathComponent("copy.sqlite").path
    }

    @Test(arguments: [true, false])
    func `a look at a file leaves nothing beside it`(withLog: Bool) throws {
        let path = try copied(withLog: withLog)
        let before = try names()
        #expect(before == (withLog ? ["copy.sqlite", "copy.sqlite-wal"] : ["copy.sqlite"]))
        let report = try Catalog.check(path: path)
        #expect(report.tables.map(\.name) == ["song"])
        #expect(try names() == before)
        // It is no database of this program, which is found by reading it.
        #expect(throws: CatalogError.self) { try Catalog.restore(path, to: directory.file("restored.sqlite")) }
        #expect(try names() == before)
    }

    @Test func `what a connection is just opening stays as it is`() throws {
        let path = try copied(withLog: false)
        let traces = ReadTraces(of: path)
        for ending in ["-wal", "-shm"] { #expect(FileManager.default.createFile(atPath: path + ending, contents: nil)) }
        // As SQLite's connections do first: a shared lock on the database's file.
        let descriptor = Glibc.open(path, O_RDWR | O_CLOEXEC)
        var range = Glibc.flock()
        range.l_type = Int16(F_RDLCK)
        range.l_whence = Int16(SEEK_SET)
        range.l_start = 0x4000_0002
        range.l_len = 510
        let openFileLock: Int32 = 37
        #expect(fcntl(descriptor, openFileLock, &range) == 0)
        traces.remove()
        #expect(try names() == ["copy.sqlite", "copy.sqlite-shm", "copy.sqlite-wal"])
        close(descriptor)
        traces.remove()
        #expect(try names() == ["copy.sqlite"])
    }

    @Test func `what another connection has open stays as it is`() throws {
        let path = try copied(withLog: true)
        let traces = ReadTraces(of: path)
        let queue = try DatabaseQueue(path: path)
        #expect(try queue.read { db in try db.tableExists("song") })
        traces.remove()
        #expect(try names().contains("copy.sqlite-shm"))
        _ = try Catalog.check(path: path)
        #expect(try names().contains("copy.sqlite-shm"))
        try queue.close()
    }
}
