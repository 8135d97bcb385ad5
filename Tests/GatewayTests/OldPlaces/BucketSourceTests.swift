import Catalog
import Foundation
import NIOCore
import S3
import TestSupport
import Testing

@testable import Gateway

/// Another bucket under a running service: from the old one to the new, and back.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct BucketSourceTests {
    private let directory: TemporaryDirectory
    private let old: S3Configuration
    private let new: S3Configuration

    init() async throws {
        directory = try TemporaryDirectory()
        let seaweed = try await SeaweedFS.shared
        old = seaweed.configuration(bucket: try await seaweed.makeBucket())
        new = seaweed.configuration(bucket: try await seaweed.makeBucket())
    }

    /// A gateway over the one database of the test.
    private func run(
        storage: S3Configuration,
        source: S3Configuration?,
        _ body: (GatewayHarness) async throws -> Void
    ) async throws {
        let path = directory.file("catalog.sqlite")
        try await GatewayHarness.run(
            configure: {
                $0.databasePath = path
                $0.storage = storage
                $0.migrationSource = source.map { .bucket($0, prefix: "") }
                $0.delivery.allowsProxy = true
            },
            body
        )
    }

    private func upload(_ bytes: [UInt8], to gateway: GatewayHarness) async throws -> String {
        try #require(try await gateway.post(gateway.form(bytes)).json["id"]?.text)
    }

    private func show(_ id: String, in gateway: GatewayHarness) async throws -> RawHTTPResponse {
        // The service may see each message; the users of a later harness are in conversations of their own.
        try await gateway.send("GET", "/attachments/\(id)/", as: "backend", isService: true)
    }

    private func attachment(_ id: String, in gateway: GatewayHarness) async throws -> CatalogAttachment {
        let id = try #require(UUID(text: id))
        return try #require(try await gateway.catalog.attachment(id: id))
    }

    @Test func `a restart with another bucket serves what is in the old one, and stores in the new one`() async throws {
        let (first, second) = (document(byteCount: 300_000), document(byteCount: 300_000, seed: 2))
        var ids: [String] = []
        try await run(storage: old, source: nil) { gateway in ids.append(try await upload(first, to: gateway)) }
        try await run(storage: new, source: old) { gateway in
            ids.append(try await upload(second, to: gateway))
            let waiting = try await show(ids[0], in: gateway).json["url"]?.text
            #expect(waiting?.contains("/\(old.bucket)/") == true)
            #expect(try await gateway.fetch(waiting).body == first)
            let stored = try await show(ids[1], in: gateway).json["url"]?.text
            #expect(stored?.contains("/\(new.bucket)/") == true)
            #expect(try await gateway.fetch(stored).body == second)
            let attachment = try await attachment(ids[0], in: gateway)
            #expect(try await gateway.moves(attachment.objectKey, bytes: first, store: old.identity()) == .moved)
            let moved = try await show(ids[0], in: gateway).json["url"]?.text
            #expect(moved?.contains("/\(new.bucket)/") == true)
            #expect(try await gateway.fetch(moved).body == first)
            #expect(try await gateway.fetch(waiting).body == first)
            // A URL of the old bucket may be out, and nothing would end it.
            let early = try await gateway.send(
                "POST",
                "/attachments/\(ids[0])/revoke/",
                as: "backend",
                isService: true
            )
            #expect(early.status == 409)
            // And back, while the source stands.
            let keys = [attachment.objectKey]
            #expect(try await gateway.catalog.returnToOldPlace(objectKeys: keys, store: old.identity()) == 1)
            try await gateway.letServerNotice()
            let back = try await show(ids[0], in: gateway).json["url"]?.text
            #expect(back?.contains("/\(old.bucket)/") == true)
            #expect(try await gateway.fetch(back).body == first)
        }
        // The other way round, with nothing lost on the way: the one never left, the other came later.
        try await run(storage: old, source: new) { gateway in
            for (id, bytes) in zip(ids, [first, second]) {
                #expect(try await gateway.fetch(try await show(id, in: gateway).json["url"]?.text).body == bytes)
            }
            let here = try await attachment(ids[0], in: gateway)
            #expect(here.waitingPlaces == [])
            let there = try await attachment(ids[1], in: gateway)
            #expect(there.waitingPlaces.map(\.store) == [new.identity()])
        }
    }

    @Test func `another bucket without the old one as the source is no start, names both and changes nothing`()
        async throws
    {
        let bytes = document(byteCount: 10_000)
        var id = ""
        try await run(storage: old, source: nil) { gateway in id = try await upload(bytes, to: gateway) }
        var foreign = old
        foreign.bucket = "elsewhere"
        for source in [nil, foreign] {
            let error = await #expect(throws: StorageContradiction.self) {
                try await run(storage: new, source: source) { _ in }
            }
            let text = error.map(String.init(describing:)) ?? ""
            for part in [old.identity(), new.identity(), "migration.source", "s3.*", "satchel storage adopt"] {
                #expect(text.contains(part), "\(part)")
            }
        }
        let bucket = try S3Client(configuration: new)
        #expect(try await bucket.listObjects().isEmpty)
        await bucket.shutdown()
        try await run(storage: old, source: nil) { gateway in
            let identity = try await gateway.catalog.storageIdentity()
            #expect(identity == old.identity())
            let waiting = try await attachment(id, in: gateway).waitingPlaces
            #expect(waiting == [])
            let answer = try await gateway.fetch(try await show(id, in: gateway).json["url"]?.text)
            #expect(answer.body == bytes)
        }
    }

    @Test func `a storage in which nothing was ever stored may become another`() async throws {
        try await run(storage: old, source: nil) { _ in }
        try await run(storage: new, source: nil) { gateway in
            let identity = try await gateway.catalog.storageIdentity()
            #expect(identity == new.identity())
        }
    }

    @Test func `satchel check says beforehand that the server would not start`() async throws {
        try await run(storage: old, source: nil) { gateway in
            _ = try await upload(document(byteCount: 10_000), to: gateway)
            var configuration = gateway.configuration
            let good = await StorageCheckup(configuration: configuration).run()
            #expect(good.map(\.verdict) == [.good])
            configuration.storage = new
            let bad = await StorageCheckup(configuration: configuration).run()
            #expect(bad.map(\.subject) == ["storage"])
            #expect(bad.map(\.verdict) == [.bad])
            #expect(bad.first?.detail.contains("satchel storage adopt") == true)
            configuration.migrationSource = .bucket(old, prefix: "")
            let moving = await StorageCheckup(configuration: configuration).run()
            #expect(moving.map(\.verdict) == [.note])
        }
    }

    @Test func `what waits without its source is a 503, is left out of lists, and comes back with it`() async throws {
        let bytes = document(byteCount: 10_000)
        var id = ""
        var message = ""
        try await run(storage: old, source: nil) { gateway in
            message = gateway.messageID.text
            id = try await upload(bytes, to: gateway)
        }
        try await run(storage: new, source: old) { _ in }
        try await run(storage: new, source: nil) { gateway in
            let answer = try await show(id, in: gateway)
            #expect(answer.status == 503)
            #expect(answer.code == "storage_unavailable")
            #expect(answer.header("Retry-After") == "30")
            for path in ["content", "content?proxy=1", "thumbnail"] {
                let answer = try await gateway.send(
                    "GET",
                    "/attachments/\(id)/\(path)",
                    as: "backend",
                    isService: true
                )
                #expect(answer.status == 503, "\(path)")
            }
            let list = try await gateway.send(
                "GET",
                "/attachments/?message_id=\(message)",
                as: "backend",
                isService: true
            )
            #expect(list.json["attachments"]?.count == 0)
            let deleted = try await gateway.send("DELETE", "/attachments/\(id)/", as: "backend", isService: true)
            #expect(deleted.status == 200)
        }
        let bucket = try S3Client(configuration: old)
        #expect(try await bucket.listObjects().count == 1)
        try await run(storage: new, source: old) { gateway in
            let isGone = try await gateway.eventually { try await bucket.listObjects().isEmpty }
            #expect(isGone)
        }
        await bucket.shutdown()
    }

    @Test func `a video that waits is processed where it is, and its pictures come into the new bucket`() async throws {
        let bytes = try clip(seconds: 1)
        var id = ""
        try await run(storage: old, source: nil) { gateway in
            let form = gateway.form(fileName: "clip.mp4", type: "video/mp4", bytes)
            id = try #require(try await gateway.post(form).json["id"]?.text)
        }
        try await run(storage: new, source: old) { gateway in
            let before = try await attachment(id, in: gateway)
            #expect(before.waitingPlaces.count == before.objectKeys.count)
            let queued = try await gateway.send("POST", "/attachments/\(id)/reprocess/", as: "backend", isService: true)
            #expect(queued.status == 202)
            // The pictures of before have the same keys: the job waits for them, whatever it tries.
            let isPutOff = try await gateway.eventually {
                let uuid = try #require(UUID(text: id))
                return try await gateway.catalog.job(attachmentID: uuid, kind: .process)?.delays ?? 0 > 0
            }
            #expect(isPutOff)
            #expect(try await gateway.storage.listObjects().isEmpty)
            let source = try S3Client(configuration: old)
            for rendition in before.renditions {
                let picture = try await source.getObject(key: rendition.objectKey) { _, body in
                    Array(try await body.collect(upTo: 1 << 24).readableBytesView)
                }
                try await gateway.moves(rendition.objectKey, bytes: picture, store: old.identity())
            }
            let isReady = try await gateway.eventually {
                try await attachment(id, in: gateway).status == .ready
            }
            #expect(isReady)
            let after = try await attachment(id, in: gateway)
            #expect(after.waitingPlaces.map(\.objectKey) == [after.objectKey])
            let keys = try await gateway.storage.listObjects().map(\.key)
            #expect(Set(keys) == Set(after.renditions.map(\.objectKey)))
            await source.shutdown()
        }
    }

    @Test func `while objects move, every read gets the right bytes`() async throws {
        let root = try MediaRoot()
        let path = root.path
        try await GatewayHarness.run(configure: {
            $0.migrationSource = .directory(path: path)
            $0.delivery.allowsProxy = true
        }) { gateway in
            var files: [(id: String, key: String, bytes: [UInt8])] = []
            for number in 0..<120 {
                let bytes = document(byteCount: 2_000 + number, seed: UInt64(number))
                try root.write(bytes, to: "files/\(number)")
                let attachment = try await root.adopt("files/\(number)", in: gateway)
                files.append((id: attachment.id.text, key: attachment.objectKey, bytes: bytes))
            }
            let all = files
            let wrong = try await withThrowingTaskGroup(of: [String].self) { group in
                group.addTask {
                    for file in all { try await root.move(file.key, in: gateway) }
                    return []
                }
                for reader in 0..<8 {
                    group.addTask {
                        var wrong: [String] = []
                        for turn in 0..<60 {
                            let file = all[(reader * 17 + turn * 7) % all.count]
                            let answer: RawHTTPResponse
                            if turn.isMultiple(of: 2) {
                                answer = try await gateway.send("GET", "/attachments/\(file.id)/content?proxy=1")
                            } else {
                                let shown = try await gateway.send("GET", "/attachments/\(file.id)/")
                                answer = try await gateway.fetch(shown.json["url"]?.text)
                            }
                            if answer.status != 200 || answer.body != file.bytes {
                                wrong.append("\(file.key): \(answer.status)")
                            }
                        }
                        return wrong
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(wrong == [])
            #expect(try await gateway.catalog.waitingPlaces(store: root.store, limit: 1) == [])
        }
    }
}
