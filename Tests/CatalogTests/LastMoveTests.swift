import Catalog
import Foundation
import Testing

/// Since when no URL of an old bucket is handed out: what ends URLs waits for the last of those.
struct LastMoveTests {
    private let store = "s3:http://127.0.0.1:8333/old"

    /// An attachment whose objects were moved out of a bucket, the thumbnail a minute after the original.
    private func moved(_ fixture: CatalogFixture) async throws -> CatalogAttachment {
        let candidate = fixture.candidate()
        let adopted = try await fixture.catalog.adoptAttachments([candidate], store: store, at: fixture.start)
        #expect(adopted == [.adopted])
        for (index, key) in candidate.attachment.objectKeys.enumerated() {
            let outcome = try await fixture.catalog.finishMove(
                ArrivedObject(objectKey: key, store: store, byteCount: 1_000, sha256: CatalogFixture.digest),
                at: fixture.start.addingTimeInterval(Double(index) * 60)
            )
            #expect(outcome == .moved)
        }
        return try #require(try await fixture.catalog.attachment(id: candidate.attachment.id))
    }

    @Test func `it is the time of the last object, or of the last of some`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await moved(fixture)
        let (id, minute) = (attachment.id, fixture.start.addingTimeInterval(60))
        #expect(try fixture.catalog.lastMove(attachmentID: id) == minute)
        #expect(try fixture.catalog.lastMove(attachmentID: id, among: [attachment.objectKey]) == fixture.start)
        #expect(try fixture.catalog.lastMove(attachmentID: id, among: ["attachments/none"]) == nil)
    }

    @Test func `what takes the part of a moved object later does not count as a move`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await moved(fixture)
        let (id, day) = (attachment.id, fixture.start.addingTimeInterval(86_400))
        let request = try await fixture.catalog.requestRevocation(attachmentID: id, at: day)
        guard case .begun(let job) = request else {
            Issue.record("\(request)")
            return
        }
        let copies = Dictionary(uniqueKeysWithValues: attachment.objectKeys.map { ($0, "copy-of-\($0)") })
        try await fixture.catalog.insertIntents(
            copies.values.map { UploadIntent(id: .version7(), objectKey: $0, userID: "ann", createdAt: day) }
        )
        let outcome = try await fixture.finishRevocation(of: attachment, copies: copies, job: job, at: day)
        guard case .swapped = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(try fixture.state(attachment.objectKey, store: store) == .replaced)
        #expect(try fixture.catalog.lastMove(attachmentID: id) == fixture.start.addingTimeInterval(60))
    }
}
