import Attachments
import Catalog
import Foundation
import Gateway
import Logging
import TestSupport
import Testing

/// Server-sent events, as they come over the wire.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct EventRouteTests {
    /// The names and data of the events, comments left out.
    private func events(_ text: String) -> [(name: String, data: String)] {
        text.components(separatedBy: "\n\n")
            .compactMap { block in
                let lines = block.split(separator: "\n")
                guard lines.count == 2, lines[0].hasPrefix("event: "), lines[1].hasPrefix("data: ") else { return nil }
                return (String(lines[0].dropFirst(7)), String(lines[1].dropFirst(6)))
            }
    }

    private func object(_ data: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any])
    }

    @Test func `of what is ready the stream tells that, and ends`() async throws {
        try await GatewayHarness.run { gateway in
            let uploaded = try await gateway.post(gateway.form(document(byteCount: 1000)))
            let id = try #require(uploaded.json["id"]?.text)
            let response = try await gateway.send("GET", "/attachments/\(id)/events/", as: "bob")
            #expect(response.status == 200)
            #expect(response.header("Content-Type") == "text/event-stream; charset=utf-8")
            #expect(response.header("Cache-Control") == "no-store")
            let events = events(response.text)
            #expect(events.map(\.name) == ["ready"])
            let told = try object(try #require(events.first).data)
            #expect(told["id"] as? String == id)
            #expect((told["url"] as? String)?.contains("X-Amz-Signature") == true)
        }
    }

    @Test func `progress is told as it changes, then how it came out`() async throws {
        try await GatewayHarness.run { gateway in
            let (attachment, job) = try await gateway.beginWork()
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(
                try await gateway.request("GET", "/attachments/\(attachment.id)/events/").bytes
            )
            #expect(try await connection.readResponse(toHead: true).status == 200)
            let first = try await nextPercent(from: connection)
            #expect(first == .some(nil))
            for percent in [10, 60] {
                try await gateway.catalog.reportProgress(of: job, percent: percent, stage: "reading")
                let told = try await nextPercent(from: connection)
                #expect(told == percent)
            }
            _ = try await gateway.catalog.failProcessing(
                attachmentID: attachment.id,
                reason: "invalid_data",
                facts: nil,
                job: job
            )
            let last = try #require(try await nextEvents(from: connection).first)
            #expect(last.name == "failed")
            #expect(try object(last.data)["failure_reason"] as? String == "invalid_data")
            #expect(try await connection.readChunk().isEmpty)
        }
    }

    /// A connection on which the stream has begun: its head is read.
    private func openStream(
        of attachmentID: UUID,
        as user: String,
        on gateway: GatewayHarness
    ) async throws -> RawHTTPConnection {
        let connection = try RawHTTPConnection(port: gateway.port)
        try await connection.send(
            try await gateway.request("GET", "/attachments/\(attachmentID)/events/", as: user).bytes
        )
        #expect(try await connection.readResponse(toHead: true).status == 200)
        return connection
    }

    /// The events of the next chunk that is no mere sign of life.
    private func nextEvents(from connection: RawHTTPConnection) async throws -> [(name: String, data: String)] {
        while true {
            let chunk = try await connection.readChunk()
            let events = events(String(decoding: chunk, as: UTF8.self))
            if chunk.isEmpty || !events.isEmpty { return events }
        }
    }

    /// How far the one job is of which the next event tells; an inner nil where that is not known yet.
    private func nextPercent(from connection: RawHTTPConnection) async throws -> Int?? {
        let events = try await nextEvents(from: connection)
        #expect(events.map(\.name) == ["processing"])
        let jobs = try events.first.map { try object($0.data)["processing"] as? [[String: Any]] }
        return jobs??.first.map { $0["percent"] as? Int }
    }

    @Test(arguments: ["the attachment goes away", "the membership ends"])
    func `the stream ends with deleted where`(happens: String) async throws {
        try await GatewayHarness.run { gateway in
            let (attachment, _) = try await gateway.beginWork()
            let connection = try await openStream(of: attachment.id, as: "bob", on: gateway)
            #expect(try await nextEvents(from: connection).map(\.name) == ["processing"])
            if happens == "the attachment goes away" {
                #expect(try await gateway.send("DELETE", "/attachments/\(attachment.id)/").status == 200)
            } else {
                let path = "/conversations/\(gateway.conversationID)/participants/bob/"
                #expect(try await gateway.sendAsService("DELETE", path).status == 200)
            }
            let events = try await nextEvents(from: connection)
            #expect(events.map(\.name) == ["deleted"])
            #expect(events.last?.data == "{}")
            #expect(try await connection.readChunk().isEmpty)
        }
    }

    @Test func `a stream that cannot be read from ends after a while, with one line in the log`() async throws {
        let lines = LogLines()
        let logger = Logger(label: "events") { _ in LineCollector(lines: lines) }
        try await GatewayHarness.run(logger: logger) { gateway in
            let (attachment, _) = try await gateway.beginWork()
            /// The attachment's job as no program would write it, or as it was.
            func writeJob(_ keys: String) async throws {
                let script = """
                    import sqlite3, sys
                    db = sqlite3.connect(sys.argv[1], timeout=30)
                    db.execute("PRAGMA ignore_check_constraints = ON")
                    with db: db.execute("UPDATE job SET object_keys = ?", [sys.argv[2]])
                    """
                let arguments = ["python3", "-c", script, gateway.configuration.databasePath, keys]
                let written = try await ForeignProgram.run("/usr/bin/env", arguments)
                try #require(written.status == 0, "\(written.output)")
            }
            try await writeJob("{}")
            let path = "/attachments/\(attachment.id)/events/"
            let start = ContinuousClock.now
            let silent = try await gateway.send("GET", path)
            #expect(silent.status == 200)
            #expect(events(silent.text).isEmpty)
            #expect(start.duration(to: .now) < .seconds(300))
            let warnings = lines.all.filter { $0.hasPrefix("An event stream cannot be told") }
            #expect(warnings.count == 1)
            #expect(warnings.first?.contains("attachment=\(attachment.id.uuidString.lowercased())") == true)

            try await writeJob("[]")
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(try await gateway.request("GET", path).bytes)
            #expect(try await connection.readResponse(toHead: true).status == 200)
            #expect(try await nextEvents(from: connection).map(\.name) == ["processing"])
        }
    }

    @Test func `who may not see the attachment is told of no events`() async throws {
        try await GatewayHarness.run { gateway in
            let (attachment, _) = try await gateway.beginWork()
            let response = try await gateway.send("GET", "/attachments/\(attachment.id)/events/", as: "mallory")
            #expect(response.status == 404)
            #expect(response.json["code"] == "attachment_not_found")
            #expect(try await gateway.send("GET", "/attachments/x/events/").status == 404)
        }
    }

    @Test func `one user has so many streams, and others still get theirs; all end with the server`() async throws {
        try await GatewayHarness.run { gateway in
            let (attachment, _) = try await gateway.beginWork()
            let path = "/attachments/\(attachment.id)/events/"
            var streams: [RawHTTPConnection] = []
            for _ in 0..<16 { streams.append(try await openStream(of: attachment.id, as: "ann", on: gateway)) }
            let refused = try await gateway.send("GET", path)
            #expect(refused.status == 503)
            #expect(refused.json["code"] == "too_many_streams")
            #expect(refused.header("Retry-After") == "10")
            streams.append(try await openStream(of: attachment.id, as: "bob", on: gateway))
            try await gateway.stop()
            for stream in streams { while try await !stream.readChunk().isEmpty {} }
        }
    }
}
