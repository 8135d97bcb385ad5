import Catalog
import Foundation
import TestSupport
import Testing

/// What the catalog says of what is, should be and should not be in the storage.
struct SweepTests {
    @Test func `an upload is expired when it is old and its process was not seen for two minutes`() async throws {
        let fixture = try await CatalogFixture()
        let now = fixture.start.addingTimeInterval(3600)
        let stamp = Int64(now.timeIntervalSince1970 * 1000)
        var intents: [UploadIntent] = []
        for _ in 0..<3 {
            let intent = fixture.intent(for: fixture.attachment())
            try await fixture.catalog.insertIntent(intent)
            intents.append(intent)
        }
        func own(_ intent: UploadIntent, by token: String) throws {
            let id = intent.id.uuidString.lowercased()
            try executeSQL("UPDATE upload_intent SET owner = '\(token)' WHERE id = '\(id)'", at: fixture.path)
        }
        try executeSQL(
            """
            INSERT INTO job_runner (token, kind, process_id, started_at, seen_at)
            VALUES ('alive', 'work', 1, 0, \(stamp - 119_000)), ('dead', 'serve', 2, 0, \(stamp - 121_000))
            """,
            at: fixture.path
        )
        try own(intents[0], by: "alive")
        try own(intents[1], by: "dead")
        let expired = try await fixture.catalog.expiredIntents(before: fixture.start, limit: 9, now: now)
        #expect(expired == Array(intents[1...]).sorted { $0.id.uuidString < $1.id.uuidString })
        let earlier = fixture.start.addingTimeInterval(-0.001)
        #expect(try await fixture.catalog.expiredIntents(before: earlier, limit: 9, now: now).isEmpty)
        let page = try await fixture.catalog.expiredIntents(before: now, limit: 1, now: now)
        #expect(page == [expired[0]])
        #expect(
            try await fixture.catalog.expiredIntents(before: now, after: page[0].id, limit: 9, now: now) == [expired[1]]
        )
        #expect(try await fixture.catalog.isExpired(intents[1], now: now))
        try own(intents[1], by: "alive")
        #expect(try await fixture.catalog.isExpired(intents[1], now: now) == false)
        try await fixture.catalog.removeIntent(id: intents[2].id)
        #expect(try await fixture.catalog.isExpired(intents[2], now: now) == false)
    }

    @Test func `the keys that should be in the storage come in order, without what is elsewhere`() async throws {
        let fixture = try await CatalogFixture()
        var attachment = fixture.attachment(status: .ready)
        attachment.renditions = [.sample("thumbnail", "\(attachment.objectKey).thumbnail.jpg")]
        try await fixture.commit(attachment)
        let deleted = fixture.attachment(status: .ready)
        try await fixture.commit(deleted)
        _ = try await fixture.catalog.discardAttachment(
            id: deleted.id,
            activity: fixture.activity(.fileDeleted, of: deleted),
            terms: DeletionTerms(retention: 1000)
        )
        let infected = fixture.attachment(status: .failed)
        try await fixture.commit(infected)
        try executeSQL("UPDATE attachment SET hold = 'infected' WHERE status = 'failed'", at: fixture.path)
        #expect(try await fixture.adopt(fixture.candidate()) == .adopted)
        let keys = try await fixture.catalog.storedKeys(prefix: "attachments/", since: fixture.start, limit: 9)
        #expect(keys.map(\.objectKey) == (attachment.objectKeys + [deleted.objectKey]).sorted())
        let original = try #require(keys.first { $0.objectKey == attachment.objectKey })
        #expect(original.isOriginal && !original.isTrashed && original.byteCount == 52_428_800)
        #expect(keys.first { $0.objectKey == deleted.objectKey }?.isTrashed == true)
        var read: [String] = []
        while let key = try await fixture.catalog
            .storedKeys(
                prefix: "attachments/",
                after: read.last,
                since: fixture.start,
                limit: 1
            )
            .first
        {
            read.append(key.objectKey)
        }
        #expect(read == keys.map(\.objectKey))
        let earlier = fixture.start.addingTimeInterval(-1)
        let old = try await fixture.catalog.storedKeys(prefix: "attachments/", since: earlier, limit: 9)
        #expect(old.map(\.objectKey) == [deleted.objectKey])
        #expect(try await fixture.catalog.storedKeys(prefix: "other/", since: fixture.start, limit: 9).isEmpty)
    }

    @Test func `a listing is kept in the order of the keys' bytes`() async throws {
        let ledger = try KeyLedger()
        let keys = ["b", "a/z", "a", "ä", "a.b", "B", "\u{1F600}"]
        for key in keys {
            try await ledger.add([ListedObject(objectKey: key, byteCount: 1, etag: "e", storedAt: nil)])
        }
        try await ledger.add([ListedObject(objectKey: "b", byteCount: 2, etag: "f", storedAt: 3)])
        let all = try await ledger.objects(limit: 99)
        #expect(all.map(\.objectKey) == ["B", "a", "a.b", "a/z", "b", "ä", "\u{1F600}"])
        #expect(all[4] == ListedObject(objectKey: "b", byteCount: 2, etag: "f", storedAt: 3))
        #expect(try await ledger.objects(after: "a", limit: 2).map(\.objectKey) == ["a.b", "a/z"])
        #expect(try await ledger.missing(among: ["x", "a", "c"]) == ["x", "c"])
    }

    @Test func `when the storage was swept is remembered`() async throws {
        let fixture = try await CatalogFixture()
        #expect(try await fixture.catalog.lastSweep() == nil)
        #expect(try await fixture.catalog.sweepFindings() == nil)
        try await fixture.catalog.noteSweep(findings: ["open_upload": 3], at: fixture.start)
        #expect(try await fixture.catalog.lastSweep() == fixture.start)
        #expect(try await fixture.catalog.sweepFindings() == ["open_upload": 3])
    }

    @Test(arguments: ["", "{", "[1, 2]", #"{"open_upload": "many"}"#])
    func `a note of a sweep that cannot be read is not taken for none`(text: String) async throws {
        let fixture = try await CatalogFixture()
        try await fixture.catalog.noteSweep(findings: ["open_upload": 3], at: fixture.start)
        try executeSQL("UPDATE meta SET value = '\(text)' WHERE name = 'sweep_findings'", at: fixture.path)
        let error = await #expect(throws: CatalogError.self) { try await fixture.catalog.sweepFindings() }
        #expect(error?.code == .corrupt)
    }

    @Test func `an attachment is marked as missing unless it is held back or another by now`() async throws {
        let fixture = try await CatalogFixture()
        var held = fixture.attachment()
        held.hold = .scan
        let (ready, busy) = (fixture.attachment(status: .ready), fixture.attachment())
        for attachment in [ready, busy, held] { try await fixture.commit(attachment) }
        let catalog = fixture.catalog
        #expect(try await catalog.markMissing(attachmentID: ready.id, objectKey: "attachments/other") == false)
        #expect(try await catalog.markMissing(attachmentID: held.id, objectKey: held.objectKey) == false)
        for attachment in [ready, busy] {
            #expect(try await catalog.markMissing(attachmentID: attachment.id, objectKey: attachment.objectKey))
            #expect(try await catalog.attachment(id: attachment.id)?.failureReason == "object_missing")
        }
        #expect(try await catalog.attachment(id: held.id) == held)
    }

    @Test func `an object is condemned where nothing has to do with it, and nothing can come to`() async throws {
        let fixture = try await CatalogFixture()
        let catalog = fixture.catalog
        let attachment = fixture.attachment(status: .ready)
        try await fixture.commit(attachment)
        let intent = fixture.intent(for: fixture.attachment())
        try await catalog.insertIntent(intent)
        for key in [attachment.objectKey, intent.objectKey] {
            #expect(try await catalog.condemn(key: key) == nil)
        }
        // The picture of a rendition that once was.
        let key = "\(attachment.objectKey).preview.webp"
        let deletion = try #require(try await catalog.condemn(key: key))
        #expect(deletion.kind == .purge)
        #expect(deletion.objectKeys == [key])
        #expect(deletion.isLeased)
        #expect(try await catalog.condemn(key: key) == nil)
        let picture = fixture.intents(for: [.sample("preview", key)])
        let refusal = try await errorCode {
            try await catalog.insertIntents(picture, refusingKeysInDeletion: true, renditionsOf: attachment.id)
        }
        #expect(refusal == .constraint)
        try await catalog.removeJob(deletion)
        try await catalog.insertIntents(picture, refusingKeysInDeletion: true, renditionsOf: attachment.id)
        #expect(try await catalog.condemn(key: key) == nil)
    }

    @Test func `receivers are told once that an attachment is missing, and that it was found`() async throws {
        let targets = WebhookTargets([WebhookTargets.Receiver(name: "app")]) { _, _, _ in "{}" }
        let fixture = try await CatalogFixture(webhooks: targets)
        let attachment = fixture.attachment(status: .ready)
        try await fixture.commit(attachment)
        let (catalog, id) = (fixture.catalog, attachment.id)
        #expect(try await catalog.markMissing(attachmentID: id, objectKey: attachment.objectKey))
        #expect(try await catalog.markMissing(attachmentID: id, objectKey: attachment.objectKey) == false)
        let object = try #require(try await catalog.rowObjects(ofAttachments: [id])[id]?.first)
        #expect(try await catalog.relink(object, to: "attachments/moved"))
        var found = attachment
        found.objectKey = "attachments/moved"
        #expect(try await catalog.attachment(id: id) == found)
        let told = try fetchTexts("SELECT type FROM webhook_event ORDER BY id", at: fixture.path)
        #expect(told == ["created", "ready", "failed", "ready"].map { "attachment.\($0)" })
    }

    @Test func `a row is not led to what another has, an upload is at or a purge deletes`() async throws {
        let fixture = try await CatalogFixture()
        let (catalog, attachment, other) = (
            fixture.catalog, fixture.attachment(status: .ready), fixture.attachment(status: .ready)
        )
        for attachment in [attachment, other] { try await fixture.commit(attachment) }
        let intent = fixture.intent(for: fixture.attachment())
        try await catalog.insertIntent(intent)
        let deleted = fixture.attachment(status: .ready)
        try await fixture.commit(deleted)
        _ = try await catalog.deleteAttachment(
            id: deleted.id,
            activity: fixture.activity(.fileDeleted, of: deleted)
        )
        let object = try #require(try await catalog.rowObjects(ofAttachments: [attachment.id])[attachment.id]?.first)
        #expect(object.byteCount == attachment.fileSize)
        #expect(object.sha256 == attachment.storedSHA256)
        for key in [other.objectKey, intent.objectKey, deleted.objectKey] {
            #expect(try await catalog.relink(object, to: key) == false)
        }
        #expect(try await catalog.relink(object, to: "attachments/moved"))
        // It is another row by now.
        #expect(try await catalog.relink(object, to: "attachments/elsewhere") == false)
        #expect(try await catalog.rowObjects(ofAttachments: [deleted.id, UUID()]).isEmpty)
    }
}
