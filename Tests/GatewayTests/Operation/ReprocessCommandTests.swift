import Attachments
import Catalog
import Foundation
import Gateway
import Media
import S3
import TestSupport
import Testing

/// The built program: `satchel reprocess --lost-objects` over a bucket that has lost some of what was made.
@Suite(
    .enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"),
    .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"),
    .timeLimit(.minutes(3))
)
struct ReprocessCommandTests {
    private func run(_ body: (GatewayHarness) async throws -> Void) async throws {
        try await GatewayHarness.run(
            configure: { configuration in
                configuration.attachments.transcoding.videos = [("180p", 180), ("120p", 120)]
                    .map { name, edge in
                        TranscodeSpecification(name: name, container: .mp4, shortEdge: edge, preset: "ultrafast")
                    }
            },
            body
        )
    }

    private func jpeg() throws -> [UInt8] {
        let media = try MediaFixtures()
        let path = try media.jpeg("photo.jpg")
        return try withExtendedLifetime(media) { try media.bytes(of: path) }
    }

    /// Uploads a file, waits until everything is made of it, and answers its row.
    private func upload(
        _ name: String,
        _ type: String,
        _ bytes: [UInt8],
        to gateway: GatewayHarness
    ) async throws -> CatalogAttachment {
        let answer = try await gateway.post(gateway.form(fileName: name, type: type, bytes))
        #expect(answer.status == 201)
        let id = try #require(answer.json["id"]?.text.flatMap { UUID(uuidString: $0) })
        #expect(try await isQuiet(gateway))
        return try #require(try await gateway.catalog.attachment(id: id))
    }

    /// Whether all the work is done after a while.
    private func isQuiet(_ gateway: GatewayHarness) async throws -> Bool {
        try await gateway.eventually {
            let jobs = try await gateway.catalog.jobs(limit: 1)
            let intents = try await gateway.catalog.intents()
            return jobs.isEmpty && intents.isEmpty
        }
    }

    /// The bucket's objects by their keys, with what changes where one is stored again.
    private func objects(_ gateway: GatewayHarness) async throws -> [String: S3ObjectSummary] {
        let found = try await gateway.storage.listObjects()
        return Dictionary(uniqueKeysWithValues: found.map { ($0.key, $0) })
    }

    private func key(_ name: String, of attachment: CatalogAttachment) throws -> String {
        try #require(attachment.renditions.first { $0.name == name }).objectKey
    }

    /// What is told of a rendition, whatever its key and bytes are.
    private func facts(_ attachment: CatalogAttachment) -> [String] {
        attachment.renditions
            .map { "\($0.name) \($0.mediaType) \($0.width ?? 0)x\($0.height ?? 0)" }
            .sorted()
    }

    @Test func `what is lost is made again of its original, and nothing else is touched`() async throws {
        try await run { gateway in
            let photo = try await upload("photo.jpg", "image/jpeg", jpeg(), to: gateway)
            let film = try await upload("film.mp4", "video/mp4", clip(seconds: 2), to: gateway)
            let whole = try await upload("whole.jpg", "image/jpeg", jpeg(), to: gateway)
            let gone = try await upload("gone.jpg", "image/jpeg", jpeg(), to: gateway)
            #expect(film.renditions.map(\.name).sorted() == ["120p", "180p", "thumbnail"])
            let before = try await objects(gateway)
            // Times of storing are of whole seconds in some servers' listings.
            try await Task.sleep(for: .seconds(2))
            let lost = try [
                key("thumbnail", of: photo), key("180p", of: film), key("thumbnail", of: gone), gone.objectKey,
            ]
            for key in lost { try await gateway.storage.deleteObject(key: key) }

            let goneID = gone.id.uuidString.lowercased()
            let planned = try await gateway.satchel("reprocess", "--lost-objects", "--plan")
            #expect(planned.status == 0)
            #expect(planned.output.contains("2 attachments would be done again\n"))
            let line = "\(goneID) gone.jpg: its original is not in the bucket: \(gone.objectKey)\n"
            #expect(planned.output.contains(line))
            #expect(try await gateway.catalog.jobs(limit: 1).isEmpty)

            let told = try await gateway.satchel("reprocess", "--lost-objects")
            #expect(told.status == 0)
            #expect(told.output.contains("2 attachments are queued\n"))
            #expect(told.output.contains("1 attachments are left alone: the bucket has not their originals\n"))
            #expect(told.output.contains(line))
            #expect(try await isQuiet(gateway))

            let after = try await objects(gateway)
            for attachment in [photo, film] {
                let made = try #require(try await gateway.catalog.attachment(id: attachment.id))
                #expect(made.status == .ready)
                #expect(facts(made) == facts(attachment))
                #expect(made.objectKey == attachment.objectKey)
                #expect(after[made.objectKey] == before[made.objectKey])
                for rendition in made.renditions {
                    let head = try await gateway.storage.headObject(key: rendition.objectKey)
                    #expect(head.byteCount == rendition.byteCount)
                    #expect(head.contentType == rendition.mediaType)
                }
            }
            // What a job of its own had made, and is there, is not made again.
            let small = try key("120p", of: film)
            #expect(after[small] == before[small])
            #expect(after[small] != nil)
            let encoded = try await gateway.catalog.endedJobs(kind: .transcode, limit: 9)
            #expect(encoded.map(\.name).sorted() == ["120p", "180p", "180p"])
            for untouched in [whole, gone] {
                #expect(try await gateway.catalog.attachment(id: untouched.id) == untouched)
            }
            for key in whole.objectKeys { #expect(after[key] == before[key]) }
            #expect(after[gone.objectKey] == nil)

            let again = try await gateway.satchel("reprocess", "--lost-objects")
            #expect(again.status == 0)
            #expect(again.output.contains("0 attachments are queued\n"))
            #expect(try await gateway.catalog.jobs(limit: 1).isEmpty)
            let last = try await objects(gateway)
            #expect(last == after)
        }
    }
}
