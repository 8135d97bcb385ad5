import Attachments
import Catalog
import Crypto
import Curl
import Foundation
import Gateway
import HTTPTypes
import NIOCore
import S3
import TestSupport
import Testing

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct UploadTests {
    /// The fields that clients of the replaced back end read.
    static let oldFields: Set<String> = [
        "id", "message_id", "file_name", "file_type", "file_size", "file_size_mb", "mime_type", "duration",
        "duration_formatted", "width", "height", "video_dimensions", "bitrate", "codec", "url", "thumbnail_url",
        "uploaded_at",
    ]

    @Test func `a form's file is stored, described and recorded`() async throws {
        try await GatewayHarness.run { gateway in
            let bytes = document(byteCount: 2_097_152)
            let response = try await gateway.post(gateway.form(bytes))
            #expect(response.status == 201)
            #expect(response.header("Content-Type") == "application/json; charset=utf-8")
            #expect(response.header("Cache-Control") == "no-store")
            #expect(response.header("X-Content-Type-Options") == "nosniff")
            let json = response.json
            #expect(json.keys.isSuperset(of: Self.oldFields))
            #expect(json["message_id"] == .text(gateway.messageID.uuidString.lowercased()))
            #expect(json["file_name"] == "paper.pdf")
            #expect(json["file_type"] == "document")
            #expect(json["file_size"] == 2_097_152)
            #expect(json["file_size_mb"] == 2)
            #expect(json["mime_type"] == "application/pdf")
            #expect(json["status"] == "ready")
            #expect(json["uploaded_by"] == "ann")
            #expect(json["sha256"] == .text(SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()))
            for name in ["duration", "duration_formatted", "width", "height", "video_dimensions", "bitrate", "codec"] {
                #expect(json[name] == .null, "\(name)")
            }
            #expect(json["thumbnail_url"] == .null)
            let time = try #require(json["uploaded_at"]?.text)
            #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
            let log = try await gateway.catalog.activities(limit: 10)
            #expect(log.map(\.action) == [.fileUploaded])
            #expect(log.first?.userID == "ann")
            #expect(log.first?.clientAddress == "127.0.0.1")
        }
    }

    @Test func `a presigned URL fetches exactly the bytes that were sent`() async throws {
        try await GatewayHarness.run { gateway in
            let bytes = document(byteCount: 6_000_001)
            let response = try await gateway.post(gateway.form(fileName: "a+b ä&=.pdf", bytes))
            let url = try #require(response.json["url"]?.text)
            let curl = try CurlClient()
            let answer = try await curl.send(CurlRequest(method: .get, url: url))
            #expect(answer.status == 200)
            #expect(Array(try await answer.body.collect(upTo: 1 << 24).readableBytesView) == bytes)
            await curl.shutdown()
        }
    }

    @Test func `message_id may come after the file`() async throws {
        try await GatewayHarness.run { gateway in
            var form = TestForm()
            form.addField("caption", "a field that nobody knows")
            form.addFile(fileName: "paper.pdf", type: "application/pdf", document(byteCount: 700_000))
            form.addField("message_id", gateway.messageID.uuidString)
            let answer = try await gateway.post(form)
            #expect(answer.status == 201)
        }
    }

    @Test func `message_id may come in the query or in a header`() async throws {
        try await GatewayHarness.run { gateway in
            var form = TestForm()
            form.addFile(fileName: "paper.pdf", document(byteCount: 100))
            let id = gateway.messageID.uuidString
            #expect(try await gateway.post(form, to: "/upload/?message_id=\(id)").status == 201)
            let headers = [(name: "Content-Type", value: form.contentType), (name: "X-Message-Id", value: id)]
            #expect(try await gateway.send("POST", "/upload", headers: headers, body: form.body).status == 201)
            form.addField("message_id", UUID().uuidString)
            let contradiction = try await gateway.post(form, to: "/upload/?message_id=\(id)")
            #expect(contradiction.status == 400)
            #expect(contradiction.code == "invalid_request")
        }
    }

    @Test func `a raw body is the file, named by its headers`() async throws {
        try await GatewayHarness.run { gateway in
            let bytes = document(byteCount: 300_000)
            let response = try await gateway.send(
                "POST",
                "/upload/?message_id=\(gateway.messageID.uuidString)",
                headers: [
                    (name: "Content-Type", value: "application/pdf"),
                    (name: "Content-Disposition", value: "attachment; filename*=UTF-8''caf%C3%A9.pdf"),
                ],
                body: bytes
            )
            #expect(response.status == 201)
            #expect(response.json["file_name"] == "café.pdf")
            #expect(response.json["file_size"] == 300_000)
        }
    }

    @Test func `a file without a byte is stored, a body without a file is not`() async throws {
        try await GatewayHarness.run { gateway in
            let empty = try await gateway.post(gateway.form(fileName: "empty.txt", type: "text/plain", []))
            #expect(empty.status == 201)
            #expect(empty.json["file_size"] == 0)
            let target = "/upload/?message_id=\(gateway.messageID.uuidString)"
            let nothing = try await gateway.send("POST", target, body: [])
            #expect(nothing.status == 400)
            #expect(nothing.code == "missing_file")
        }
    }

    @Test func `a video is probed and gets a thumbnail`() async throws {
        try await GatewayHarness.run { gateway in
            let form = gateway.form(fileName: "clip.mp4", type: "video/mp4", try clip(seconds: 2))
            let response = try await gateway.post(form, to: "/videos/upload/")
            #expect(response.status == 201)
            let json = response.json
            #expect(json["file_type"] == "video")
            #expect(json["status"] == "ready")
            #expect(json["duration"] == 2)
            #expect(json["duration_formatted"] == "0:02")
            #expect(json["width"] == 640)
            #expect(json["height"] == 360)
            #expect(json["video_dimensions"] == [640, 360])
            #expect(json["codec"] == "h264")
            #expect(json["renditions"]?[0]?["width"] == 320)
            let url = try #require(json["thumbnail_url"]?.text)
            let curl = try CurlClient()
            let answer = try await curl.send(CurlRequest(method: .get, url: url))
            let picture = try await answer.body.collect(upTo: 1 << 20)
            #expect(picture.readableBytesView.starts(with: [0xFF, 0xD8, 0xFF]))
            await curl.shutdown()
        }
    }

    @Test func `ten uploads in parts at once are stored byte for byte`() async throws {
        try await GatewayHarness.run { gateway in
            let byteCount = 6 << 20
            #expect(Int64(byteCount) > gateway.configuration.attachments.partSizeBytes)
            let responses = try await withThrowingTaskGroup(
                of: (Int, RawHTTPResponse).self,
                returning: [Int: RawHTTPResponse].self
            ) { group in
                for number in 0..<10 {
                    let form = gateway.form(
                        fileName: "\(number).pdf",
                        document(byteCount: byteCount + number, seed: UInt64(number + 2))
                    )
                    group.addTask { (number, try await gateway.post(form)) }
                }
                var responses: [Int: RawHTTPResponse] = [:]
                for try await (number, response) in group { responses[number] = response }
                return responses
            }
            let rows = try await gateway.catalog.attachments(messageID: gateway.messageID)
            #expect(rows.count == 10)
            for (number, response) in responses {
                #expect(response.status == 201, "\(number): \(response.text)")
                let row = try #require(rows.first(where: { $0.fileName == "\(number).pdf" }))
                let stored = try await gateway.storage.getObject(key: row.objectKey) { _, body in
                    try await body.collect(upTo: 2 * byteCount)
                }
                let sent = document(byteCount: byteCount + number, seed: UInt64(number + 2))
                #expect(Array(stored.readableBytesView) == sent, "\(number)")
            }
            #expect(try await gateway.storage.listMultipartUploads().isEmpty)
            #expect(try gateway.spoolFiles() == [])
        }
    }

    @Test func `sixty-four uploads at once all arrive whole`() async throws {
        try await GatewayHarness.run { gateway in
            try await withThrowingTaskGroup(of: (Int, RawHTTPResponse).self) { group in
                for number in 0..<64 {
                    let bytes = document(byteCount: 100_000 + number * 10_007, seed: UInt64(number + 2))
                    let form = gateway.form(fileName: "\(number).pdf", bytes)
                    group.addTask { (number, try await gateway.post(form)) }
                }
                for try await (number, response) in group {
                    #expect(response.status == 201, "\(number): \(response.text)")
                    let bytes = document(byteCount: 100_000 + number * 10_007, seed: UInt64(number + 2))
                    let digest = SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
                    #expect(response.json["sha256"] == .text(digest))
                }
            }
            let rows = try await gateway.catalog.attachments(messageID: gateway.messageID)
            #expect(rows.count == 64)
            for row in rows {
                #expect(try await gateway.storage.headObject(key: row.objectKey).byteCount == row.fileSize)
            }
            #expect(try gateway.spoolFiles() == [])
            #expect(try await gateway.catalog.intents().isEmpty)
        }
    }
}
