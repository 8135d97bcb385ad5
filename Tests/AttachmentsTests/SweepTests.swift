import Catalog
import Foundation
import NIOCore
import S3
import Synchronization
import TestSupport
import Testing

@testable import Attachments

/// The look through storage, catalog and spool.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct SweepTests {
    /// An attachment of a day long past.
    private static let oldID = "0190a1b2-c3d4-7e5f-8a6b-0c1d2e3f4a5b"

    private func find(
        _ fixture: ServiceFixture,
        age: TimeInterval = 0,
        now: Date = Date(timeIntervalSinceNow: 5)
    ) async throws -> (items: [SweepItem], totals: SweepTotals) {
        var items: [SweepItem] = []
        let totals = try await fixture.makeSweep(age: age).find(now: now) { items.append($0) }
        return (items, totals)
    }

    private func put(_ key: String, _ fixture: ServiceFixture) async throws {
        _ = try await fixture.storage.putObject(
            key: key,
            body: .bytes(ByteBuffer(string: "bytes")),
            contentType: "text/plain"
        )
    }

    @Test(arguments: [
        ("attachments/2025/01/15/\(oldID).original", true),
        ("attachments/2025/01/15/\(oldID)-\(oldID).original", true),
        ("attachments/2025/01/15/\(oldID).720p.mp4", true),
        ("attachments/2025/01/15/\(oldID)/original", true),
        ("attachments/2025/01/15/\(oldID)/thumbnail.jpg", true),
        ("attachments/2025/01/15/video.mp4", false),
        ("attachments/2025/1/15/\(oldID).original", false),
        ("attachments/2025/01/15/\(oldID)", false),
        ("attachments/2025/01/15/\(oldID).a/b.jpg", false),
        ("attachments/2025/01/15/\(oldID.uppercased()).original", false),
        ("backups/attachments/2025/01/15/\(oldID).original", false),
        ("attachments/2025/01/15/--------------------------------------.original", false),
    ])
    func `only keys of our own shape are candidates`(key: String, isOwn: Bool) {
        #expect(ObjectKey.isOwn(key) == isOwn)
        #expect(ObjectKey.isOwn(ObjectKey.original(id: UUID(), at: Date())))
        #expect(ObjectKey.isOwn(ObjectKey.moved(id: UUID(), at: Date())))
    }

    @Test func `the next sweep is due when its time has come, or the last one was in time to come`() {
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        let rest = { AttachmentService.rest(since: $0, of: .seconds(3600), now: now) }
        #expect(rest(nil) == nil)
        #expect(rest(now.addingTimeInterval(-3601)) == nil)
        #expect(rest(now.addingTimeInterval(-3600)) == nil)
        #expect(rest(now.addingTimeInterval(-600)) == .seconds(3000))
        #expect(rest(now) == .seconds(3600))
        for ahead in [1, 86_400, 365 * 86_400] as [TimeInterval] {
            #expect(rest(now.addingTimeInterval(ahead)) == nil)
        }
    }

    @Test func `an object without a row is found and deleted, others and young ones stay`() async throws {
        let fixture = try await ServiceFixture.settled()
        let view = try await fixture.upload(document(byteCount: 3_000))
        let orphan = "attachments/2025/01/15/\(Self.oldID).original"
        let foreign = "attachments/2025/01/15/holiday.mp4"
        for key in [orphan, foreign, "backup/\(Self.oldID).original"] { try await put(key, fixture) }
        #expect(try await find(fixture, age: 3600).items == [])
        #expect(try await find(fixture, age: 3600).totals.heldBack == [.objectWithoutRow: 1])
        let (items, totals) = try await find(fixture)
        #expect(items.map(\.name) == [orphan])
        #expect(items.first?.kind == .objectWithoutRow)
        #expect(items.first?.byteCount == 5)
        #expect(totals.found == [.objectWithoutRow: 1])
        #expect(totals.listed == 2)
        let item = try #require(items.first)
        let later = Date(timeIntervalSinceNow: 5)
        // A plan may be older than what it is about.
        #expect(try await fixture.makeSweep(age: 3600).apply(item, now: later) == .changed)
        var other = item
        other.byteCount = 6
        #expect(try await fixture.makeSweep().apply(other, now: later) == .changed)
        other = item
        other.name = foreign
        #expect(try await fixture.makeSweep().apply(other, now: later) == .changed)
        #expect(try await fixture.makeSweep().apply(item, now: later) == .removed)
        #expect(try await fixture.makeSweep().apply(item, now: later) == .changed)
        #expect(try await fixture.catalog.jobCount(kind: .purge) == 0)
        let left = try await fixture.storage.listObjects().map(\.key)
        #expect(Set(left) == [view.attachment.objectKey, foreign, "backup/\(Self.oldID).original"])
        let purges = try await fixture.catalog.activities(limit: 9).filter { $0.action == .filePurged }
        #expect(purges.map(\.objectKey) == [orphan])
        #expect(purges.map(\.cause) == [.orphaned])
        #expect(purges.map(\.userID) == [nil])
        #expect(purges.map(\.attachmentID) == [UUID(uuidString: Self.oldID)])
    }

    @Test func `an orphan whose sweep died is in the log when its object is gone, and not before`() async throws {
        let fixture = try await ServiceFixture.settled()
        let orphan = "attachments/2025/01/15/\(Self.oldID).original"
        try await put(orphan, fixture)
        let now = Date()
        let deletion = try #require(try await fixture.catalog.condemn(key: orphan, at: now, leaseUntil: now))
        #expect(deletion.cause == .orphaned)
        #expect(try await fixture.catalog.activities(limit: 9) == [])
        let isOver = try await fixture.runInBackground { try await fixture.catalog.jobCount(kind: .purge) == 0 }
        #expect(isOver)
        #expect(try await fixture.storage.listObjects().isEmpty)
        let log = try await fixture.catalog.activities(limit: 9)
        #expect(log.map(\.objectKey) == [orphan])
        #expect(log.map(\.cause) == [.orphaned])
    }

    @Test func `an object that got a row or an intent since the plan stays`() async throws {
        let fixture = try await ServiceFixture.settled()
        let key = "attachments/2025/01/15/\(Self.oldID).original"
        try await put(key, fixture)
        let item = try #require(try await find(fixture).items.first)
        let intent = UploadIntent(id: .version7(), objectKey: key, userID: "ann", createdAt: Date())
        try await fixture.catalog.insertIntent(intent)
        #expect(try await fixture.makeSweep().apply(item, now: Date(timeIntervalSinceNow: 5)) == .changed)
        #expect(try await fixture.storage.headObject(key: key).byteCount == 5)
        #expect(try await find(fixture).items == [])
    }

    @Test func `a row without an object is reported, and marked where that is wanted`() async throws {
        let fixture = try await ServiceFixture.settled()
        let views = [
            try await fixture.upload(document(byteCount: 3_000)), try await fixture.upload(document(byteCount: 9)),
        ]
        let lost = views[0].attachment
        try await fixture.storage.deleteObject(key: lost.objectKey)
        let items = try await find(fixture).items
        #expect(items.map(\.kind) == [.rowWithoutObject])
        #expect(items.map(\.attachmentID) == [lost.id])
        #expect(items.map(\.byteCount) == [3_000])
        let item = try #require(items.first)
        #expect(try await fixture.makeSweep().apply(item) == .reported)
        #expect(try await fixture.catalog.attachment(id: lost.id)?.status == .ready)
        #expect(try await fixture.makeSweep().apply(item, marking: true) == .marked)
        let marked = try await fixture.catalog.attachment(id: lost.id)
        #expect(marked?.status == .failed)
        #expect(marked?.failureReason == "object_missing")
        try await put(lost.objectKey, fixture)
        #expect(try await fixture.makeSweep().apply(item, marking: true) == .changed)
    }

    @Test func `the trash refers to its objects, and what it lacks is told`() async throws {
        let fixture = try await ServiceFixture.settled()
        let view = try await fixture.upload(document(byteCount: 3_000))
        let terms = DeletionTerms(retention: 1000)
        #expect(try await fixture.catalog.deleteMessage(id: fixture.message.id, terms: terms))
        #expect(try await find(fixture).items == [])
        try await fixture.storage.deleteObject(key: view.attachment.objectKey)
        let item = try #require(try await find(fixture).items.first)
        #expect(item.kind == .rowWithoutObject)
        #expect(try await fixture.makeSweep().apply(item, marking: true) == .reported)
    }

    @Test func `what a dead upload left goes, and a young one stays`() async throws {
        let fixture = try await ServiceFixture.settled()
        var intents: [UploadIntent] = []
        for age in [3600.0, 3600, 300] {
            let time = Date(timeIntervalSinceNow: -age)
            let id = UUID.version7(at: time)
            let key = ObjectKey.original(id: id, at: time)
            let intent = UploadIntent(id: id, objectKey: key, userID: "ann", createdAt: time)
            try await fixture.catalog.insertIntent(intent)
            try await put(key, fixture)
            intents.append(intent)
        }
        let items = try await find(fixture, now: Date()).items
        #expect(items.map(\.kind) == [.expiredUpload, .expiredUpload])
        #expect(Set(items.map(\.name)) == Set(intents[..<2].map(\.objectKey)))
        // Its process has ended it meanwhile.
        try await fixture.catalog.removeIntent(id: try #require(items[0].attachmentID))
        #expect(try await fixture.makeSweep().apply(items[0]) == .changed)
        #expect(try await fixture.makeSweep().apply(items[1]) == .removed)
        let left = Set([items[0].name, intents[2].objectKey].map { "object \($0)" })
        #expect(Set(try await fixture.remains()) == left.union(["intent \(intents[2].objectKey)"]))
    }

    @Test func `an open multipart upload of ours that nobody knows is aborted`() async throws {
        let fixture = try await ServiceFixture.settled()
        let orphan = "attachments/2025/01/15/\(Self.oldID).original"
        var uploads: [String: String] = [:]
        for key in [orphan, "other/upload"] {
            uploads[key] = try await fixture.storage.createMultipartUpload(key: key, contentType: "video/mp4")
        }
        let soon = try await find(fixture, now: Date())
        #expect(soon.items == [])
        #expect(soon.totals.heldBack[.openUpload] == 1)
        let item = SweepItem(.openUpload, name: orphan, reason: "", uploadID: uploads[orphan])
        #expect(try await fixture.makeSweep().apply(item) == .removed)
        #expect(try await fixture.makeSweep().apply(item) == .changed)
        let foreign = SweepItem(.openUpload, name: "other/upload", reason: "", uploadID: uploads["other/upload"])
        #expect(try await fixture.makeSweep().apply(foreign) == .changed)
        #expect(try await fixture.storage.listMultipartUploads().map(\.key) == ["other/upload"])
    }

    @Test func `old spool files are found and removed, also of other processes`() async throws {
        let fixture = try await ServiceFixture.settled()
        let folder = "\(fixture.spoolPath)/work-1"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let (old, young) = ("\(folder)/\(Self.oldID).spool", "\(fixture.spoolPath)/\(UUID().text).spool")
        for path in [old, young, "\(folder)/notes"] {
            _ = FileManager.default.createFile(atPath: path, contents: Data("12345".utf8))
            guard path != young else { continue }
            let time = Date(timeIntervalSinceNow: -7200)
            try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: path)
        }
        let items = try await find(fixture, now: Date()).items
        #expect(items.map(\.kind) == [.spoolFile])
        let item = try #require(items.first)
        #expect(item.name.hasSuffix("/work-1/\(Self.oldID).spool"))
        #expect(item.byteCount == 5)
        #expect(try await fixture.makeSweep().apply(item) == .removed)
        #expect(try await fixture.makeSweep().apply(item) == .changed)
        #expect(FileManager.default.fileExists(atPath: young))
        #expect(FileManager.default.fileExists(atPath: "\(folder)/notes"))
    }

    @Test func `another storage than the catalog's is not looked through`() async throws {
        let fixture = try await ServiceFixture()
        await #expect(throws: Sweep.OtherStorage.self) { _ = try await find(fixture) }
        _ = try await fixture.catalog.settleStorage(current: "s3:elsewhere", source: nil)
        await #expect(throws: Sweep.OtherStorage.self) { _ = try await find(fixture) }
    }

    @Test func `more objects than a page are looked through`() async throws {
        let fixture = try await ServiceFixture.settled()
        let keys = (0..<1_100)
            .map { ObjectKey.original(id: .version7(at: Date(timeIntervalSince1970: Double($0))), at: Date()) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, key) in keys.enumerated() {
                if index >= 16 { try await group.next() }
                group.addTask { try await put(key, fixture) }
            }
            try await group.waitForAll()
        }
        let (items, totals) = try await find(fixture)
        #expect(items.map(\.name) == keys.sorted())
        #expect(totals.listed == 1_100)
    }

    @Test func `a plan is a file of lines, and says where it is none`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("plan.jsonl")
        let header = SweepPlan.Header(
            storage: "s3:here",
            madeAt: Date(timeIntervalSince1970: 1000),
            olderThanSeconds: 9
        )
        let items = [
            SweepItem(.objectWithoutRow, name: "attachments/ä", reason: "why", since: Date(timeIntervalSince1970: 5)),
            SweepItem(.rowWithoutObject, name: "b", reason: "why", attachmentID: UUID(), isOriginal: true),
        ]
        var data = try SweepPlan.line(header)
        for item in items { data += try SweepPlan.line(item) }
        try data.write(to: URL(fileURLWithPath: path))
        var (read, seen): ([SweepItem], SweepPlan.Header?) = ([], nil)
        try await SweepPlan.read(path) {
            seen = $0
        } _: {
            read.append($0)
        }
        #expect(read == items)
        #expect(seen == header)
        try (data + Data("{\"kind\":\"other\"}".utf8)).write(to: URL(fileURLWithPath: path))
        let error = await #expect(throws: SweepPlan.Unreadable.self) {
            try await SweepPlan.read(path) { _ in
            } _: { _ in
            }
        }
        #expect(error?.description.contains("line 4") == true)
    }
}
