import Attachments
import Catalog
import Foundation
import TestSupport
import Testing

@testable import Gateway

/// What browsers are told, and what other clients are told of methods and types.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct BrowserTests {
    private let page = "https://chat.example.com"

    private func preflight(_ origin: String, to path: String = "/upload/") -> RawHTTPRequest {
        RawHTTPRequest(
            "OPTIONS",
            "/api/chat\(path)",
            headers: [
                (name: "Origin", value: origin), (name: "Access-Control-Request-Method", value: "POST"),
                (name: "Access-Control-Request-Headers", value: "authorization,content-type"),
            ]
        )
    }

    @Test func `a page that is allowed may ask, send and read; another may not`() async throws {
        let cors = CrossOriginConfiguration(origins: [page], allowsCredentials: true, maxAge: .seconds(77))
        try await GatewayHarness.run(configure: { $0.crossOrigin = cors }) { gateway in
            let asked = try await preflight(page).send(port: gateway.port)
            #expect(asked.status == 204)
            #expect(asked.header("Access-Control-Allow-Origin") == page)
            #expect(asked.header("Access-Control-Allow-Credentials") == "true")
            #expect(asked.header("Access-Control-Max-Age") == "77")
            #expect(asked.header("Access-Control-Allow-Methods")?.contains("PATCH") == true)
            for name in ["Authorization", "X-Message-Id", "Upload-Offset", "If-None-Match"] {
                #expect(asked.header("Access-Control-Allow-Headers")?.contains(name) == true, "\(name)")
            }
            let other = try await preflight("https://evil.example.com").send(port: gateway.port)
            #expect(other.status == 405)
            #expect(other.header("Access-Control-Allow-Origin") == nil)
            #expect(other.header("Vary") == "Origin")
            // An error is an answer, which the page must be able to read.
            let refused = try await gateway.send("GET", "/usage/", headers: [(name: "Origin", value: page)])
            #expect(refused.status == 403)
            #expect(refused.header("Access-Control-Allow-Origin") == page)
            #expect(refused.header("Vary") == "Origin")
            for name in ["ETag", "Location", "Tus-Resumable", "Upload-Offset", "X-Request-Id", "Retry-After"] {
                #expect(refused.header("Access-Control-Expose-Headers")?.contains(name) == true, "\(name)")
            }
            let silent = try await gateway.send("GET", "/usage/", headers: [(name: "Origin", value: "null")])
            #expect(silent.header("Access-Control-Allow-Origin") == nil)
        }
    }

    @Test func `without configuration no page may, and with a star every page without credentials`() async throws {
        try await GatewayHarness.run { gateway in
            let asked = try await preflight(page).send(port: gateway.port)
            #expect(asked.status == 405)
            #expect(asked.header("Access-Control-Allow-Origin") == nil)
            #expect(asked.header("Vary") == nil)
        }
        try await GatewayHarness.run(configure: { $0.crossOrigin.origins = ["*"] }) { gateway in
            let asked = try await preflight(page).send(port: gateway.port)
            #expect(asked.status == 204)
            #expect(asked.header("Access-Control-Allow-Origin") == "*")
            #expect(asked.header("Access-Control-Allow-Credentials") == nil)
        }
    }

    @Test func `every answer forbids browsers to guess, to run and to keep`() async throws {
        try await GatewayHarness.run { gateway in
            let message = gateway.messageID.text
            for (path, user) in [
                ("/messages/\(message)/", "ann"), ("/messages/\(message)/", "mallory"), ("/nothing", "ann"),
            ] {
                let response = try await gateway.send("GET", path, as: user)
                #expect(response.header("X-Content-Type-Options") == "nosniff")
                #expect(
                    response.header("Content-Security-Policy") == "default-src 'none'; frame-ancestors 'none'; sandbox"
                )
                #expect(response.header("Cache-Control") == "no-store")
                #expect(response.header("Referrer-Policy") == "no-referrer")
            }
        }
    }

    @Test func `HEAD is answered where GET is, with the same head and no body`() async throws {
        try await GatewayHarness.run(configure: { $0.attachments.urlWindow = .seconds(86_400 * 6) }) { gateway in
            for path in ["/messages/\(gateway.messageID.text)/", "/attachments/?message_id=\(gateway.messageID.text)"] {
                let get = try await gateway.send("GET", path)
                let head = try await gateway.send("HEAD", path)
                #expect(head.status == 200)
                #expect(head.body.isEmpty)
                for name in ["Content-Length", "Content-Type", "ETag"] {
                    #expect(head.header(name) == get.header(name), "\(name)")
                }
            }
            for path in ["/activity/", "/usage/", "/jobs/", "/conversations/\(gateway.conversationID.text)/"] {
                #expect(try await gateway.send("HEAD", path, as: "backend", isService: true).status == 200)
            }
        }
    }

    @Test func `a wrong method is answered with the right ones, a wrong type with 406`() async throws {
        try await GatewayHarness.run { gateway in
            let message = gateway.messageID.text
            for (method, path, allow) in [
                ("TRACE", "/messages/\(message)/", "DELETE, GET, HEAD, PUT"), ("POST", "/jobs/", "GET, HEAD"),
                ("HEAD", "/upload/", "POST"), ("GET", "/attachments/\(message)/revoke/", "POST"),
            ] {
                let response = try await gateway.send(method, path)
                #expect(response.status == 405, "\(method) \(path)")
                #expect(response.header("Allow") == allow, "\(method) \(path)")
            }
            let html = [(name: "Accept", value: "text/html")]
            let refused = try await gateway.send("GET", "/messages/\(message)/", headers: html)
            #expect(refused.status == 406)
            #expect(refused.code == "not_acceptable")
            let upload = try await gateway.send("POST", "/upload/", headers: html, body: [])
            #expect(upload.status == 406)
            #expect(upload.json.keys == ["file", "code", "request_id"])
            // A redirect has no type that one could refuse.
            let redirect = try await gateway.send("GET", "/attachments/\(UUID())/content", headers: html)
            #expect(redirect.status == 404)
        }
    }
}

struct BrowserConfigurationTests {
    private func faults(_ settings: [String: String]) async throws -> [ConfigurationFault] {
        var environment = [
            "SATCHEL_S3_ENDPOINT": "http://127.0.0.1:8333", "SATCHEL_S3_BUCKET": "chat",
            "SATCHEL_S3_ACCESS_KEY_ID": "key", "SATCHEL_S3_SECRET_ACCESS_KEY": "hidden-storage-secret",
            "SATCHEL_AUTH_SECRET": "hidden-token-secret-of-32-bytes-or-more",
        ]
        for (name, value) in settings { environment["SATCHEL_\(name)"] = value }
        do throws(ConfigurationFaults) {
            _ = try await ConfigurationSource(file: nil, environment: environment).loadGateway()
            return []
        } catch {
            return error.faults
        }
    }

    @Test(arguments: [
        "chat.example.com", "https://chat.example.com/", "https://Chat.example.com", "ftp://a.example", "https://",
        "https://a.example:", "null",
    ])
    func `what is no origin is named`(origin: String) async throws {
        let faults = try await faults(["CORS_ORIGINS": "https://a.example \(origin)"])
        #expect(faults.map(\.key) == ["cors.origins"])
        #expect(faults.first?.value == origin)
    }

    @Test func `a star goes with no credentials and no other origin`() async throws {
        let credentials = try await faults(["CORS_ORIGINS": "*", "CORS_CREDENTIALS": "true"])
        #expect(credentials.map(\.key) == ["cors.credentials"])
        #expect(try await faults(["CORS_ORIGINS": "*, https://a.example"]).map(\.key) == ["cors.origins"])
        #expect(try await faults(["CORS_ORIGINS": "*"]).isEmpty)
    }

    @Test(arguments: [
        "http://app.example.com/ask", "ftp://app.example.com", "app.example.com", "https://a.example/?x=1",
        "https://a.example/#x", "https:///ask", "http://127.0.0.1.example.com/",
    ])
    func `a hook that anyone on the way could answer for, or that cannot be asked, is refused`(url: String) async throws
    {
        let secret = "a hook's secret of 32 bytes or more"
        let faults = try await faults(["MEMBERSHIP_HOOK_URL": url, "MEMBERSHIP_HOOK_SECRET": secret])
        #expect(faults.map(\.key) == ["membership.hookURL"])
        #expect(faults.first?.value == url)
    }

    @Test func `a hook needs a secret that is long enough, and a password in its URL is not shown`() async throws {
        let url = "https://app.example.com/ask"
        #expect(try await faults(["MEMBERSHIP_HOOK_URL": url]).map(\.key) == ["membership.hookSecret"])
        let short = try await faults(["MEMBERSHIP_HOOK_URL": url, "MEMBERSHIP_HOOK_SECRET": "short"])
        #expect(short.map(\.key) == ["membership.hookSecret"])
        #expect(short.allSatisfy { !$0.description.contains("\"short\"") })
        let secret = "a hook's secret of 32 bytes or more"
        let password = try await faults([
            "MEMBERSHIP_HOOK_URL": "https://me:hidden@a.example/", "MEMBERSHIP_HOOK_SECRET": secret,
        ])
        #expect(password.map(\.key) == ["membership.hookURL"])
        #expect(password.allSatisfy { !$0.description.contains("hidden") })
        for loopback in ["http://127.0.0.1:8000/ask", "http://localhost/ask", "http://[::1]:8000/ask"] {
            let none = try await faults(["MEMBERSHIP_HOOK_URL": loopback, "MEMBERSHIP_HOOK_SECRET": secret])
            #expect(none.isEmpty, "\(loopback)")
        }
    }
}
