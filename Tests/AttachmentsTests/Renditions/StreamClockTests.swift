import Catalog
import Foundation
import S3
import SigV4
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

    private static let step = Rendition.sample("hls360p")

    private func attachment() -> CatalogAttachment {
        var attachment = CatalogAttachment.readyVideo(with: [Self.step])
        attachment.durationMilliseconds = 60_000
        return attachment
    }

    /// A service whose storage has the time 2027-01-15 08:00:00 UTC.
    private func run(signer: (any ObjectURLSigner)?, _ body: (AttachmentService) throws -> Void) async throws {
        try await OfflineService.run(
            playlistLinks: Links(),
            clock: { SigningTime(secondsSinceEpoch: 1_800_000_000) },
            configure: { configuration in
                configuration.objectURLs = signer
                configuration.urlWindow = .seconds(1)
                configuration.urlLifetime = .seconds(900)
            },
            { try body($0.service) }
        )
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
