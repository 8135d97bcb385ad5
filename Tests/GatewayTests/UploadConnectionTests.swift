import Attachments
import Catalog
import Foundation
import Gateway
import NIOCore
import S3
import TestSupport
import Testing

/// What happens on the wire: clients that go away, wait, send slowly, go on after a refusal.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct UploadConnectionTests {
    private func head(
        _ gateway: GatewayHarness,
        contentLength: Int?,
        user: String = "ann",
        headers: [(name: String, value: String)] = []
    ) async throws -> String {
        var all = headers + [(name: "Content-Type", value: "application/pdf")]
        if let contentLength { all.append((name: "Content-Length", value: "\(contentLength)")) }
        let target = "/upload/?message_id=\(gateway.messageID.uuidString)"
        return try await gateway.request("POST", target, as: user, headers: all).head
    }

    @Test func `a client that goes away leaves nothing`() async throws {
        try await GatewayHarness.run { gateway in
            let form = gateway.form(document(byteCount: 14 << 20))
            let headers = [(name: "Content-Type", value: form.contentType)]
            let request = try await gateway.request("POST", "/upload/", headers: headers, body: form.body)
            for isReset in [true, false] {
                let connection = try RawHTTPConnection(port: gateway.port)
                try await connection.send(Array(request.bytes.dropLast(1 << 20)))
                #expect(try await gateway.eventually { try await !gateway.storage.listMultipartUploads().isEmpty })
                if isReset { try await connection.reset() } else { try await connection.close() }
                #expect(try await gateway.eventually { try await gateway.remains() == [] })
            }
        }
    }

    @Test func `large and small files follow each other on one connection`() async throws {
        try await GatewayHarness.run { gateway in
            let connection = try RawHTTPConnection(port: gateway.port)
            let files = [9 << 20, 1_000, 6_000_001, 0, 20_000].map { document(byteCount: $0) }
            for (number, bytes) in files.enumerated() {
                let form = gateway.form(bytes)
                let headers = [(name: "Content-Type", value: form.contentType)]
                let isForm = number < 2
                let request = try await head(gateway, contentLength: bytes.count)
                try await connection.send(
                    isForm
                        ? gateway.request("POST", "/upload/", headers: headers, body: form.body).bytes
                        : Array(request.utf8) + bytes
                )
                let response = try await connection.readResponse()
                #expect(response.status == (bytes.isEmpty ? 400 : 201), "\(bytes.count) bytes: \(response.text)")
            }
            let rows = try await gateway.catalog.attachments(messageID: gateway.messageID)
            var stored: Set<[UInt8]> = []
            for row in rows {
                let content = try await gateway.storage.getObject(key: row.objectKey) { _, body in
                    try await body.collect(upTo: 16 << 20)
                }
                #expect(DigestTexts(bytes: Array(content.readableBytesView)).sha256InHex == row.sha256)
                stored.insert(Array(content.readableBytesView))
            }
            #expect(stored == Set(files.filter { !$0.isEmpty }))
            #expect(try gateway.spoolFiles() == [])
        }
    }

    @Test func `a body shorter than declared is refused, and nothing is kept`() async throws {
        try await GatewayHarness.run { gateway in
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(try await head(gateway, contentLength: 5000))
            try await connection.send(document(byteCount: 4999))
            try await connection.endSending()
            let response = try await connection.readFinalResponse()
            #expect(response.status == 400)
            #expect(try await gateway.eventually { try await gateway.remains() == [] })
        }
    }

    @Test func `100 Continue comes only after the head was judged, and then the upload goes on`() async throws {
        try await GatewayHarness.run { gateway in
            let bytes = document(byteCount: 200_000)
            let connection = try RawHTTPConnection(port: gateway.port)
            let expect = [(name: "Expect", value: "100-continue")]
            try await connection.send(try await head(gateway, contentLength: bytes.count, headers: expect))
            #expect(try await connection.readResponse().status == 100)
            try await connection.send(bytes)
            #expect(try await connection.readResponse().status == 201)
        }
    }

    @Test func `a client that waits for 100 Continue is refused without it`() async throws {
        try await GatewayHarness.run { gateway in
            let expect = [(name: "Expect", value: "100-continue")]
            let huge = try await head(gateway, contentLength: 1 << 40, headers: expect)
            let stranger = try await head(gateway, contentLength: 1000, user: "mallory", headers: expect)
            let anonymous = RawHTTPRequest(
                "POST",
                "/api/chat/upload/",
                headers: expect + [(name: "Content-Length", value: "1000")]
            )
            .head
            for (text, status) in [(huge, 413), (stranger, 403), (anonymous, 401)] {
                let connection = try RawHTTPConnection(port: gateway.port)
                try await connection.send(text)
                let response = try await connection.readResponse()
                #expect(response.status == status)
                #expect(response.header("Connection") == "close")
            }
        }
    }

    @Test func `a client that sends on before it reads gets its refusal`() async throws {
        try await GatewayHarness.run { gateway in
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(try await head(gateway, contentLength: 1 << 40))
            let chunk = document(byteCount: 1 << 20)
            for _ in 0..<40 { try await connection.send(chunk) }
            let response = try await connection.readResponse()
            #expect(response.status == 413)
            #expect(response.code == "file_too_large")
        }
    }

    @Test func `the rest of a refused upload is not read to its end`() async throws {
        let small: Int64 = 1 << 20
        let limits = SizeLimits(video: small, image: small, audio: small, document: small, other: small)
        try await GatewayHarness.run(configure: { $0.attachments.limits = limits }) { gateway in
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(try await head(gateway, contentLength: 1 << 40))
            let response = try await connection.readResponse()
            #expect(response.status == 413)
            #expect(response.code == "file_too_large")
            let chunk = document(byteCount: 1 << 20)
            var sent = 0
            do {
                while sent < 256 {
                    try await connection.send(chunk)
                    sent += 1
                }
            } catch is RawHTTPError {
                // The connection was ended: that is what is wanted.
            }
            #expect(sent < 256)
        }
    }

    @Test func `a refused client that sends no more is let go after a while`() async throws {
        try await GatewayHarness.run { gateway in
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(try await head(gateway, contentLength: 1 << 40))
            #expect(try await connection.readResponse().status == 413)
            try await connection.waitForEnd()
        }
    }

    @Test func `a chunked body of unknown length is taken`() async throws {
        try await GatewayHarness.run { gateway in
            let bytes = document(byteCount: 6 << 20)
            let connection = try RawHTTPConnection(port: gateway.port)
            let chunked = [(name: "Transfer-Encoding", value: "chunked")]
            try await connection.send(try await head(gateway, contentLength: nil, headers: chunked))
            for start in stride(from: 0, to: bytes.count, by: 100_000) {
                let chunk = bytes[start..<min(start + 100_000, bytes.count)]
                try await connection.send(Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + [0x0D, 0x0A])
            }
            try await connection.send("0\r\n\r\n")
            let response = try await connection.readResponse()
            #expect(response.status == 201)
            #expect(response.json["file_size"] == .number(Double(bytes.count)))
        }
    }

    @Test func `a chunked body over the limit is refused while it comes`() async throws {
        try await GatewayHarness.run(configure: { $0.attachments.limits = SizeLimits(document: 1 << 20) }) { gateway in
            let connection = try RawHTTPConnection(port: gateway.port)
            let chunked = [(name: "Transfer-Encoding", value: "chunked")]
            try await connection.send(try await head(gateway, contentLength: nil, headers: chunked))
            try await connection.send("200000\r\n")
            try await connection.send(document(byteCount: 2 << 20))
            let response = try await connection.readResponse()
            #expect(response.status == 413)
            #expect(try await gateway.eventually { try await gateway.remains() == [] })
        }
    }

    @Test func `a form that arrives in tiny pieces is read all the same`() async throws {
        try await GatewayHarness.run { gateway in
            let form = gateway.form(document(byteCount: 300))
            let headers = [(name: "Content-Type", value: form.contentType)]
            let request = try await gateway.request("POST", "/upload/", headers: headers, body: form.body)
            let connection = try RawHTTPConnection(port: gateway.port)
            for start in stride(from: 0, to: request.bytes.count, by: 7) {
                try await connection.send(Array(request.bytes[start..<min(start + 7, request.bytes.count)]))
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(try await connection.readResponse().status == 201)
        }
    }

    @Test func `a form with no end is not read for ever`() async throws {
        try await GatewayHarness.run { gateway in
            let form = gateway.form(document(byteCount: 300))
            let chunked = [
                (name: "Content-Type", value: form.contentType), (name: "Transfer-Encoding", value: "chunked"),
            ]
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(try await gateway.request("POST", "/upload/", headers: chunked).head)
            try await connection.send(
                Array("\(String(form.body.count, radix: 16))\r\n".utf8) + form.body + [0x0D, 0x0A]
            )
            try await connection.send(
                Array("80000\r\n".utf8) + [UInt8](repeating: 0x20, count: 0x80000) + [0x0D, 0x0A]
            )
            #expect(try await connection.readResponse().status == 400)
            #expect(try await gateway.eventually { try await gateway.remains() == [] })
        }
    }

    @Test func `one connection serves request after request, also sent ahead`() async throws {
        try await GatewayHarness.run { gateway in
            let form = gateway.form(document(byteCount: 90_000))
            let headers = [(name: "Content-Type", value: form.contentType)]
            let upload = try await gateway.request("POST", "/upload/", headers: headers, body: form.body)
            let look = try await gateway.request("GET", "/messages/\(gateway.messageID)/")
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(upload.bytes)
            #expect(try await connection.readResponse().status == 201)
            try await connection.send(upload.bytes + look.bytes + look.bytes)
            #expect(try await connection.readResponse().status == 201)
            #expect(try await connection.readResponse().json["attachments"]?.count == 2)
            #expect(try await connection.readResponse().json["attachments"]?.count == 2)
        }
    }
}
