import Attachments
import Catalog
import Foundation
import Gateway
import TestSupport
import Testing

/// Lists, entity tags, and what operators read.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct ListRouteTests {
    private func fill(_ gateway: GatewayHarness, count: Int) async throws -> [String] {
        var ids: [String] = []
        for number in 0..<count {
            let attachment = SampleAttachment.video(
                messageID: gateway.messageID,
                uploadedAt: Date(timeIntervalSince1970: 1_736_937_000 + Double(number / 2))
            )
            try await SampleAttachment.store(attachment, in: gateway.catalog)
            ids.append(attachment.id.text)
        }
        return ids
    }

    private func ids(_ page: RawHTTPResponse) -> [String] {
        guard case .list(let attachments)? = page.json["attachments"] else { return [] }
        return attachments.compactMap { $0["id"]?.text }
    }

    @Test func `each attachment is on one page, newest first, also where more come meanwhile`() async throws {
        try await GatewayHarness.run { gateway in
            let stored = try await fill(gateway, count: 5)
            for owner in ["message_id=\(gateway.messageID.text)", "conversation_id=\(gateway.conversationID.text)"] {
                var seen: [String] = []
                var query = "?\(owner)&limit=2&file_type=video&unknown=x"
                while true {
                    let page = try await gateway.send("GET", "/attachments/\(query)", as: "bob")
                    #expect(page.status == 200)
                    #expect(page.json.keys == ["attachments", "next_cursor"])
                    seen += ids(page)
                    guard let cursor = page.json["next_cursor"]?.text else { break }
                    query = "?\(owner)&limit=2&file_type=video&cursor=\(cursor)"
                }
                #expect(Set(seen) == Set(stored))
                #expect(seen.count == 5)
                #expect(seen.first == stored.last)
            }
            let pictures = try await gateway.send(
                "GET",
                "/attachments/?message_id=\(gateway.messageID.text)&file_type=image"
            )
            #expect(pictures.json == ["attachments": [], "next_cursor": .null])
        }
    }

    @Test(arguments: [
        ("", "message_id or conversation_id"), ("?message_id=x", "message_id"), ("?message_id={m}&limit=0", "limit"),
        ("?message_id={m}&limit=101", "\"101\""), ("?message_id={m}&limit=", "limit"),
        ("?message_id={m}&file_type=film", "\"film\""), ("?message_id={m}&cursor=%20", "cursor"),
        ("?message_id={m}&cursor=MTIzNA", "\"MTIzNA\""), ("?message_id={m}&conversation_id={m}", "one of them"),
    ])
    func `a parameter that is not possible is named with its value`(query: String, word: String) async throws {
        try await GatewayHarness.run { gateway in
            let target = query.replacingOccurrences(of: "{m}", with: gateway.messageID.text)
            let response = try await gateway.send("GET", "/attachments/\(target)")
            #expect(response.status == 400)
            #expect(response.code == "invalid_request")
            #expect(response.json["error"]?.text?.contains(word) == true)
        }
    }

    @Test func `an answer that the client has is not sent again, until its URLs change`() async throws {
        try await GatewayHarness.run(configure: { $0.attachments.urlWindow = .seconds(2) }) { gateway in
            let id = try #require(try await fill(gateway, count: 1).first)
            for path in ["/attachments/\(id)/", "/messages/\(gateway.messageID.text)/"] {
                let first = try await gateway.send("GET", path)
                let tag = try #require(first.header("ETag"))
                #expect(
                    try await gateway.eventually {
                        let fresh = try await gateway.send("GET", path)
                        let known = [(name: "If-None-Match", value: "\"x\", W/\(fresh.header("ETag") ?? "")")]
                        let again = try await gateway.send("GET", path, headers: known)
                        return again.status == 304 && again.body.isEmpty && again.header("ETag") == fresh.header("ETag")
                    }
                )
                #expect(
                    try await gateway.eventually {
                        let later = try await gateway.send("GET", path, headers: [(name: "If-None-Match", value: tag)])
                        return later.status == 200 && later.header("ETag") != tag && later.json != first.json
                    }
                )
            }
        }
    }

    @Test func `operators read what is stored and what is to be done`() async throws {
        try await GatewayHarness.run { gateway in
            _ = try await fill(gateway, count: 3)
            let byType = try await gateway.sendAsService("GET", "/usage/")
            #expect(byType.json["usage"] == [["key": "video", "files": 3, "bytes": 3000]])
            #expect(byType.json["total"] == ["files": 3, "bytes": 3000])
            let mine = try await gateway.sendAsService("GET", "/usage/?user_id=bob")
            #expect(mine.json["total"] == ["files": 0, "bytes": 0])
            let byUser = try await gateway.sendAsService("GET", "/usage/?by=user&limit=1")
            #expect(
                byUser.json == [
                    "by": "user", "usage": [["key": "ann", "files": 3, "bytes": 3000]], "total": .null,
                    "trash": .null,
                    "next_cursor": .null,
                ]
            )
            let here = try await gateway.sendAsService("GET", "/usage/?by=conversation")
            #expect(here.json["usage"]?[0]?["key"] == .text(gateway.conversationID.text))
            for query in [
                "?by=size", "?limit=x", "?cursor=*", "?by=user&user_id=ann", "?conversation_id=x", "?user_id=",
            ] {
                #expect(try await gateway.sendAsService("GET", "/usage/\(query)").status == 400, "\(query)")
            }
            let jobs = try await gateway.sendAsService("GET", "/jobs/?kind=process&limit=5")
            #expect(jobs.json.keys == ["counts", "jobs", "next_before"])
            #expect(jobs.json["counts"]?.keys == Set(JobKind.allCases.map(\.rawValue)))
            #expect(jobs.json["next_before"] == .null)
            for query in ["?kind=other", "?limit=0", "?before=-1"] {
                #expect(try await gateway.sendAsService("GET", "/jobs/\(query)").status == 400, "\(query)")
            }
        }
    }
}
