import Catalog
import Foundation
import TestSupport
import Testing

struct ReprocessingTests {
    @Test func `each condition narrows, and all of them must hold`() async throws {
        let fixture = try await CatalogFixture()
        let ready = fixture.attachment(status: .ready)
        let failed = fixture.attachment(status: .failed, uploadedBy: "bob")
        var picture = fixture.attachment(status: .ready)
        picture.fileKind = .image
        picture.mediaType = "image/heic"
        picture.uploadedAt = fixture.start.addingTimeInterval(3_600)
        let waiting = fixture.attachment()
        for attachment in [ready, failed, picture, waiting] { try await fixture.commit(attachment) }
        func found(_ change: (inout AttachmentFilter) -> Void) async throws -> Set<UUID> {
            var filter = AttachmentFilter()
            change(&filter)
            return Set(try await fixture.catalog.attachments(for: filter, limit: 10).map(\.id))
        }
        #expect(try await found { _ in } == [ready.id, failed.id, picture.id], "one is still to be worked on")
        #expect(try await found { $0.status = .failed } == [failed.id])
        #expect(try await found { $0.failureReason = "invalid_data" } == [failed.id])
        #expect(try await found { $0.kinds = [.image, .audio] } == [picture.id])
        #expect(try await found { $0.mediaTypes = ["image/heic"] } == [picture.id])
        #expect(try await found { $0.uploadedBy = "ann" } == [ready.id, picture.id])
        #expect(try await found { $0.ids = [ready.id, waiting.id] } == [ready.id])
        #expect(try await found { $0.uploadedFrom = picture.uploadedAt } == [picture.id])
        #expect(try await found { $0.uploadedBefore = picture.uploadedAt } == [ready.id, failed.id])
        #expect(try await found { $0.conversationID = UUID() } == [])
        #expect(try await found { $0.conversationID = fixture.conversationID }.count == 3)
        #expect(try await found { ($0.kinds, $0.uploadedBy) = ([.image], "bob") } == [])
        #expect(try await found { $0.lackedRendition = "thumbnail" }.count == 3)
    }

    @Test func `the work is queued once, behind other work, and what is there stays`() async throws {
        let fixture = try await CatalogFixture()
        let all = (0..<3).map { _ in fixture.attachment(status: .ready) }
        for attachment in all { try await fixture.commit(attachment) }
        let ids = all.map(\.id)
        #expect(try await fixture.catalog.requestReprocessing(of: ids + [UUID()]) == 3)
        #expect(try await fixture.catalog.requestReprocessing(of: ids) == 0)
        let jobs = try await fixture.catalog.jobs(limit: 9)
        #expect(jobs.map(\.kind) == [.import, .import, .import])
        #expect(jobs.allSatisfy { $0.priority == .low && $0.userID == "ann" })
        #expect(try await fixture.catalog.attachment(id: ids[0])?.status == .ready)
        #expect(try await fixture.catalog.attachments(for: AttachmentFilter(), limit: 9) == [])
        let pages = try await fixture.catalog.attachments(for: AttachmentFilter(), after: ids[1], limit: 9)
        #expect(pages == [])
    }

    @Test func `what waits in an old place is left alone`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = fixture.candidate()
        _ = try await fixture.adopt(candidate)
        #expect(try await fixture.catalog.attachments(for: AttachmentFilter(), limit: 9) == [])
        #expect(try await fixture.catalog.requestReprocessing(of: [candidate.attachment.id]) == 0)
    }
}
