import Catalog
import Foundation
import Logging
import TestSupport
import Testing

@testable import Gateway

/// API keys and the tokens of other issuers, at a running gateway.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct IdentityRouteTests {
    private func bearer(_ token: String) -> [(name: String, value: String)] {
        [(name: "Authorization", value: "Bearer \(token)")]
    }

    private func make(
        _ name: String,
        _ scopes: Set<AccessScope>,
        in gateway: GatewayHarness,
        lifetime: Duration? = nil,
        at date: Date = Date()
    ) async throws -> String {
        let key = try NewAPIKey(name: name, scopes: scopes, lifetime: lifetime, at: date)
        try await gateway.catalog.insertAPIKey(key.stored)
        return key.text.revealed
    }

    @Test func `a key with the service scope is the back end`() async throws {
        try await GatewayHarness.run { gateway in
            let headers = bearer(try await make("backend", [.service], in: gateway))
            let path = "/conversations/\(UUID())/"
            let made = try await gateway.send("PUT", path, as: nil, headers: headers, body: Array("{}".utf8))
            #expect(made.status == 200)
            #expect(try await gateway.send("GET", "/activity/", as: nil, headers: headers).status == 200)
            let form = gateway.form(document(byteCount: 100))
            let type = [(name: "Content-Type", value: form.contentType)]
            let upload = try await gateway.send("POST", "/upload/", as: nil, headers: headers + type, body: form.body)
            #expect(upload.status == 201)
            #expect(upload.json["uploaded_by"] == "key:backend")
        }
    }

    @Test func `the read scope, of a key or a token, opens the operators' routes and nothing else`() async throws {
        try await GatewayHarness.run { gateway in
            let key = try await make("dashboard", [.read], in: gateway)
            let token = try await gateway.tokens.token(userID: "operator", canRead: true, expiresIn: .seconds(60))
            let id = try #require(try await gateway.post(gateway.form(document(byteCount: 50))).json["id"]?.text)
            for headers in [bearer(key), bearer(token)] {
                func status(_ method: String, _ path: String) async throws -> Int {
                    try await gateway.send(method, path, as: nil, headers: headers, body: Array("{}".utf8)).status
                }
                for path in ["/activity/", "/usage/", "/jobs/"] {
                    #expect(try await gateway.send("GET", path, as: nil, headers: headers).status == 200, "\(path)")
                }
                #expect(try await status("PUT", "/conversations/\(gateway.conversationID)/") == 403)
                #expect(try await status("DELETE", "/conversations/\(gateway.conversationID)/") == 403)
                #expect(try await status("PUT", "/messages/\(gateway.messageID)/") == 403)
                #expect(try await status("DELETE", "/messages/\(gateway.messageID)/") == 403)
                #expect(try await gateway.send("GET", "/attachments/\(id)/", as: nil, headers: headers).status == 404)
                #expect(try await status("DELETE", "/attachments/\(id)/") == 404)
            }
            let user = try await gateway.send("GET", "/activity/", as: "ann")
            #expect(user.status == 403)
            #expect(user.code == "forbidden")
        }
    }

    @Test func `a credential stands behind its scheme, in any case, and alone`() async throws {
        try await GatewayHarness.run { gateway in
            let key = try await make("dashboard", [.read], in: gateway)
            for (value, status) in [
                ("bearer \(key)", 200), ("BEARER   \(key)", 200), ("Bearer", 401), (key, 401), ("Basic \(key)", 401),
                ("Bearer\t\(key)", 401), ("Bearer \(key) \(key)", 401), ("Bearer, \(key)", 401),
            ] {
                let headers = [(name: "Authorization", value: value)]
                let answer = try await gateway.send("GET", "/activity/", as: nil, headers: headers)
                #expect(answer.status == status, "\(value.prefix(10))")
                if status == 401 { #expect(answer.code == "missing_token", "\(value.prefix(10))") }
            }
        }
    }

    @Test func `a key that is revoked, over or unknown is a 401 at once`() async throws {
        try await GatewayHarness.run { gateway in
            let key = try await make("backend", [.service], in: gateway)
            let old = try await make(
                "old",
                [.service],
                in: gateway,
                lifetime: .seconds(60),
                at: Date(timeIntervalSinceNow: -61)
            )
            #expect(try await gateway.send("GET", "/activity/", as: nil, headers: bearer(key)).status == 200)
            _ = try await gateway.catalog.revokeAPIKey("backend")
            for (token, code) in [
                (key, "invalid_token"), (old, "token_expired"), (APIKeyText.random().revealed, "invalid_token"),
                ("satchel_", "invalid_token"),
            ] {
                let response = try await gateway.send("GET", "/activity/", as: nil, headers: bearer(token))
                #expect(response.status == 401)
                #expect(response.code == code)
                #expect(response.header("WWW-Authenticate")?.contains("invalid_token") == true)
                #expect(!response.text.contains(token))
            }
        }
    }

    @Test func `neither keys nor tokens stand in the log or in an answer, be they good or bad`() async throws {
        let lines = LogLines()
        var logger = Logger(label: "test") { _ in LineCollector(lines: lines) }
        logger.logLevel = .trace
        try await GatewayHarness.run(logger: logger) { gateway in
            let good = try await make("backend", [.service], in: gateway)
            let token = try await gateway.tokens.token(userID: "ann", isService: true, expiresIn: .seconds(60))
            let bad = [
                APIKeyText.random().revealed, "\(token)x", "satchel_0123456789abcdef_hidden", "hidden.hidden.hidden",
            ]
            for text in bad + [good, token] {
                let response = try await gateway.send("GET", "/activity/", as: nil, headers: bearer(text))
                let end = String(text.suffix(40))
                #expect(!response.text.contains(end))
                #expect(!lines.all.contains { $0.contains(end) }, "\(end)")
            }
            #expect(lines.all.contains { $0.contains("user=key:backend") })
        }
    }

    @Test func `a running gateway takes tokens by public key and by key set`() async throws {
        let (file, published, stranger) = (try OpenSSLKey(.ed25519), try OpenSSLKey(.rsa), try OpenSSLKey(.rsa))
        let server = try KeySetServer([try published.jwk(id: "k")])
        let publicKeys = try await VerificationKey.keys(pem: file.publicPEM)
        let claims = #"{"sub":"ann","exp":\#(Int(Date().timeIntervalSince1970) + 600)}"#
        let configure: (inout GatewayConfiguration) -> Void = { configuration in
            configuration.tokens.publicKeys = publicKeys
            configuration.tokens.keySetURL = server.url
        }
        try await GatewayHarness.run(configure: configure) { gateway in
            func status(_ token: String) async throws -> Int {
                try await gateway.send("GET", "/messages/\(gateway.messageID)/", as: nil, headers: bearer(token)).status
            }
            // The set is read at the start, before anyone asks.
            let isRead = try await gateway.eventually { server.requestCount == 1 }
            #expect(isRead)
            #expect(try await status(try file.token(claims: claims)) == 200)
            #expect(try await status(try published.token(claims: claims, id: "k")) == 200)
            #expect(try await status(try stranger.token(claims: claims, id: "k")) == 401)
            #expect(try await status(try stranger.token(claims: claims, id: "unknown")) == 401)
            #expect(try await gateway.send("GET", "/messages/\(gateway.messageID)/").status == 200)
        }
    }
}
