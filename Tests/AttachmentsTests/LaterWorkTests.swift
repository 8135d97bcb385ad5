import Catalog
import Foundation
import TestSupport
import Testing

@testable import Attachments

/// Work on what is ready, as those see it who ask for the attachment.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct LaterWorkTests {
    @Test func `what is done again of a ready attachment is told, though no renditions are configured`() async throws {
        let fixture = try await ServiceFixture()
        let id = try await fixture.upload(document(byteCount: 3_000)).attachment.id
        #expect(try await fixture.service.attachmentWithProgress(id: id, for: fixture.bob).processing == [])
        try await fixture.service.lookForLaterWork()
        #expect(!fixture.service.mayHaveLaterWork)
        #expect(try await fixture.catalog.requestReprocessing(of: [id]) == 1)
        try await fixture.service.lookForLaterWork()
        let view = try await fixture.service.attachmentWithProgress(id: id, for: fixture.bob)
        #expect(view.attachment.status == .ready)
        #expect(
            view.processing == [JobProgress(kind: .import, name: "", percent: nil, stage: nil, state: .waiting)]
        )
    }
}
