import Catalog
import Foundation
import TestSupport
import Testing

/// Attachments that come in before their bytes.
struct AdoptionTests {
    @Test func `an adopted attachment is there with its places, counts, and needs no digest`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = fixture.candidate()
        #expect(try await fixture.adopt(candidate) == .adopted)
        let stored = try #require(try await fixture.catalog.attachment(id: candidate.attachment.id))
        #expect(stored.sha256 == nil)
        #expect(stored.storedSHA256 == nil)
        #expect(stored.status == .ready)
        #expect(stored.renditions == candidate.attachment.renditions)
        let places = Dictionary(uniqueKeysWithValues: stored.waitingPlaces.map { ($0.objectKey, $0.location) })
        #expect(places == candidate.locations)
        #expect(try fixture.catalog.usage(ofUser: "ann").bytes == 52_428_800)
        #expect(try await fixture.catalog.jobCount(kind: .process) == 0)
        let listed = try await fixture.catalog.attachments(in: .conversation(fixture.conversationID), limit: 5)
        #expect(listed.map(\.waitingPlaces.count) == [2])
    }

    @Test func `adopting twice changes nothing`() async throws {
        let fixture = try await CatalogFixture()
        var candidate = fixture.candidate()
        _ = try await fixture.adopt(candidate)
        candidate.attachment.fileName = "another"
        #expect(try await fixture.adopt(candidate) == .alreadyThere)
        #expect(try await fixture.catalog.attachment(id: candidate.attachment.id)?.fileName == "Füße + 100%.mp4")
        #expect(try fixture.catalog.usage(ofUser: "ann").files == 1)
    }

    @Test func `what was deleted stays deleted, in both places`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = fixture.candidate()
        _ = try await fixture.adopt(candidate)
        let deleted = try await fixture.delete(candidate.attachment)
        #expect(Set(deleted?.job.objectKeys ?? []) == Set(candidate.locations.keys))
        let doomed = try await fixture.catalog.doomedPlaces(store: CatalogFixture.store, limit: 9)
        #expect(Set(doomed.map(\.location)) == Set(candidate.locations.values))
        #expect(try await fixture.adopt(candidate) == .deletedBefore)
        for place in doomed { try await fixture.catalog.finishOldDeletion(of: place) }
        #expect(try await fixture.catalog.doomedPlaces(store: CatalogFixture.store, limit: 9) == [])
        #expect(try await fixture.adopt(candidate) == .deletedBefore)
    }

    @Test func `deleting the message or the conversation leaves the notes for the old place, too`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = fixture.candidate()
        _ = try await fixture.adopt(candidate)
        #expect(try await fixture.catalog.deleteConversation(id: fixture.conversationID))
        let doomed = try await fixture.catalog.doomedPlaces(store: CatalogFixture.store, limit: 9)
        #expect(Set(doomed.map(\.objectKey)) == Set(candidate.locations.keys))
        #expect(doomed.map(\.attachmentID) == [candidate.attachment.id, candidate.attachment.id])
    }

    @Test func `each refusal has its own word, and keeps none of the others out`() async throws {
        let fixture = try await CatalogFixture()
        let first = fixture.candidate()
        var taken = fixture.candidate()
        taken.attachment.objectKey = first.attachment.objectKey
        taken.locations = [first.attachment.objectKey: "x", taken.attachment.renditions[0].objectKey: "y"]
        var strange = fixture.candidate()
        strange.attachment.messageID = .version7()
        var incomplete = fixture.candidate()
        incomplete.locations[incomplete.attachment.objectKey] = nil
        var wrong = fixture.candidate()
        wrong.attachment.fileName = ""
        let last = fixture.candidate()
        let outcomes = try await fixture.catalog.adoptAttachments(
            [first, taken, strange, incomplete, wrong, last],
            store: CatalogFixture.store
        )
        #expect(outcomes.count == 6)
        #expect(outcomes[0] == .adopted)
        #expect(outcomes[1] == .keyTaken)
        #expect(outcomes[2] == .noMessage)
        #expect(outcomes[3] == .invalid("each of the objects needs one location"))
        guard case .invalid = outcomes[4] else {
            Issue.record("\(outcomes[4])")
            return
        }
        #expect(outcomes[5] == .adopted)
        #expect(try await fixture.catalog.waitingPlaces(store: CatalogFixture.store, limit: 9).count == 4)
    }

    @Test func `a key whose deletion in the storage is queued is not taken: it would go with that`() async throws {
        let fixture = try await CatalogFixture()
        let old = fixture.attachment(status: .ready)
        try await fixture.commit(old)
        _ = try await fixture.delete(old)
        var candidate = fixture.candidate()
        let thumbnail = candidate.attachment.renditions[0].objectKey
        candidate.attachment.objectKey = old.objectKey
        candidate.locations = [old.objectKey: "x", thumbnail: "y"]
        #expect(try await fixture.adopt(candidate) == .keyTaken)
    }

    @Test func `two attachments may be of one file, which goes with the last of them`() async throws {
        let fixture = try await CatalogFixture()
        let (first, second) = (fixture.candidate(location: "one.mp4"), fixture.candidate(location: "one.mp4"))
        #expect(try await fixture.adopt(first) == .adopted)
        #expect(try await fixture.adopt(second) == .adopted)
        _ = try await fixture.delete(first.attachment)
        let place = try #require(
            try await fixture.catalog.doomedPlaces(store: CatalogFixture.store, limit: 9)
                .first { $0.location == "one.mp4" }
        )
        #expect(try !fixture.catalog.mayDelete(place))
        _ = try await fixture.delete(second.attachment)
        #expect(try fixture.catalog.mayDelete(place))
        #expect(try await fixture.adopt(fixture.candidate(location: "one.mp4")) == .fileInDeletion)
    }

    @Test func `a place of which all deletions are over may be taken again, by what has a file there`() async throws {
        let fixture = try await CatalogFixture()
        let (first, second) = (fixture.candidate(location: "one.mp4"), fixture.candidate(location: "one.mp4"))
        _ = try await fixture.adopt(first)
        _ = try await fixture.delete(first.attachment)
        func adopt(_ candidate: AdoptionCandidate, present: Set<String>) async throws -> [AdoptionOutcome] {
            try await fixture.catalog.adoptAttachments([candidate], store: CatalogFixture.store, present: present)
        }
        #expect(try await adopt(second, present: ["one.mp4"]) == [.fileInDeletion])
        for place in try await fixture.catalog.doomedPlaces(store: CatalogFixture.store, limit: 9) {
            try await fixture.catalog.finishOldDeletion(of: place)
        }
        #expect(try await adopt(second, present: []) == [.fileDeleted])
        #expect(try await adopt(second, present: ["another.mp4"]) == [.fileDeleted])
        #expect(try await adopt(second, present: ["one.mp4"]) == [.adopted])
        // The one that was deleted stays so.
        #expect(try await adopt(first, present: ["one.mp4"]) == [.deletedBefore])
        let place = try #require(
            try await fixture.catalog.waitingPlaces(store: CatalogFixture.store, limit: 9)
                .first { $0.location == "one.mp4" }
        )
        #expect(place.attachmentID == second.attachment.id)
        #expect(try !fixture.catalog.mayDelete(place))
    }
}
