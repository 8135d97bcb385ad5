import Catalog
import Foundation
import SigV4
import Testing

@testable import Attachments

/// When an answer says that its URLs end.
struct URLLifetimeTests {
    /// Tells in a URL how long it is to live.
    private struct Signer: ObjectURLSigner {
        func url(forKey key: String, terms: URLTerms) -> String { "\(terms.lifetime.components.seconds)" }
    }

    /// URLs are signed at 2027-01-15 08:00:00 UTC, for 900 seconds, by credentials that end so many seconds after that.
    private func run(
        endingAfter seconds: Int64,
        signer: (any ObjectURLSigner)? = nil,
        _ body: (AttachmentView) throws -> Void
    ) async throws {
        try await OfflineService.run(
            clock: { SigningTime(secondsSinceEpoch: 1_800_000_000) },
            credentials: Credentials(
                accessKeyID: "AKID",
                secretAccessKey: "secret",
                sessionToken: "token",
                expiresAt: SigningTime(secondsSinceEpoch: 1_800_000_000 + seconds)
            ),
            configure: { configuration in
                configuration.objectURLs = signer
                configuration.urlWindow = .seconds(1)
                configuration.urlLifetime = .seconds(900)
            },
            { try body(try $0.service.view(of: CatalogAttachment.readyVideo(with: []))) }
        )
    }

    @Test(arguments: [(100, 100), (900, 900), (5000, 900)] as [(Int64, Int)])
    func `neither a URL nor the answer says a longer life than the credentials have`(
        end: Int64,
        life: Int
    ) async throws {
        try await run(endingAfter: end) { view in
            let url = try #require(view.url)
            #expect(url.contains("&X-Amz-Expires=\(life)&"))
            #expect(view.expiresAt == Date(timeIntervalSince1970: 1_800_000_000 + Double(life)))
        }
    }

    @Test func `a URL that others sign does not end with the storage's credentials`() async throws {
        try await run(endingAfter: 100, signer: Signer()) { view in
            #expect(view.url == "900")
        }
    }
}
