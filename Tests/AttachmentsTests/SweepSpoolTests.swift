import Catalog
import Foundation
import S3
import TestSupport
import Testing

@testable import Attachments

/// What the server's own sweep makes of the spool, while uploads are under way.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct SweepSpoolTests {
    /// Makes a spool file of two days ago, or lets one that is there be of then.
    private func age(_ path: String) throws {
        if !FileManager.default.fileExists(atPath: path) {
            #expect(FileManager.default.createFile(atPath: path, contents: Data("12345".utf8)))
        }
        let time = Date(timeIntervalSinceNow: -2 * 86_400)
        try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: path)
    }

    private func names(in path: String) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: path))
    }

    @Test func `an old file of nobody's is removed, a young one stays`() async throws {
        let fixture = try await ServiceFixture.settled()
        let (old, young) = ("\(UUID().text).spool", "\(UUID().text).spool")
        try age("\(fixture.spoolPath)/\(old)")
        #expect(FileManager.default.createFile(atPath: "\(fixture.spoolPath)/\(young)", contents: Data("1".utf8)))
        try await fixture.service.sweepStorage()
        #expect(try names(in: fixture.spoolPath) == [young])
        let findings = try await fixture.catalog.sweepFindings()
        #expect(findings?[SweepKind.spoolFile.rawValue] == 1)
    }

    @Test func `the copy of an upload under way stays, however slow it is, and the upload comes in`() async throws {
        let fixture = try await ServiceFixture.settled()
        let bytes = document(byteCount: 300_000)
        let view = try await fixture.upload(bytes) { _ in
            let copies = try names(in: fixture.spoolPath)
            #expect(copies.count == 1)
            for name in copies { try age("\(fixture.spoolPath)/\(name)") }
            try await fixture.service.sweepStorage()
            #expect(try names(in: fixture.spoolPath) == copies)
        }
        #expect(try await fixture.storage.bytes(of: view.attachment.objectKey) == bytes)
        #expect(try names(in: fixture.spoolPath).isEmpty)
    }

    @Test func `a copy that is open stays, also where no upload stands for it, and goes with its end`() async throws {
        let fixture = try await ServiceFixture.settled()
        // As media work has one, under a name of its own.
        let id = UUID()
        let file = fixture.service.spool.makeFile(id: id)
        try Array("a copy".utf8).withUnsafeBytes { try file.append($0) }
        let name = "\(id.text).spool"
        try age("\(fixture.spoolPath)/\(name)")
        try await fixture.service.sweepStorage()
        #expect(try names(in: fixture.spoolPath) == [name])
        file.remove()
        #expect(try names(in: fixture.spoolPath).isEmpty)
        #expect(!fixture.service.spool.isOpen(fileName: name))
    }

    @Test func `what an intent stands for stays for the sweep of another process, too`() async throws {
        let fixture = try await ServiceFixture.settled()
        let id = UUID.version7()
        let name = "\(id.text).spool"
        try age("\(fixture.spoolPath)/\(name)")
        // A process that is alive has it: else what it left is taken back first.
        let other = try Catalog.open(path: fixture.directory.file("catalog.sqlite"))
        try await other.registerRunner(.work, processID: 1)
        let intent = UploadIntent(
            id: id,
            objectKey: ObjectKey.original(id: id, at: Date()),
            userID: "ann",
            createdAt: Date()
        )
        try await other.insertIntent(intent)
        try await fixture.service.sweepStorage()
        #expect(try names(in: fixture.spoolPath) == [name])
        _ = try await other.removeIntent(id: id)
        try await fixture.service.sweepStorage()
        #expect(try names(in: fixture.spoolPath).isEmpty)
        try other.close()
    }

    @Test func `the folder of a living process beside the server is its own`() async throws {
        let fixture = try await ServiceFixture.settled()
        let folder = Spool.workFolder(in: fixture.spoolPath, processID: 4711)
        let beside = Spool(directory: folder, quotaBytes: 1 << 20)
        try beside.open()
        let name = "\(UUID().text).spool"
        try age("\(folder)/\(name)")
        try await fixture.service.sweepStorage()
        #expect(try names(in: folder) == [name])
        withExtendedLifetime(beside) {}
    }
}
