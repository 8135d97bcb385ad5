import Catalog
import Foundation
import Gateway
import TestSupport
import Testing

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct ActivityRouteTests {
    private func record(_ count: Int, in gateway: GatewayHarness) async throws {
        for number in 1...count {
            try await gateway.catalog.recordActivity(
                Activity(
                    userID: "user \(number)",
                    action: .fileDownloaded,
                    description: "Downloaded \(number).pdf",
                    occurredAt: Date(timeIntervalSince1970: 1_736_937_000)
                )
            )
        }
    }

    private func users(of page: RawHTTPResponse) -> [String] {
        guard case .list(let activities)? = page.json["activities"] else { return [] }
        return activities.compactMap { $0["user_id"]?.text }
    }

    @Test func `an upload stands in the log with all that is known of it`() async throws {
        try await GatewayHarness.run { gateway in
            let form = gateway.form(document(byteCount: 1000))
            let headers = [(name: "Content-Type", value: form.contentType), (name: "User-Agent", value: "a phone/1.0")]
            let upload = try await gateway.send("POST", "/upload/", headers: headers, body: form.body)
            #expect(upload.status == 201)
            for path in ["/activity/", "/activity", "/activity/?limit=1"] {
                let page = try await gateway.sendAsService("GET", path)
                #expect(page.status == 200)
                #expect(page.json.keys == ["activities", "next_before"])
                #expect(page.json["next_before"] == .null)
                #expect(page.json["activities"]?.count == 1)
                let entry = try #require(page.json["activities"]?[0])
                #expect(
                    entry.keys == [
                        "id", "user_id", "action", "description", "attachment_id", "cause", "object_key",
                        "client_address", "user_agent", "occurred_at",
                    ]
                )
                #expect(entry["user_id"] == "ann")
                #expect(entry["action"] == "file_uploaded")
                #expect(entry["attachment_id"] == upload.json["id"])
                #expect(entry["client_address"] == "127.0.0.1")
                #expect(entry["user_agent"] == "a phone/1.0")
                let time = try #require(entry["occurred_at"]?.text)
                #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
            }
        }
    }

    @Test func `a purge is told with its cause, also where the object was nobody's`() async throws {
        try await GatewayHarness.run { gateway in
            let key = "attachments/2025/01/15/0190a1b2-c3d4-7e5f-8a6b-0c1d2e3f4a5b.original"
            try await gateway.catalog.recordActivity(
                Activity(
                    userID: nil,
                    action: .filePurged,
                    description: "Purged an object that nothing referred to",
                    cause: .orphaned,
                    objectKey: key,
                    occurredAt: Date()
                )
            )
            let entry = try #require(try await gateway.sendAsService("GET", "/activity/").json["activities"]?[0])
            #expect(entry["user_id"] == .null)
            #expect(entry["action"] == "file_purged")
            #expect(entry["cause"] == "orphaned")
            #expect(entry["object_key"] == .text(key))
        }
    }

    @Test func `the log is read newest first, page by page, each line once`() async throws {
        try await GatewayHarness.run { gateway in
            try await record(5, in: gateway)
            var seen: [String] = []
            var pages = 0
            var query = "?limit=2"
            while true {
                let page = try await gateway.sendAsService("GET", "/activity/\(query)")
                #expect(page.status == 200)
                seen += users(of: page)
                pages += 1
                guard case .number(let next)? = page.json["next_before"] else { break }
                query = "?limit=2&before=\(Int(next))"
            }
            #expect(seen == ["user 5", "user 4", "user 3", "user 2", "user 1"])
            #expect(pages == 3)
            let whole = try await gateway.sendAsService("GET", "/activity/?limit=5")
            #expect(users(of: whole).count == 5)
            #expect(whole.json["next_before"] == .null)
            let entry = try #require(whole.json["activities"]?[0])
            for name in ["attachment_id", "client_address", "user_agent"] {
                #expect(entry[name] == .null, "\(name)")
            }
            #expect(entry["occurred_at"] == "2025-01-15T10:30:00Z")
        }
    }

    @Test func `without a limit a page has a hundred lines`() async throws {
        try await GatewayHarness.run { gateway in
            try await record(101, in: gateway)
            let page = try await gateway.sendAsService("GET", "/activity/")
            #expect(users(of: page).count == 100)
            #expect(page.json["next_before"] != .null)
            let last = try await gateway.sendAsService("GET", "/activity/?limit=1000")
            #expect(users(of: last).count == 101)
        }
    }

    @Test(arguments: [
        ("limit", "0"), ("limit", "1001"), ("limit", "ten"), ("limit", ""), ("before", "0"), ("before", "-1"),
        ("before", "x"), ("before", "99999999999999999999"),
    ])
    func `a parameter that is not possible is named with its value`(name: String, value: String) async throws {
        try await GatewayHarness.run { gateway in
            let response = try await gateway.sendAsService("GET", "/activity/?\(name)=\(value)")
            #expect(response.status == 400)
            #expect(response.code == "invalid_request")
            let message = try #require(response.json["error"]?.text)
            #expect(message.contains(name))
            #expect(message.contains("\"\(value)\""))
        }
    }

    @Test func `only a token with the service scope reads the log`() async throws {
        try await GatewayHarness.run { gateway in
            for path in ["/activity/", "/activity/?limit=x"] {
                let response = try await gateway.send("GET", path, as: "admin")
                #expect(response.status == 403)
                #expect(response.code == "forbidden")
            }
            #expect(try await gateway.send("GET", "/activity/", as: nil).status == 401)
        }
    }
}
