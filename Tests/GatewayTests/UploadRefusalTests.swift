import Attachments
import Catalog
import Foundation
import Gateway
import S3
import TestSupport
import Testing

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct UploadRefusalTests {
    /// Expects the old clients' shape of an upload's error, and that nothing is left.
    private func expect(
        _ response: RawHTTPResponse,
        _ status: Int,
        _ code: String,
        leavesNothingIn gateway: GatewayHarness,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        #expect(response.status == status, "\(response.text)", sourceLocation: sourceLocation)
        #expect(response.code == code, sourceLocation: sourceLocation)
        #expect(response.json.keys == ["file", "code", "request_id"], sourceLocation: sourceLocation)
        #expect(response.json["file"]?.count == 1, sourceLocation: sourceLocation)
        #expect(response.json["request_id"]?.text == response.header("X-Request-Id"), sourceLocation: sourceLocation)
        #expect(
            try await gateway.eventually { try await gateway.remains() == [] },
            sourceLocation: sourceLocation
        )
    }

    @Test func `who may not upload is refused`() async throws {
        try await GatewayHarness.run { gateway in
            let form = gateway.form(document(byteCount: 1000))
            let anonymous = try await gateway.post(form, as: nil)
            try await expect(anonymous, 401, "missing_token", leavesNothingIn: gateway)
            #expect(anonymous.header("WWW-Authenticate") == "Bearer realm=\"satchel\"")
            try await expect(
                try await gateway.post(form, as: "mallory"),
                403,
                "not_a_participant",
                leavesNothingIn: gateway
            )
            var unknown = TestForm()
            unknown.addField("message_id", UUID().uuidString)
            unknown.addFile(fileName: "a.pdf", document(byteCount: 1000))
            try await expect(try await gateway.post(unknown), 404, "message_not_found", leavesNothingIn: gateway)
        }
    }

    @Test func `a form that lacks something says what`() async throws {
        try await GatewayHarness.run { gateway in
            var noFile = TestForm()
            noFile.addField("message_id", gateway.messageID.uuidString)
            try await expect(try await gateway.post(noFile), 400, "missing_file", leavesNothingIn: gateway)
            noFile.addFile(fileName: "", type: "application/octet-stream", [])
            try await expect(try await gateway.post(noFile), 400, "missing_file", leavesNothingIn: gateway)
            noFile.addField("file", "a text, not a file")
            try await expect(try await gateway.post(noFile), 400, "missing_file", leavesNothingIn: gateway)
            var noMessage = TestForm()
            noMessage.addFile(fileName: "a.pdf", document(byteCount: 12 << 20))
            try await expect(try await gateway.post(noMessage), 400, "missing_message_id", leavesNothingIn: gateway)
        }
    }

    @Test func `a message_id that is none is named in the error`() async throws {
        try await GatewayHarness.run { gateway in
            var form = TestForm()
            form.addField("message_id", "17")
            form.addFile(fileName: "a.pdf", document(byteCount: 100))
            let response = try await gateway.post(form)
            try await expect(response, 400, "invalid_request", leavesNothingIn: gateway)
            #expect(response.text.contains("17"))
            let raw = try await gateway.send("POST", "/upload/?message_id=x%20y", body: document(byteCount: 100))
            try await expect(raw, 400, "invalid_request", leavesNothingIn: gateway)
            #expect(raw.text.contains("x y"))
        }
    }

    @Test func `a second file, and a file part of another name, are refused`() async throws {
        try await GatewayHarness.run { gateway in
            var twice = gateway.form(document(byteCount: 1000))
            twice.addFile(fileName: "b.pdf", document(byteCount: 1000))
            try await expect(try await gateway.post(twice), 400, "invalid_request", leavesNothingIn: gateway)
            var misnamed = TestForm()
            misnamed.addField("message_id", gateway.messageID.uuidString)
            misnamed.addFile(name: "attachment", fileName: "b.pdf", document(byteCount: 1000))
            try await expect(try await gateway.post(misnamed), 400, "invalid_request", leavesNothingIn: gateway)
        }
    }

    @Test func `a form that is cut, too long in a field or no form is refused`() async throws {
        try await GatewayHarness.run { gateway in
            let form = gateway.form(document(byteCount: 50_000))
            let type = [(name: "Content-Type", value: form.contentType)]
            let cut = try await gateway.send("POST", "/upload/", headers: type, body: Array(form.body.dropLast(40)))
            try await expect(cut, 400, "incomplete_body", leavesNothingIn: gateway)
            var long = TestForm()
            long.addField("message_id", String(repeating: "1", count: 70_000))
            try await expect(try await gateway.post(long), 400, "field_too_large", leavesNothingIn: gateway)
            let bare = [(name: "Content-Type", value: "multipart/form-data")]
            let unbounded = try await gateway.send("POST", "/upload/", headers: bare, body: form.body)
            try await expect(unbounded, 400, "invalid_boundary", leavesNothingIn: gateway)
        }
    }

    @Test(arguments: [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Content-Type", "multipart/mixed; boundary=x"),
        ("Content-Encoding", "gzip"),
    ])
    func `a body of a kind that is no file is refused`(name: String, value: String) async throws {
        try await GatewayHarness.run { gateway in
            let target = "/upload/?message_id=\(gateway.messageID.uuidString)"
            let response = try await gateway.send(
                "POST",
                target,
                headers: [(name: name, value: value)],
                body: [1, 2, 3]
            )
            try await expect(response, 415, "unsupported_media_type", leavesNothingIn: gateway)
        }
    }

    @Test func `text that is called mp4 is no video, on either route`() async throws {
        try await GatewayHarness.run { gateway in
            let text = Array(String(repeating: "1\n2\n3\n", count: 5000).utf8)
            for path in ["/upload/", "/videos/upload/"] {
                let response = try await gateway.post(
                    gateway.form(fileName: "text.mp4", type: "video/mp4", text),
                    to: path
                )
                try await expect(response, 422, "media_type_mismatch", leavesNothingIn: gateway)
            }
        }
    }

    @Test func `the route for videos takes nothing else`() async throws {
        try await GatewayHarness.run { gateway in
            let response = try await gateway.post(gateway.form(document(byteCount: 9000)), to: "/videos/upload/")
            try await expect(response, 415, "unsupported_media_type", leavesNothingIn: gateway)
        }
    }

    @Test func `a file over the limit of its kind is refused, declared or not`() async throws {
        try await GatewayHarness.run(configure: { $0.attachments.limits = SizeLimits(document: 1 << 20) }) { gateway in
            let response = try await gateway.post(gateway.form(document(byteCount: (1 << 20) + 1)))
            try await expect(response, 413, "file_too_large", leavesNothingIn: gateway)
            #expect(response.text.contains("1 MB"))
            #expect(try await gateway.post(gateway.form(document(byteCount: 1 << 20))).status == 201)
        }
    }

    @Test func `a full spool is a 503 that says when to come again`() async throws {
        try await GatewayHarness.run(configure: { $0.attachments.spoolQuotaBytes = 1 << 20 }) { gateway in
            let response = try await gateway.post(gateway.form(document(byteCount: 3 << 20)))
            try await expect(response, 503, "spool_full", leavesNothingIn: gateway)
            #expect(response.header("Retry-After") != nil)
        }
    }

    @Test(.enabled(if: SeaweedFS.canStart, "needs a server that can be stopped"))
    func `a storage that is down is a 503, and nothing stays`() async throws {
        let seaweed = try await SeaweedFS()
        try await GatewayHarness.run(
            seaweed: seaweed,
            configure: { $0.storage.retry = S3RetryPolicy(maxAttempts: 2, baseDelay: .milliseconds(10)) }
        ) { gateway in
            await seaweed.stop()
            for byteCount in [1000, 12 << 20] {
                let response = try await gateway.post(gateway.form(document(byteCount: byteCount)))
                #expect(response.status == 503)
                #expect(response.code == "storage_unavailable")
                #expect(response.header("Retry-After") != nil)
            }
            let ready = try await RawHTTPRequest("GET", "/readyz").send(port: gateway.port)
            #expect(ready.status == 503)
            #expect(ready.json["storage"] == "unavailable")
            #expect(ready.json["database"] == "ok")
            #expect(ready.code == "not_ready")
            #expect(ready.json["request_id"]?.text == ready.header("X-Request-Id"))
            #expect(ready.header("X-Request-Id") != nil)
            #expect(try gateway.spoolFiles() == [])
            try await seaweed.restart()
            #expect(try await gateway.eventually { try await gateway.remains() == [] })
            #expect(try await gateway.post(gateway.form(document(byteCount: 1000))).status == 201)
        }
    }
}
