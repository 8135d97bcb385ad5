import Catalog
import Curl
import Foundation
import Logging
import Media
import S3
import SigV4
import TestSupport
import Testing

@testable import Attachments

/// By whose clock URLs of streams end, where the storage's is not our own.
struct StreamClockTests {
    /// Tells in a URL when it ends.
    private struct Links: PlaylistLinks {
        func url(attachment id: String, objectKey: String, step: String?, expiresAt: Int64) -> String { "\(expiresAt)" }
    }

    /// Tells in a URL when it was signed.
    private struct Signer: ObjectURLSigner {
        func url(forKey key: String, terms: URLTerms) -> String { "\(terms.signedAt.secondsSinceEpoch)" }
    }

    private static let step = Rendition(
        name: "hls360p",
        objectKey: "a/hls360p",
        width: 640,
        height: 360,
        mediaType: "video/mp4",
        byteCount: 1_000
    )

    private func attachment() -> CatalogAttachment {
        var attachment = CatalogAttachment(
            id: UUID(),
            messageID: UUID(),
            objectKey: "a/original",
            fileName: "clip.mp4",
            fileKind: .video,
            fileSize: 1_000_000,
            mediaType: "video/mp4",
            sha256: String(repeating: "0f", count: 32),
            status: .ready,
            failureReason: nil,
            uploadedBy: "ann",
            uploadedAt: Date(timeIntervalSince1970: 1_700_000_000)
        )
        attachment.durationMilliseconds = 60_000
        attachment.renditions = [Self.step]
        return attachment
    }

    /// A service whose storage has the time 2027-01-15 08:00:00 UTC; nothing is asked of it.
    private func run(signer: (any ObjectURLSigner)?, _ body: (AttachmentService) throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
        try catalog.migrate()
        var configuration = AttachmentsConfiguration(
            spoolDirectory: directory.file("spool"),
            partSizeBytes: 5 << 20
        )
        configuration.objectURLs = signer
        configuration.urlWindow = .seconds(1)
        configuration.urlLifetime = .seconds(900)
        let curl = try CurlClient()
        let service = AttachmentService(
            configuration: configuration,
            catalog: catalog,
            storage: S3Client(
                configuration: S3Configuration(
                    endpoint: try S3Endpoint(parsing: "http://127.0.0.1:9"),
                    bucket: "bucket",
                    credentials: Credentials(accessKeyID: "AKID", secretAccessKey: "secret")
                ),
                curl: curl,
                clock: { SigningTime(secondsSinceEpoch: 1_800_000_000) }
            ),
            media: MediaRunner(workerPath: "/nonexistent/satchel-worker"),
            playlistLinks: Links(),
            logger: Logger(label: "test")
        )
        try body(service)
        await curl.shutdown()
    }

    private func isNow(_ seconds: Int64) -> Bool { abs(seconds - Int64(Date().timeIntervalSince1970)) < 120 }

    @Test(arguments: [false, true])
    func `a playlist's URL ends by our own clock, a URL in it by that of who checks it`(hasSigner: Bool) async throws {
        try await run(signer: hasSigner ? Signer() : nil) { service in
            let attachment = attachment()
            let ladder = try #require(try service.view(of: attachment).renditions.first { $0.rendition.name == "hls" })
            // A minute of playing, and the lifetime.
            #expect(isNow(try #require(Int64(ladder.url)) - 960))
            let url = try #require(try service.streamURL(of: Self.step, attachment))
            if hasSigner {
                #expect(isNow(try #require(Int64(url))))
            } else {
                #expect(url.contains("X-Amz-Date=20270115T080000Z"))
            }
        }
    }
}
