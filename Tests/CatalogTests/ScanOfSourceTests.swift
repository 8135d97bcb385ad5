import Catalog
import Foundation
import Testing

/// Files that a migration brings from the very storage that they are to be in, under the same keys: a copy there is none.
struct ScanOfSourceTests {
    /// The storage, by one of its names.
    private static let storage = "s3:http://storage.example:8333/chat"

    /// An attachment from that store that a scanner found something in; its original has the key of its location.
    private func refuse(
        _ fixture: CatalogFixture,
        from store: String,
        location: (String) -> String,
        isFinding: Bool = true
    ) async throws -> AdoptionCandidate {
        var candidate = fixture.candidate()
        candidate.attachment.hold = .scan
        for key in candidate.locations.keys { candidate.locations[key] = location(key) }
        let outcomes = try await fixture.catalog.adoptAttachments([candidate], store: store, at: fixture.start)
        #expect(outcomes == [.adopted])
        let id = candidate.attachment.id
        let queued = try #require(try await fixture.catalog.job(attachmentID: id, kind: .scan))
        let later = Date(timeIntervalSinceNow: 60)
        let job = try #require(try await fixture.catalog.claimJob(queued, leaseUntil: later))
        let failed = try await fixture.catalog.failScan(
            attachmentID: id,
            reason: isFinding ? "infected" : "scan_too_large",
            isFinding: isFinding,
            job: job
        )
        #expect(failed?.hold == .infected)
        return candidate
    }

    private func purgedKeys(_ fixture: CatalogFixture) async throws -> Set<String> {
        Set(try await fixture.catalog.nextJobs(kinds: [.purge], limit: 9).flatMap(\.objectKeys))
    }

    private func purgeLines(_ fixture: CatalogFixture) throws -> [String] {
        try fetchTexts("SELECT action FROM activity WHERE action = 'file_purged'", at: fixture.path)
    }

    @Test(arguments: [
        (storage, "", true, true), (storage, "", true, false),
        // Another name of the same server, for all that is known.
        ("s3:https://10.0.0.7:8333/chat", "", true, true),
        // Below a prefix, which the location leaves out.
        ("\(storage)/attachments", "attachments/", true, true),
        // Before a server noted what the storage is.
        ("s3:http://storage.example:8333/elsewhere", "", false, true),
    ])
    func `what a scan refuses is not deleted where the object is the source`(
        store: String,
        prefix: String,
        isNoted: Bool,
        isFinding: Bool
    ) async throws {
        let fixture = try await CatalogFixture()
        if isNoted {
            #expect(try await fixture.catalog.settleStorage(current: Self.storage, source: nil) == .noted)
        }
        let candidate = try await refuse(
            fixture,
            from: store,
            location: { String($0.dropFirst(prefix.count)) },
            isFinding: isFinding
        )
        let keys = candidate.attachment.objectKeys
        #expect(try await purgedKeys(fixture) == [])
        #expect(try purgeLines(fixture) == [])
        // Neither a deletion that is queued elsewhere, nor a sweep takes it for nobody's.
        #expect(try await fixture.catalog.unreferencedKeys(among: keys) == [])
        #expect(try await fixture.catalog.heldKeys(among: keys) == Set(keys))
        for key in keys { #expect(try await fixture.catalog.condemn(key: key) == nil) }
        let arrived = ArrivedObject(objectKey: keys[0], store: store, byteCount: 9, sha256: CatalogFixture.digest)
        #expect(try await fixture.catalog.finishMove(arrived) == .unwanted)
        #expect(try await purgedKeys(fixture) == [])
        // It goes with the attachment, when somebody deletes that.
        #expect(try await fixture.delete(candidate.attachment) != nil)
        #expect(try await fixture.catalog.unreferencedKeys(among: keys) == keys)
        let doomed = try await fixture.catalog.doomedPlaces(store: store, limit: 9)
        #expect(Set(doomed.map(\.objectKey)) == Set(keys))
    }

    @Test(arguments: [
        ("s3:http://storage.example:8333/other", ""), ("\(storage)/old", ""), (storage, "old/"),
        ("directory:/chat", ""),
    ])
    func `what a scan refuses is deleted where the object is a copy`(store: String, folder: String) async throws {
        let fixture = try await CatalogFixture()
        #expect(try await fixture.catalog.settleStorage(current: Self.storage, source: nil) == .noted)
        let candidate = try await refuse(fixture, from: store, location: { folder + $0 })
        let keys = candidate.attachment.objectKeys
        #expect(try await purgedKeys(fixture) == Set(keys))
        #expect(try purgeLines(fixture).count == 1)
        #expect(try await fixture.catalog.unreferencedKeys(among: keys) == keys)
    }
}
