import Foundation
import Glibc
import Migration
import NIOCore
import Synchronization
import TestSupport
import Testing

struct DirectoryStoreTests {
    private func list(_ store: DirectoryStore) async throws -> (locations: [String], complaints: [MigrationComplaint]) {
        var locations: [String] = []
        var complaints: [MigrationComplaint] = []
        try await store.list(complaining: { complaints.append($0) }) { page in
            locations += page.map(\.location)
        }
        return (locations, complaints)
    }

    private func read(_ store: DirectoryStore, _ location: String, from offset: Int64 = 0) async throws -> String {
        var text = ""
        try await store.read(location, from: offset) { text += String(decoding: $0.readableBytesView, as: UTF8.self) }
        return text
    }

    @Test func `a name that no file can have is that of a missing one`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("x", to: "a")
        let store = try DirectoryStore(path: directory.path)
        #expect(try await store.head(String(repeating: "e\u{301}", count: 100) + ".txt") == nil)
    }

    @Test func `files come in the order of their paths' bytes`() async throws {
        let directory = try TemporaryDirectory()
        // A slash sorts behind a hyphen and a dot, and before letters and digits.
        let names = ["a", "a-b", "a.txt", "a/b", "a/c/d", "ab", "b", "B", "\u{FC}", "u\u{308}", "u"]
        try FileManager.default.createDirectory(atPath: directory.file("x"), withIntermediateDirectories: true)
        for name in names where name != "a" { try directory.write("x", to: name) }
        let listed = try await list(try DirectoryStore(path: directory.path))
        let wanted = names.filter { $0 != "a" }.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
        #expect(listed.locations.map { Array($0.utf8) } == wanted)
        #expect(listed.complaints.isEmpty)
    }

    @Test func `a name that is no UTF-8 can be listed and read, and both normal forms are two files`() async throws {
        let directory = try TemporaryDirectory()
        let raw = Array("\(directory.path)/caf".utf8) + [0xE9] + Array(".txt".utf8)
        let file = (raw.map { CChar(bitPattern: $0) } + [0])
            .withUnsafeBufferPointer { name in
                name.baseAddress.map { open($0, O_WRONLY | O_CREAT, 0o600) } ?? -1
            }
        try #require(file >= 0)
        #expect(Glibc.write(file, "latin", 5) == 5)
        close(file)
        try directory.write("composed", to: "\u{FC}")
        try directory.write("decomposed", to: "u\u{308}")
        let store = try DirectoryStore(path: directory.path)
        let listed = try await list(store).locations
        #expect(listed.map { Array($0.utf8) } == ["caf\u{EFE9}.txt", "u\u{308}", "\u{FC}"].map { Array($0.utf8) })
        #expect(try await read(store, "caf\u{EFE9}.txt") == "latin")
        #expect(try await read(store, "\u{FC}") == "composed")
        #expect(try await read(store, "u\u{308}", from: 2) == "composed")
    }

    @Test func `links that leave the directory are refused and told, one to a file inside is that file`() async throws {
        let directory = try TemporaryDirectory()
        let outside = try TemporaryDirectory()
        try outside.write("x", to: "secret")
        try directory.write("within", to: "inside/file")
        for (name, aim) in [
            ("leaving", outside.file("secret")), ("staying", "inside/file"), ("folder", "inside"),
            ("dangling", "nowhere"),
        ] {
            try FileManager.default.createSymbolicLink(atPath: directory.file(name), withDestinationPath: aim)
        }
        let store = try DirectoryStore(path: directory.path)
        let listed = try await list(store)
        #expect(listed.locations == ["inside/file", "staying"])
        #expect(listed.complaints.map(\.subject) == ["dangling", "folder", "leaving"])
        #expect(listed.complaints.map(\.kind) == [.missing, .unreadable, .unreadable])
        #expect(try await read(store, "staying") == "within")
        let above = "../\(outside.path.split(separator: "/").last ?? "")/secret"
        for location in ["leaving", above, "/etc/passwd", "./staying", "inside//file", ""] {
            let error = try await #require(throws: MigrationError.self) { _ = try await read(store, location) }
            #expect(error.code == .sourceUnreadable)
            #expect(error.message.contains("leads out of the directory"))
        }
    }

    @Test func `deleting removes a link and not its file, and what is not there counts as deleted`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("x", to: "file")
        try FileManager.default.createSymbolicLink(atPath: directory.file("link"), withDestinationPath: "file")
        let store = try DirectoryStore(path: directory.path)
        try await store.delete("link")
        try await store.delete("link")
        #expect(try await list(store).locations == ["file"])
        #expect(try await store.head("link") == nil)
    }

    @Test func `of an empty directory nothing is said to be missing, for it may not be mounted`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("x", to: "a")
        let store = try DirectoryStore(path: directory.path)
        #expect(try await store.head("b") == nil)
        try FileManager.default.removeItem(atPath: directory.file("a"))
        for call in [
            { _ = try await store.head("a") }, { try await store.delete("a") },
            { try await store.read("a", from: 0) { _ in } },
        ] as [@Sendable () async throws -> Void] {
            let error = try await #require(throws: MigrationError.self) { try await call() }
            #expect(error.code == .sourceUnreadable)
            #expect(error.isTransient)
            #expect(error.message.hasSuffix("is empty or away: is it mounted?"))
        }
    }

    @Test func `what is no directory is refused`() throws {
        let directory = try TemporaryDirectory()
        let error = try #require(throws: MigrationError.self) { try DirectoryStore(path: directory.file("none")) }
        #expect(error.code == .invalidArgument)
        #expect(error.message.hasPrefix("\(directory.file("none")) cannot be used as a directory"))
    }

    @Test func `the identity is the same through a link`() throws {
        let directory = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: directory.file("real"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: directory.file("link"), withDestinationPath: "real")
        let identity = try DirectoryStore(path: directory.file("real")).identity
        #expect(identity.hasPrefix("directory:/"))
        #expect(try DirectoryStore(path: directory.file("link") + "/").identity == identity)
    }
}
