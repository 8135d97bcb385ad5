import Attachments
import Catalog
import Foundation
import Glibc
import S3
import TestSupport
import Testing

@testable import Gateway

/// Files that are still in a media root: seen, fetched and deleted before, while and after they are moved.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct DirectorySourceTests {
    private let root: MediaRoot
    private let bytes = document(byteCount: 700_000)
    private let picture = Array("\u{FF}\u{D8} as good as a picture".utf8)

    init() throws {
        root = try MediaRoot()
        try root.write(bytes, to: "attachments/2025/01/15/a b+c%20 ü.pdf")
        try root.write(picture, to: "thumbnails/2025/01/15/thumb.jpg")
    }

    private func run(
        configure: @escaping (inout GatewayConfiguration) -> Void = { _ in },
        _ body: (GatewayHarness, CatalogAttachment) async throws -> Void
    ) async throws {
        let path = root.path
        try await GatewayHarness.run(configure: {
            $0.migrationSource = .directory(path: path)
            $0.delivery.allowsProxy = true
            configure(&$0)
        }) { gateway in
            let attachment = try await root.adopt(
                "attachments/2025/01/15/a b+c%20 ü.pdf",
                in: gateway,
                thumbnail: "thumbnails/2025/01/15/thumb.jpg"
            )
            try await body(gateway, attachment)
        }
    }

    private func show(_ id: UUID, in gateway: GatewayHarness, as user: String = "ann") async throws -> JSONValue {
        try await gateway.send("GET", "/attachments/\(id.text)/", as: user).json
    }

    @Test func `what waits has a URL of the gateway's own, with the headers of a presigned one`() async throws {
        try await run { gateway, attachment in
            let shown = try await show(attachment.id, in: gateway)
            #expect(shown["sha256"] == .null)
            #expect(shown["stored_sha256"] == .null)
            let url = try #require(shown["url"]?.text)
            #expect(url.hasPrefix("http://satchel.test/api/chat/old-objects/\(attachment.id.text)?expires="))
            let whole = try await gateway.fetch(url)
            #expect(whole.status == 200)
            #expect(whole.body == bytes)
            #expect(whole.header("Content-Length") == "700000")
            #expect(whole.header("Content-Type") == "application/pdf")
            #expect(
                whole.header("Content-Disposition")
                    == "attachment; filename=\"Bericht _1_ _.pdf\"; filename*=UTF-8''Bericht%20%221%22%20%C3%BC.pdf"
            )
            #expect(whole.header("X-Content-Type-Options") == "nosniff")
            #expect(whole.header("Content-Security-Policy")?.contains("sandbox") == true)
            let tag = try #require(whole.header("ETag"))
            let head = try await gateway.fetch(url, method: "HEAD")
            #expect(head.header("Content-Length") == "700000")
            #expect(head.body.isEmpty)
            let part = try await gateway.fetch(url, headers: [(name: "Range", value: "bytes=300000-300099")])
            #expect(part.status == 206)
            #expect(part.body == Array(bytes[300_000...300_099]))
            #expect(part.header("Content-Range") == "bytes 300000-300099/700000")
            let beyond = try await gateway.fetch(url, headers: [(name: "Range", value: "bytes=700000-")])
            #expect(beyond.status == 416)
            let known = try await gateway.fetch(url, headers: [(name: "If-None-Match", value: tag)])
            #expect(known.status == 304)
            let thumbnail = try await gateway.fetch(shown["thumbnail_url"]?.text)
            #expect(thumbnail.body == picture)
            #expect(thumbnail.header("Content-Type") == "image/jpeg")
            #expect(thumbnail.header("Content-Disposition")?.hasPrefix("inline; filename=\"thumbnail.jpg\"") == true)
        }
    }

    @Test func `a file whose name is no text is served, and deleted with its attachment`() async throws {
        let path = root.path
        // As an old system wrote it in Latin-1; in a location the byte E9 is spelled U+EFE9.
        let name = Array("\(path)/caf".utf8) + [0xE9] + Array(".txt".utf8)
        let raw = name.map(CChar.init(bitPattern:)) + [0]
        let descriptor = Glibc.open(raw, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        try #require(count == bytes.count)
        try await run { gateway, _ in
            let attachment = try await root.adopt("caf\u{EFE9}.txt", in: gateway)
            let shown = try await show(attachment.id, in: gateway)
            #expect(try await gateway.fetch(shown["url"]?.text).body == bytes)
            // A name that really has that scalar comes before it.
            try root.write(picture, to: "caf\u{EFE9}.txt")
            #expect(try await gateway.fetch(shown["url"]?.text).body == picture)
            try FileManager.default.removeItem(atPath: "\(path)/caf\u{EFE9}.txt")
            let deleted = try await gateway.send("DELETE", "/attachments/\(attachment.id.text)/")
            #expect(deleted.status == 200)
            let isGone = try await gateway.eventually { access(raw, F_OK) != 0 }
            #expect(isGone)
        }
    }

    @Test func `content, thumbnail, lists and messages lead there, too, and strangers see nothing`() async throws {
        try await run { gateway, attachment in
            let id = attachment.id.text
            let content = try await gateway.send("GET", "/attachments/\(id)/content")
            #expect(content.status == 302)
            #expect(try await gateway.fetch(content.header("Location")).body == bytes)
            let thumbnail = try await gateway.send("GET", "/attachments/\(id)/thumbnail")
            #expect(try await gateway.fetch(thumbnail.header("Location")).body == picture)
            let proxied = try await gateway.send("GET", "/attachments/\(id)/content?proxy=1", as: "bob")
            #expect(proxied.body == bytes)
            let range = [(name: "Range", value: "bytes=-5")]
            let part = try await gateway.send("GET", "/attachments/\(id)/content?proxy=1", headers: range)
            #expect(part.status == 206)
            #expect(part.body == Array(bytes.suffix(5)))
            let conversation = gateway.conversationID.text
            let list = try await gateway.send("GET", "/attachments/?conversation_id=\(conversation)").json
            #expect(list["attachments"]?[0]?["id"]?.text == id)
            let message = try await gateway.send("GET", "/messages/\(gateway.messageID.text)/").json
            #expect(message["attachments"]?[0]?["url"]?.text?.contains("/old-objects/") == true)
            #expect(try await gateway.send("GET", "/attachments/\(id)/", as: "mallory").status == 404)
            // Whoever asked has it moved first.
            let asked = try await gateway.eventually {
                try await gateway.catalog.keysAskedFor(store: root.store, limit: 9).count == 2
            }
            #expect(asked)
        }
    }

    @Test func `a URL that was altered, or whose time is over, is refused`() async throws {
        try await run(configure: {
            $0.attachments.urlLifetime = .seconds(2)
            $0.attachments.urlWindow = .seconds(1)
        }) { gateway, attachment in
            let other = try await root.adopt("README", in: gateway)
            let url = try #require(try await show(attachment.id, in: gateway)["url"]?.text)
            let expiry = try #require(url.firstMatch(of: /expires=([0-9]+)/)?.1)
            let changes = [
                url.replacing(attachment.id.text, with: other.id.text),
                url.replacing("?expires", with: "?rendition=thumbnail&expires"),
                url.replacing("expires=\(expiry)", with: "expires=\(expiry)0"),
                url.replacing("expires=\(expiry)", with: "expires=+\(expiry)"),
                url.replacing("expires=\(expiry)", with: "expires=0\(expiry)"),
                url.replacing("&signature=", with: "&signature=A"),
                String(url.dropLast()),
                String(url[..<(try #require(url.range(of: "&signature")).lowerBound)]),
                url.replacing("?expires", with: "?rendition=../../etc/passwd&expires"),
            ]
            for changed in changes {
                let answer = try await gateway.fetch(changed)
                #expect(answer.status == 403, "\(changed)")
                #expect(answer.json["code"]?.text == "forbidden", "\(changed)")
            }
            let over = try await gateway.eventually { try await gateway.fetch(url).status == 403 }
            #expect(over)
            #expect(try await gateway.fetch(url).json["code"]?.text == "url_expired")
        }
    }

    @Test func `the metrics tell how many wait where, and how many are still to be deleted there`() async throws {
        try await run(configure: { $0.metrics.isEnabled = true }) { gateway, _ in
            let answer = try await RawHTTPRequest("GET", "/metrics").send(port: gateway.port)
            let page = MetricsText(answer.text)
            #expect(page.value("satchel_old_place_objects", ["store": root.store, "state": "waiting"]) == 2)
            #expect(page.value("satchel_old_place_objects", ["store": root.store, "state": "deleted"]) == 0)
        }
    }

    @Test func `where the configuration names the server, URLs begin with that`() async throws {
        try await run(configure: { $0.publicURL = "https://chat.example.com" }) { gateway, attachment in
            let url = try #require(try await show(attachment.id, in: gateway)["url"]?.text)
            #expect(url.hasPrefix("https://chat.example.com/api/chat/old-objects/"))
            #expect(try await gateway.fetch(url).body == bytes)
        }
    }

    @Test func `a trusted proxy's word on scheme and host is taken, a stranger's is not`() async throws {
        let headers = [
            (name: "X-Forwarded-Proto", value: "https"),
            (name: "X-Forwarded-Host", value: "evil.example, chat.example"),
        ]
        try await run { gateway, attachment in
            let shown = try await gateway.send("GET", "/attachments/\(attachment.id.text)/", headers: headers)
            #expect(shown.json["url"]?.text?.hasPrefix("http://satchel.test/") == true)
        }
        try await run(configure: {
            $0.limits.trustedProxies.networks = ["127.0.0.1"].compactMap { IPNetwork($0) }
        }) { gateway, attachment in
            let shown = try await gateway.send("GET", "/attachments/\(attachment.id.text)/", headers: headers)
            #expect(shown.json["url"]?.text?.hasPrefix("https://chat.example/") == true)
        }
    }

    @Test(arguments: [
        "../outside.txt", "/etc/passwd", "attachments/../../outside.txt", "away/passwd", "folder", "a//b",
    ])
    func `no path leaves the directory`(location: String) async throws {
        let outside = root.directory.file("outside.txt")
        try "secret".write(toFile: outside, atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(atPath: "\(root.path)/away", withDestinationPath: "/etc")
        try FileManager.default.createDirectory(atPath: "\(root.path)/folder", withIntermediateDirectories: true)
        try await run { gateway, _ in
            let attachment = try await root.adopt(location, in: gateway)
            let answer = try await gateway.fetch(try await show(attachment.id, in: gateway)["url"]?.text)
            #expect(answer.status == 503)
            #expect(answer.json["code"]?.text == "storage_unavailable")
            #expect(try await gateway.send("DELETE", "/attachments/\(attachment.id.text)/").status == 200)
            #expect(FileManager.default.fileExists(atPath: outside))
            #expect(FileManager.default.fileExists(atPath: "/etc/passwd"))
        }
    }

    @Test func `a link inside the directory is followed, and deleting it leaves what it leads to`() async throws {
        try FileManager.default.createSymbolicLink(atPath: "\(root.path)/link", withDestinationPath: "README")
        try await run { gateway, _ in
            let attachment = try await root.adopt("link", in: gateway)
            let answer = try await gateway.fetch(try await show(attachment.id, in: gateway)["url"]?.text)
            #expect(answer.text == "an old file that nobody asks for")
            #expect(try await gateway.send("DELETE", "/attachments/\(attachment.id.text)/").status == 200)
            let isGone = try await gateway.eventually {
                try gateway.catalog.oldPlace(objectKey: attachment.objectKey, store: root.store)?.state == .gone
            }
            #expect(isGone)
            #expect(root.has("README"))
            #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: "\(root.path)/link")) == nil)
        }
    }

    @Test func `what was moved is presigned, and the URL of before stays good`() async throws {
        try await run { gateway, attachment in
            let before = try await show(attachment.id, in: gateway)
            for key in attachment.objectKeys { #expect(try await root.move(key, in: gateway) == .moved) }
            let after = try await show(attachment.id, in: gateway)
            #expect(after["url"]?.text?.contains("X-Amz-Signature=") == true)
            #expect(after["file_size"] == 700_000)
            #expect(after["sha256"]?.text?.utf8.count == 64)
            for shown in [before, after] {
                #expect(try await gateway.fetch(shown["url"]?.text).body == bytes)
                #expect(try await gateway.fetch(shown["thumbnail_url"]?.text).body == picture)
            }
            // A directory's URLs end with the row's change, so there is nothing to wait for.
            let revoked = try await gateway.send("POST", "/attachments/\(attachment.id.text)/revoke/")
            #expect(revoked.status == 200)
            #expect(try await gateway.fetch(before["url"]?.text).status == 404)
            #expect(try await gateway.fetch(revoked.json["url"]?.text).body == bytes)
            #expect(root.has("attachments/2025/01/15/a b+c%20 ü.pdf"))
        }
    }

    @Test func `the URLs of what waits cannot be ended yet, and it is moved first then`() async throws {
        try await run { gateway, attachment in
            let refused = try await gateway.send("POST", "/attachments/\(attachment.id.text)/revoke/")
            #expect(refused.status == 409)
            #expect(refused.code == "conflict")
            #expect(refused.header("Retry-After") == "5")
            let asked = try await gateway.eventually {
                try await !gateway.catalog.keysAskedFor(store: root.store, limit: 9).isEmpty
            }
            #expect(asked)
        }
    }

    @Test(arguments: ["before", "while", "after"])
    func `a deletion takes effect in both places, whenever it comes`(moment: String) async throws {
        try await run { gateway, attachment in
            let key = attachment.objectKey
            if moment == "after" {
                for key in attachment.objectKeys { try await root.move(key, in: gateway) }
            }
            let url = try await show(attachment.id, in: gateway)["url"]?.text
            #expect(try await gateway.send("DELETE", "/attachments/\(attachment.id.text)/").status == 200)
            if moment == "while" {
                #expect(try await gateway.moves(key, bytes: bytes, store: root.store) == .unwanted)
            }
            let isGone = try await gateway.eventually {
                let objects = try await gateway.storage.listObjects()
                return objects.isEmpty && !root.has("attachments/2025/01/15/a b+c%20 ü.pdf")
                    && !root.has("thumbnails/2025/01/15/thumb.jpg")
            }
            #expect(isGone)
            if moment != "after" { #expect(try await gateway.fetch(url).status == 404) }
            #expect(root.has("README"))
            let counts = try await gateway.catalog.oldPlaceCounts()
            #expect(counts.map(\.state) == [.gone])
        }
    }

    @Test func `of two attachments of one file the last takes it along`() async throws {
        try await run { gateway, attachment in
            let twin = try await root.adopt("attachments/2025/01/15/a b+c%20 ü.pdf", in: gateway)
            #expect(try await gateway.send("DELETE", "/attachments/\(attachment.id.text)/").status == 200)
            #expect(!root.has("thumbnails/2025/01/15/thumb.jpg"))
            #expect(try await gateway.fetch(try await show(twin.id, in: gateway)["url"]?.text).body == bytes)
            #expect(try await gateway.send("DELETE", "/attachments/\(twin.id.text)/").status == 200)
            #expect(try await gateway.eventually { !root.has("attachments/2025/01/15/a b+c%20 ü.pdf") })
        }
    }

    @Test func `a directory that is not mounted is a 503, and a deletion waits for it`() async throws {
        try await run { gateway, attachment in
            let url = try await show(attachment.id, in: gateway)["url"]?.text
            let (path, aside) = (root.path, root.directory.file("aside"))
            try FileManager.default.moveItem(atPath: path, toPath: aside)
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            let away = try await gateway.fetch(url)
            #expect(away.status == 503)
            #expect(away.header("Retry-After") == "30")
            #expect(try await gateway.send("DELETE", "/attachments/\(attachment.id.text)/").status == 200)
            #expect(try await gateway.catalog.doomedPlaces(store: root.store, limit: 9).count == 2)
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.moveItem(atPath: aside, toPath: path)
            #expect(try await gateway.eventually { !root.has("thumbnails/2025/01/15/thumb.jpg") })
            #expect(try await gateway.eventually { !root.has("attachments/2025/01/15/a b+c%20 ü.pdf") })
        }
    }
}
