import Attachments
import Catalog
import Foundation
import SigV4
import TestSupport
import Testing

@testable import Gateway

/// URLs that something before the storage checks.
struct SignedDeliveryTests {
    private let key = "attachments/2026/11/28/a file (1).original"
    private let terms = URLTerms(
        signedAt: SigningTime(secondsSinceEpoch: 1_764_300_000),
        lifetime: .seconds(900),
        mediaType: "video/mp4",
        disposition: "attachment; filename=\"x y.mp4\""
    )
    private let resource = """
        /attachments/2026/11/28/a%20file%20%281%29.original\
        ?response-content-disposition=attachment%3B%20filename%3D%22x%20y.mp4%22&response-content-type=video%2Fmp4
        """

    @Test func `CloudFront's signature is of the canned policy, by the private key`() throws {
        let pair = try OpenSSLKey(.rsa)
        let base = try #require(DeliveryBase("https://d111111abcdef8.cloudfront.net"))
        let signer = try CloudFrontSigner(base: base, keyPairID: "K2JCJMDEHXQW5F", privateKey: pair.privatePEM)
        let url = try signer.url(forKey: key, terms: terms)
        #expect(try signer.url(forKey: key, terms: terms) == url)
        let unsigned = "https://d111111abcdef8.cloudfront.net\(resource)"
        let match = try #require(
            url.wholeMatch(of: /(.*)&Expires=1764300900&Signature=([A-Za-z0-9~_-]+)&Key-Pair-Id=K2JCJMDEHXQW5F/)
        )
        #expect(match.1 == unsigned)
        let policy =
            #"{"Statement":[{"Resource":"\#(unsigned)","Condition":{"DateLessThan":{"AWS:EpochTime":1764300900}}}]}"#
        let base64 = match.2.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "=")
            .replacingOccurrences(of: "~", with: "/")
        let directory = try TemporaryDirectory()
        try #require(Data(base64Encoded: base64)).write(to: URL(fileURLWithPath: directory.file("signature")))
        try Data(policy.utf8).write(to: URL(fileURLWithPath: directory.file("policy")))
        try Data(pair.publicPEM.utf8).write(to: URL(fileURLWithPath: directory.file("public.pem")))
        let verdict = try OpenSSLKey.run([
            "dgst", "-sha1", "-verify", directory.file("public.pem"), "-signature", directory.file("signature"),
            directory.file("policy"),
        ])
        #expect(String(decoding: verdict, as: UTF8.self) == "Verified OK\n")
    }

    @Test func `a token is the HMAC of path and query up to it`() throws {
        let base = try #require(DeliveryBase("http://media.example.com:8080/files/"))
        let url = TokenSigner(base: base, secret: "a secret of sixteen bytes or more").url(forKey: key, terms: terms)
        let signed = "/files\(resource)&expires=1764300900"
        let directory = try TemporaryDirectory()
        try Data(signed.utf8).write(to: URL(fileURLWithPath: directory.file("text")))
        let code = try OpenSSLKey.run([
            "dgst", "-sha256", "-hmac", "a secret of sixteen bytes or more", "-binary", directory.file("text"),
        ])
        #expect(url == "http://media.example.com:8080\(signed)&token=\(SampleToken.encode(code))")
    }

    @Test(arguments: [
        "", "media.example.com", "ftp://media.example.com", "https://", "https://a@media.example.com",
        "https://media.example.com/x?y=1", "https://media.example.com/x#y", "https://media.example.com/a b",
    ])
    func `what is no base of URLs is none`(text: String) {
        #expect(DeliveryBase(text) == nil)
    }

    @Test func `what a mode needs and lacks is told, each by its key`() async throws {
        func faults(_ settings: [String: String]) async throws -> [String] {
            var environment = [
                "SATCHEL_S3_ENDPOINT": "http://storage.example.com", "SATCHEL_S3_BUCKET": "chat",
                "SATCHEL_S3_ACCESS_KEY_ID": "k", "SATCHEL_S3_SECRET_ACCESS_KEY": "s",
                "SATCHEL_AUTH_SECRET": "a token secret of 32 bytes or more.",
            ]
            for (name, value) in settings { environment["SATCHEL_DELIVERY_\(name)"] = value }
            do throws(ConfigurationFaults) {
                _ = try await ConfigurationSource(file: nil, environment: environment).loadGateway()
                return []
            } catch {
                return error.faults.map(\.description)
            }
        }
        let mode = try await faults(["MODE": "akamai"])
        #expect(mode.count == 1 && mode[0].contains("presigned, cloudfront, token"), "\(mode)")
        let cloudFront = try await faults(["MODE": "cloudfront", "URL": "https://m.example.com", "PRIVATE_KEY": "x"])
        #expect(cloudFront.count == 2, "\(cloudFront)")
        #expect(cloudFront.contains { $0.contains("delivery.keyPairId") && $0.contains("required") })
        #expect(cloudFront.contains { $0.contains("delivery.privateKey") && $0.contains("RSA key in PEM") })
        #expect(!cloudFront.joined().contains("\"x\""), "a secret is not shown")
        let token = try await faults(["MODE": "token", "URL": "m.example.com", "SECRET": "short"])
        #expect(token.contains { $0.contains("delivery.url") && $0.contains("m.example.com") }, "\(token)")
        let short = try await faults(["MODE": "token", "URL": "https://m.example.com", "SECRET": "short"])
        #expect(short.count == 1 && short[0].contains("has 5 bytes; at least 16"), "\(short)")
    }

    @Test(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
    func `where nothing can be signed, clients get an error and no URL that nobody takes`() async throws {
        try await GatewayHarness.run(configure: { $0.attachments.objectURLs = BrokenSigner() }) { gateway in
            let (attachment, _) = try await gateway.beginWork()
            for path in ["attachments/\(attachment.id)/", "attachments/?message_id=\(gateway.messageID)"] {
                let answer = try await gateway.send("GET", "/\(path)")
                #expect(answer.status == 500)
                #expect(answer.json["code"] == "internal")
                #expect(!answer.text.contains("broken"), "the cause is for the log")
            }
            #expect(try await gateway.send("GET", "/attachments/\(attachment.id)/content").status == 500)
        }
    }

    private static func tokenSigner() throws -> any ObjectURLSigner {
        let base = try #require(DeliveryBase("https://media.example.com"))
        return TokenSigner(base: base, secret: "a secret of sixteen bytes or more")
    }

    private static func cloudFrontSigner() throws -> any ObjectURLSigner {
        let base = try #require(DeliveryBase("https://media.example.com"))
        return try CloudFrontSigner(base: base, keyPairID: "K2JCJMDEHXQW5F", privateKey: OpenSSLKey(.rsa).privatePEM)
    }

    @Test(
        .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"),
        arguments: [("&token=", Self.tokenSigner), ("&Signature=", Self.cloudFrontSigner)]
            as [(String, @Sendable () throws -> any ObjectURLSigner)]
    )
    func `attachments and redirects carry the network's URLs, stable in a window`(
        proof: String,
        makeSigner: @Sendable () throws -> any ObjectURLSigner
    ) async throws {
        let signer = try makeSigner()
        try await GatewayHarness.run { configuration in
            configuration.attachments.objectURLs = signer
            // No test that runs now runs into the end of it.
            configuration.attachments.urlWindow = .seconds(86_400 * 6)
        } _: { gateway in
            let posted = try await gateway.post(gateway.form(document(byteCount: 3_000)))
            #expect(posted.status == 201)
            let id = try #require(posted.json["id"]?.text)
            func ask() async throws -> (url: String, location: String) {
                let shown = try await gateway.send("GET", "/attachments/\(id)/", as: "bob")
                let content = try await gateway.send("GET", "/attachments/\(id)/content", as: "bob")
                #expect(content.status == 302)
                return (try #require(shown.json["url"]?.text), try #require(content.header("location")))
            }
            let first = try await ask()
            for url in [posted.json["url"]?.text ?? "", first.url, first.location] {
                #expect(url.hasPrefix("https://media.example.com/attachments/"))
                #expect(url.contains(proof))
            }
            // Another second: what is signed anew for each answer differs by now.
            try await Task.sleep(for: .seconds(2))
            let second = try await ask()
            #expect(second.url == first.url)
            #expect(second.location == first.location)
        }
    }
}

/// Stands for a key that does not sign any more.
private struct BrokenSigner: ObjectURLSigner {
    func url(forKey key: String, terms: URLTerms) throws(URLSigningError) -> String {
        throw URLSigningError("the key is broken")
    }
}
