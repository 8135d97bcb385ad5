import Catalog
import Foundation
import Media
import NIOCore
import S3
import TestSupport
import Testing

@testable import Attachments

/// The look through the storage with a database of before its objects moved.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct SweepRestoreTests {
    private func makeFixture(
        configure: (inout AttachmentsConfiguration) -> Void = { _ in }
    ) async throws -> ServiceFixture {
        try await ServiceFixture.settled { settings in
            settings.sweep.interval = nil
            configure(&settings)
        }
    }

    private func backup(_ fixture: ServiceFixture) throws {
        _ = try fixture.catalog.backup(to: fixture.directory.file("backup.sqlite"))
    }

    private func restored(_ fixture: ServiceFixture) throws -> Catalog {
        let path = fixture.directory.file("restored.sqlite")
        _ = try Catalog.restore(fixture.directory.file("backup.sqlite"), to: path)
        return try Catalog.open(path: path)
    }

    private func find(_ sweep: Sweep) async throws -> [SweepItem] {
        var items: [SweepItem] = []
        _ = try await sweep.find(now: Date(timeIntervalSinceNow: 5)) { items.append($0) }
        return items
    }

    private func put(_ bytes: [UInt8], _ key: String, _ fixture: ServiceFixture) async throws {
        _ = try await fixture.storage.putObject(
            key: key,
            body: .bytes(ByteBuffer(bytes: bytes)),
            contentType: "application/pdf"
        )
    }

    @Test func `what was revoked since the backup is not deleted, and found again`() async throws {
        let fixture = try await makeFixture()
        let bytes = document(byteCount: 30_000)
        let id = try await fixture.upload(bytes).attachment.id
        let before = try #require(try await fixture.catalog.attachment(id: id))
        try backup(fixture)
        let isOver = try await fixture.service.revoke(id: id, by: fixture.ann).isOver
        #expect(isOver)
        let moved = try #require(try await fixture.catalog.attachment(id: id)).objectKey
        #expect(try await fixture.keys() == [moved])

        let catalog = try restored(fixture)
        let sweep = fixture.makeSweep(of: catalog)
        let items = try await find(sweep)
        #expect(items.map(\.kind) == [.movedObject, .rowWithoutObject])
        #expect(items[0].name == moved)
        #expect(items[0].rowKey == before.objectKey)
        #expect(items[0].attachmentID == id)
        #expect(items[1].name == before.objectKey)
        #expect(items[1].reason.contains("moved_object"))
        let later = Date(timeIntervalSinceNow: 5)
        for item in items { #expect(try await sweep.apply(item, now: later) == .reported) }
        // As a plan of an earlier release calls it.
        var orphan = items[0]
        orphan.kind = .objectWithoutRow
        #expect(try await sweep.apply(orphan, relinking: true, now: later) == .changed)
        #expect(try await fixture.keys() == [moved])
        #expect(try await catalog.attachment(id: id) == before)

        var other = items[0]
        other.etag = "another"
        #expect(try await sweep.apply(other, relinking: true) == .changed)
        #expect(try await sweep.apply(items[1], marking: true) == .marked)
        #expect(try await sweep.apply(items[0], relinking: true) == .relinked)
        #expect(try await sweep.apply(items[0], relinking: true) == .changed)
        #expect(try await sweep.apply(items[1], marking: true) == .changed)
        var after = before
        after.objectKey = moved
        #expect(try await catalog.attachment(id: id) == after)
        #expect(try await fixture.storage.bytes(of: moved) == bytes)
        #expect(try await find(sweep) == [])
    }

    @Test func `other bytes of the same length are not taken for those of a row`() async throws {
        let fixture = try await makeFixture()
        let view = try await fixture.upload(document(byteCount: 3_000))
        let before = try #require(try await fixture.catalog.attachment(id: view.attachment.id))
        let moved = ObjectKey.moved(id: before.id, at: before.uploadedAt)
        try await put(document(byteCount: 3_000, seed: 2), moved, fixture)
        // All that the row refers to is there: this one is nobody's.
        let sweep = fixture.makeSweep()
        #expect(try await find(sweep).map(\.kind) == [.objectWithoutRow])
        try await fixture.storage.deleteObject(key: before.objectKey)
        let item = try #require(try await find(sweep).first)
        #expect(item.kind == .movedObject)
        #expect(try await sweep.apply(item, relinking: true) == .reported)
        #expect(try await fixture.catalog.attachment(id: before.id) == before)
        #expect(try await fixture.keys() == [moved])
    }

    @Test func `an original that a rendition has replaced since the backup costs nothing`() async throws {
        let fixture = try await makeFixture { $0.transcoding.videos = [.small] }
        let attachment = try await fixture.readyVideo(document(byteCount: 9_000), milliseconds: 2000, requests: [])
        try backup(fixture)
        // As the replacement leaves it.
        let rendition = attachment.objectKey.replacingOccurrences(of: ".original", with: ".360p.mp4")
        try await put(document(byteCount: 5_000, seed: 3), rendition, fixture)
        try await fixture.storage.deleteObject(key: attachment.objectKey)

        let catalog = try restored(fixture)
        let sweep = fixture.makeSweep(of: catalog)
        let items = try await find(sweep)
        #expect(items.map(\.kind) == [.movedObject, .rowWithoutObject])
        #expect(items[0].name == rendition)
        #expect(items[0].rowKey == attachment.objectKey)
        let later = Date(timeIntervalSinceNow: 5)
        for item in items { #expect(try await sweep.apply(item, relinking: true, now: later) == .reported) }
        #expect(try await fixture.keys() == [rendition])
    }

    @Test func `renditions are found again with their original`() async throws {
        let fixture = try await makeFixture { $0.transcoding.videos = [.small] }
        let attachment = try await fixture.readyVideo(
            document(byteCount: 3_000),
            milliseconds: 2000,
            requests: ["360p"]
        )
        let (id, film) = (attachment.id, document(byteCount: 700, seed: 4))
        let job = try #require(try await fixture.claimedJob("360p", of: attachment))
        let file = try fixture.encoded(film)
        let encoded = TranscodedFile(
            byteCount: 700,
            milliseconds: 2000,
            width: 640,
            height: 360,
            frameRate: 25,
            codecs: "avc1.64001e",
            headerByteCount: 0,
            segments: []
        )
        try await fixture.service.store(encoded, file, as: .small, of: attachment, job: job)
        file.remove()
        try backup(fixture)
        let isOver = try await fixture.service.revoke(id: id, by: fixture.ann).isOver
        #expect(isOver)
        let revoked = try #require(try await fixture.catalog.attachment(id: id))
        let catalog = try restored(fixture)
        let sweep = fixture.makeSweep(of: catalog)
        for item in try await find(sweep) where item.kind == .movedObject {
            let outcome = try await sweep.apply(item, relinking: true)
            #expect(outcome == .relinked, "\(item)")
        }
        #expect(try await catalog.attachment(id: id)?.objectKeys == revoked.objectKeys)
        #expect(try await fixture.storage.bytes(of: revoked.renditions[0].objectKey) == film)
        #expect(try await find(sweep) == [])
    }

    @Test func `what was deleted before the backup and moved after it can be restored`() async throws {
        let fixture = try await makeFixture {
            $0.deletion = DeletionConfiguration(retention: .seconds(86_400), revokesURLs: true)
        }
        let bytes = document(byteCount: 3_000)
        let view = try await fixture.upload(bytes)
        let (id, key) = (view.attachment.id, view.attachment.objectKey)
        try await fixture.service.delete(id: id, by: fixture.ann)
        try backup(fixture)
        let isMoved = try await fixture.runInBackground { try fixture.catalog.trashed(id: id)?.isRevoking == false }
        #expect(isMoved)
        let isAlone = try await fixture.runInBackground { try await fixture.keys().isDisjoint(with: [key]) }
        #expect(isAlone)
        let catalog = try restored(fixture)
        let sweep = fixture.makeSweep(of: catalog)
        let item = try #require(try await find(sweep).first)
        #expect(item.kind == .movedObject)
        #expect(try await sweep.apply(item, relinking: true) == .relinked)
        #expect(try await find(sweep) == [])
        let trashed = try #require(try catalog.trashed(id: id))
        #expect(trashed.attachment.objectKey == item.name)
        #expect(try await fixture.storage.bytes(of: item.name) == bytes)
    }

    @Test func `a copy that was on its way at the backup is not taken for what a dead upload left`() async throws {
        let fixture = try await makeFixture()
        let view = try await fixture.upload(document(byteCount: 3_000))
        let moved = ObjectKey.moved(id: view.attachment.id, at: view.attachment.uploadedAt)
        let time = Date(timeIntervalSinceNow: -3600)
        try await fixture.catalog.insertIntent(
            UploadIntent(id: .version7(at: time), objectKey: moved, userID: "ann", createdAt: time)
        )
        try backup(fixture)
        try await put(document(byteCount: 3_000), moved, fixture)
        try await fixture.storage.deleteObject(key: view.attachment.objectKey)
        let sweep = fixture.makeSweep(of: try restored(fixture))
        let items = try await find(sweep)
        #expect(items.map(\.kind) == [.movedObject, .rowWithoutObject])
        #expect(try await sweep.apply(items[0]) == .reported)
        #expect(try await fixture.keys() == [moved])
        #expect(try await sweep.apply(items[0], relinking: true) == .relinked)
    }

    @Test func `the periodic sweep leaves alone what a row may need, where it deletes orphans`() async throws {
        let fixture = try await makeFixture {
            $0.sweep = SweepConfiguration(interval: nil, age: .zero, deletesOrphans: true)
        }
        let view = try await fixture.upload(document(byteCount: 3_000))
        let moved = ObjectKey.moved(id: view.attachment.id, at: view.attachment.uploadedAt)
        let orphan = ObjectKey.original(id: .version7(), at: Date())
        for key in [moved, orphan] { try await put(document(byteCount: 3_000), key, fixture) }
        try await fixture.storage.deleteObject(key: view.attachment.objectKey)
        // The storage tells whole seconds.
        try await Task.sleep(for: .milliseconds(1100))
        try await fixture.service.sweepStorage()
        #expect(try await fixture.keys() == [moved])
        let found = try await fixture.catalog.sweepFindings()
        #expect(found == ["moved_object": 1, "object_without_row": 1, "row_without_object": 1])
    }

    @Test func `what was uploaded after the backup is kept for a week, where orphans are deleted`() async throws {
        let fixture = try await makeFixture {
            $0.sweep = SweepConfiguration(interval: nil, age: .zero, deletesOrphans: true)
        }
        _ = try await fixture.upload(document(byteCount: 3_000))
        try backup(fixture)
        let since = try await fixture.upload(document(byteCount: 3_000, seed: 2)).attachment.objectKey
        // The storage tells whole seconds.
        try await Task.sleep(for: .milliseconds(1100))
        var configuration = fixture.service.configuration
        configuration.spoolDirectory = fixture.directory.file("restored-spool")
        let service = AttachmentService(
            configuration: configuration,
            catalog: try restored(fixture),
            storage: fixture.storage,
            media: fixture.service.media,
            logger: fixture.service.logger
        )
        try await service.sweepStorage()
        #expect(try await fixture.keys().contains(since))
        try await service.sweepStorage(now: Date(timeIntervalSinceNow: 8 * 86_400))
        #expect(try await !fixture.keys().contains(since))
    }

    @Test func `the periodic sweep removes what a dead process beside the server left in the spool`() async throws {
        let fixture = try await makeFixture()
        let folder = "\(fixture.spoolPath)/work-2147483647"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        #expect(FileManager.default.createFile(atPath: "\(folder)/\(UUID.version7()).spool", contents: Data(count: 9)))
        try await fixture.service.sweepStorage()
        #expect(!FileManager.default.fileExists(atPath: folder))
    }
}
