import Catalog
import Foundation
import Testing

/// What becomes in its old place of a file that is deleted while a scan holds it back.
struct HeldDeletionTests {
    private static let day: TimeInterval = 86_400

    /// A clip of a media root that waits for a scan.
    private func held(_ fixture: CatalogFixture) async throws -> AdoptionCandidate {
        var candidate = fixture.candidate()
        candidate.attachment.hold = .scan
        #expect(try await fixture.adopt(candidate) == .adopted)
        return candidate
    }

    /// The keys of what is to be deleted in the media root at a time.
    private func doomed(_ fixture: CatalogFixture, at date: Date) async throws -> Set<String> {
        Set(try await fixture.catalog.doomedPlaces(store: CatalogFixture.store, limit: 9, now: date).map(\.objectKey))
    }

    private func expectKept(_ candidate: AdoptionCandidate, _ fixture: CatalogFixture, since date: Date) async throws {
        #expect(try await fixture.catalog.attachment(id: candidate.attachment.id) == nil)
        #expect(try fixture.catalog.trashed(id: candidate.attachment.id) == nil)
        #expect(try await doomed(fixture, at: date.addingTimeInterval(29 * Self.day)) == [])
        let late = date.addingTimeInterval(30 * Self.day)
        #expect(try await doomed(fixture, at: late) == Set(candidate.attachment.objectKeys))
        // Nothing is served from there, and no run brings it back.
        for location in candidate.locations.values {
            #expect(try !fixture.catalog.isServed(location: location, store: CatalogFixture.store))
        }
        #expect(try await fixture.adopt(candidate) == .deletedBefore)
        #expect(try await fixture.catalog.jobCount(kind: .scan) == 0)
    }

    @Test func `with a retention the file stays in its old place for as long`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = try await held(fixture)
        let activity = fixture.activity(.fileDeleted, of: candidate.attachment)
        let outcome = try await fixture.catalog.discardAttachment(
            id: candidate.attachment.id,
            activity: activity,
            terms: DeletionTerms(retention: 30 * Self.day, userID: "ann")
        )
        guard case .deleted = outcome else {
            Issue.record("a file that is held back went to the trash")
            return
        }
        try await expectKept(candidate, fixture, since: activity.occurredAt)
    }

    @Test func `so it does where its message is deleted`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = try await held(fixture)
        let date = fixture.start
        let terms = DeletionTerms(retention: 30 * Self.day, userID: "ann")
        #expect(try await fixture.catalog.deleteMessage(id: fixture.message.id, terms: terms, at: date))
        #expect(try await fixture.catalog.attachment(id: candidate.attachment.id) == nil)
        #expect(try await doomed(fixture, at: date.addingTimeInterval(29 * Self.day)) == [])
        let late = date.addingTimeInterval(30 * Self.day)
        #expect(try await doomed(fixture, at: late) == Set(candidate.attachment.objectKeys))
    }

    @Test func `without one, or where it is to be purged, the file goes at once`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = try await held(fixture)
        _ = try await fixture.catalog.discardAttachment(
            id: candidate.attachment.id,
            activity: fixture.activity(.fileDeleted, of: candidate.attachment),
            terms: DeletionTerms(userID: "ann")
        )
        #expect(try await doomed(fixture, at: Date()) == Set(candidate.attachment.objectKeys))
    }
}
