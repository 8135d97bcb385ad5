import Catalog
import Foundation
import TestSupport
import Testing

@testable import Migration

/// What a list of a directory has to tell beside its files.
struct ListedPlaceTests {
    private func folder() throws -> (directory: TemporaryDirectory, elsewhere: TemporaryDirectory) {
        let (directory, elsewhere) = (try TemporaryDirectory(), try TemporaryDirectory())
        try directory.write("x", to: "2023/1.txt")
        try elsewhere.write("y", to: "2.txt")
        try FileManager.default.createSymbolicLink(
            atPath: directory.file("2022"),
            withDestinationPath: elsewhere.path
        )
        return (directory, elsewhere)
    }

    @Test func `what is there and cannot be brought is complained of, with an owner and without`() async throws {
        let (directory, elsewhere) = try folder()
        let store = try DirectoryStore(path: directory.path)
        let owner = BareInventory.Owner(messageID: UUID.version7(), userID: "ann")
        for inventory in [BareInventory(store: store), BareInventory(store: store, owner: owner)] {
            let found = try await all(of: inventory)
            #expect(found.items.map(\.location) == ["2023/1.txt"])
            #expect(found.complaints.map(\.kind) == [.unreadable])
            #expect(found.complaints.map(\.subject) == ["2022"])
        }
        #expect(FileManager.default.fileExists(atPath: elsewhere.file("2.txt")))
    }

    @Test func `also where there is nothing else`() async throws {
        let (directory, elsewhere) = try folder()
        try FileManager.default.removeItem(atPath: directory.file("2023"))
        let found = try await all(of: BareInventory(store: try DirectoryStore(path: directory.path)))
        #expect(found.items.isEmpty)
        #expect(found.complaints.map(\.subject) == ["2022"])
        #expect(FileManager.default.fileExists(atPath: elsewhere.file("2.txt")))
    }

    @Test(.enabled(if: getuid() != 0, "root may read every folder"))
    func `a folder that may not be read is complained of`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("x", to: "2023/1.txt")
        try directory.write("y", to: "2024/2.txt")
        // The file system's own is none of the files'; below the root it is a folder as any other.
        for name in ["lost+found", "2023/lost+found"] {
            try FileManager.default.createDirectory(atPath: directory.file(name), withIntermediateDirectories: false)
        }
        let closed = ["2024", "lost+found", "2023/lost+found"].map(directory.file)
        for path in closed { try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path) }
        let found = try await all(of: BareInventory(store: try DirectoryStore(path: directory.path)))
        for path in closed { try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path) }
        #expect(found.items.map(\.location) == ["2023/1.txt"])
        #expect(found.complaints.map(\.subject) == ["2023/lost+found", "2024"])
    }

    @Test func `a plan tells of it once`() async throws {
        let (directory, elsewhere) = try folder()
        let store = try DirectoryStore(path: directory.path)
        let plan = try await MigrationPlan.make(of: BareInventory(store: store), source: store)
        #expect(plan.complaintCounts == [.unreadable: 1])
        #expect(plan.objects.objects == 1)
        #expect(!plan.isEmpty)
        #expect(FileManager.default.fileExists(atPath: elsewhere.file("2.txt")))
    }

    @Test func `a plan by records tells of a folder that it cannot look through`() async throws {
        let project = try OldProject()
        try project.add(1, file: "1.png", bytes: SampleBytes.png)
        let elsewhere = try TemporaryDirectory()
        try FileManager.default.createSymbolicLink(
            atPath: project.media.file("old"),
            withDestinationPath: elsewhere.path
        )
        let store = try DirectoryStore(path: project.media.path)
        let plan = try await MigrationPlan.make(of: try project.inventory(files: store), source: store)
        #expect(plan.complaintCounts == [.unreadable: 1])
        #expect(plan.complaints.map(\.subject) == ["old"])
    }

    @Test func `a place without anything makes an empty plan`() async throws {
        let directory = try TemporaryDirectory()
        let store = try DirectoryStore(path: directory.path)
        #expect(try await MigrationPlan.make(of: BareInventory(store: store), source: store).isEmpty)
    }
}
