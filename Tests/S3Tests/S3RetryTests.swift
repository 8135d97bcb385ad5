import Crypto
import Curl
import Foundation
import NIOCore
import S3
import SigV4
import TestSupport
import Testing

struct S3RetryTests {
    @Test func `SlowDown is answered by sending again, signed anew at the time of sending`() async throws {
        let looks = Position()
        let storage = try ScriptedS3([.error("SlowDown", status: 503), .answer(headers: [("ETag", "\"e\"")])]) {
            // Each look at the clock finds it later.
            SigningTime(secondsSinceEpoch: 1_800_000_000 + 10 * Int64(looks.next()))
        }
        let written = try await storage.client.putObject(
            key: "k",
            body: .bytes(ByteBuffer(string: "hello")),
            contentType: "text/plain"
        )
        #expect(written.etag == "\"e\"")
        #expect(storage.requests.count == 2)
        for request in storage.requests {
            #expect(request.method == "PUT")
            #expect(request.target == "/bucket/k")
            #expect(request.body == Array("hello".utf8))
            #expect(request.header("x-amz-date") != nil)
            #expect(request.header("authorization")?.hasPrefix("AWS4-HMAC-SHA256 Credential=AKID/") == true)
        }
        #expect(storage.requests[0].header("x-amz-date") != storage.requests[1].header("x-amz-date"))
        #expect(storage.requests[0].header("authorization") != storage.requests[1].header("authorization"))
    }

    @Test func `a part that met a 500 is sent again with the same bytes of the file`() async throws {
        let directory = try TemporaryDirectory()
        let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        try Data(content).write(to: URL(fileURLWithPath: directory.file("spool")))
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: directory.file("spool")))
        defer { try? file.close() }
        let storage = try ScriptedS3([
            .error("InternalError", status: 500), .answer(headers: [("ETag", "\"p\"")]),
        ])
        let part = try await storage.client.uploadPart(
            key: "k",
            uploadID: "u/1+",
            number: 7,
            body: .file(descriptor: file.fileDescriptor, offset: 1000, count: 200_000)
        )
        #expect(part == S3Part(number: 7, etag: "\"p\"", byteCount: 200_000))
        let sent = Array(content[1000..<201_000])
        let digest = SHA256.hash(data: sent).map { String(format: "%02x", $0) }.joined()
        #expect(storage.requests.count == 2)
        for request in storage.requests {
            #expect(request.body == sent)
            #expect(request.target == "/bucket/k?partNumber=7&uploadId=u%2F1%2B")
            #expect(request.header("x-amz-content-sha256") == digest)
        }
    }

    @Test func `a connection that breaks off in the TLS handshake is tried again`() {
        let broken = CurlError(code: .tlsHandshake, delivery: .neverSent, message: "reset")
        let untrusted = CurlError(code: .tls, delivery: .neverSent, message: "self-signed")
        let errors = [broken, untrusted]
            .map { error in
                S3Error(
                    code: .transport(error.code),
                    message: error.message,
                    operation: "HeadObject",
                    underlying: error
                )
            }
        #expect(errors.map(\.isRetryable) == [true, false])
        #expect(errors.map(\.isUnavailable) == [true, true])
    }

    @Test func `a storage that asks for less is asked again over another connection`() async throws {
        let slow = try ScriptedS3([.error("SlowDown", status: 503), .answer(status: 204), .answer(status: 204)])
        try await slow.client.deleteObject(key: "k")
        #expect(slow.server.connectionCount == 2)
        try await slow.client.deleteObject(key: "k")
        #expect(slow.server.connectionCount == 2)
        let failing = try ScriptedS3([.error("InternalError", status: 500), .answer(status: 204)])
        try await failing.client.deleteObject(key: "k")
        #expect(failing.server.connectionCount == 1)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a call with a deadline ends by then, its attempts included`() async throws {
        let storage = try ScriptedS3([.silence, .answer(status: 204)])
        let error = try await #require(throws: S3Error.self) {
            try await storage.client.until(.now.advanced(by: .seconds(1))).deleteObject(key: "k")
        }
        #expect(error.code == .transport(.totalTimeout))
        #expect(error.attempts == 1)
    }

    @Test func `after its deadline a call is not even begun`() async throws {
        let storage = try ScriptedS3([.answer(status: 204)])
        let error = try await #require(throws: S3Error.self) {
            try await storage.client.until(.now.advanced(by: .milliseconds(-1))).deleteObject(key: "k")
        }
        #expect(error.code == .transport(.totalTimeout))
        #expect(!error.leavesOutcomeOpen)
        #expect(storage.requests.isEmpty)
    }

    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
    func `a write under way is answered before its cancellation takes effect`(headComesFirst: Bool) async throws {
        let isAnswering = Position()
        let server = try ScriptedServer.start { connection in
            _ = try connection.readRequest()
            let head = "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 2\r\n\r\n"
            if headComesFirst { try connection.send(head) }
            connection.stall(for: .milliseconds(500))
            _ = isAnswering.next()
            try connection.send((headComesFirst ? "" : head) + "ok")
        }
        let configuration = S3Configuration(
            endpoint: try S3Endpoint(parsing: server.url),
            bucket: "bucket",
            credentials: Credentials(accessKeyID: "AKID", secretAccessKey: "secret")
        )
        let client = try S3Client(configuration: configuration)
        let call = Task {
            try await client.putObject(key: "k", body: .bytes(ByteBuffer(string: "x")), contentType: "text/plain")
        }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        if headComesFirst { try await Task.sleep(for: .milliseconds(200)) }
        call.cancel()
        #expect(try await call.value.etag == "\"e\"")
        // The server got as far as its answer before the call came back.
        #expect(isAnswering.next() == 1)
        await client.shutdown()
        server.stop()
    }

    @Test func `a connection that is reset is tried again`() async throws {
        let storage = try ScriptedS3([.reset, .reset, .head(headers: [("Content-Length", "3")])])
        let head = try await storage.client.headObject(key: "k")
        #expect(head.byteCount == 3)
        #expect(storage.requests.count == 3)
    }

    @Test func `attempts end at the policy's number and the error counts them`() async throws {
        let storage = try ScriptedS3(Array(repeating: .error("SlowDown", status: 503), count: 9), maxAttempts: 3)
        let error = try await #require(throws: S3Error.self) {
            try await storage.client.deleteObject(key: "k")
        }
        #expect(error.code == .slowDown)
        #expect(error.status == 503)
        #expect(error.attempts == 3)
        #expect(error.isUnavailable)
        #expect(error.requestID == "R-1")
        #expect(error.operation == "DeleteObject")
        #expect(storage.requests.count == 3)
    }

    @Test(arguments: [("AccessDenied", 403), ("InvalidArgument", 400), ("NoSuchBucket", 404), ("NotImplemented", 501)])
    func `a refusal that would be repeated is not tried again`(code: String, status: Int) async throws {
        let storage = try ScriptedS3([.error(code, status: status), .answer()])
        let error = try await #require(throws: S3Error.self) {
            _ = try await storage.client.listObjects()
        }
        #expect(error.code.text == code)
        #expect(error.status == status)
        #expect(!error.isUnavailable)
        #expect(!error.isNotFound)
        #expect(storage.requests.count == 1)
    }

    @Test func `RequestTimeout is tried again although its status is 400`() async throws {
        let storage = try ScriptedS3([.error("RequestTimeout", status: 400), .answer(status: 204)])
        try await storage.client.deleteObject(key: "k")
        #expect(storage.requests.count == 2)
    }

    @Test(arguments: [
        ("7", Duration.seconds(7)), ("0", .zero), ("-5", .zero), ("9223372036854775807", .seconds(3600)),
        ("Fri, 15 Jan 2027 08:00:30 GMT", .seconds(30)), ("Sun, 06 Nov 1994 08:49:37 GMT", .zero), ("soon", nil),
    ])
    func `a Retry-After is seconds or a date, and no more than an hour`(text: String, wait: Duration?) async throws {
        let storage = try ScriptedS3(
            [.answer(status: 503, headers: [("Retry-After", text)], body: Reply.errorDocument("SlowDown"))],
            maxAttempts: 1,
            clock: { SigningTime(secondsSinceEpoch: 1_800_000_000) }
        )
        let error = try await #require(throws: S3Error.self) { try await storage.client.deleteObject(key: "k") }
        #expect(error.retryAfter == wait)
    }

    @Test func `a Retry-After beyond the longest pause does not hold the call up`() async throws {
        let storage = try ScriptedS3([
            .answer(status: 503, headers: [("Retry-After", "86400")]), .answer(status: 204),
        ])
        try await storage.client.deleteObject(key: "k")
        #expect(storage.requests.count == 2)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a cancelled call ends and is not tried again`() async throws {
        let storage = try ScriptedS3([.silence, .silence])
        let call = Task { try await storage.client.headBucket() }
        while storage.requests.isEmpty {
            try await Task.sleep(for: .milliseconds(5))
        }
        call.cancel()
        let error = try await #require(throws: S3Error.self) {
            try await call.value
        }
        #expect(error.code == .transport(.cancelled))
        #expect(!error.isRetryable)
        #expect(storage.requests.count == 1)
    }

    @Test func `a closed port is an unavailable storage`() async throws {
        let storage = try ScriptedS3([])
        storage.server.stop()
        let error = try await #require(throws: S3Error.self) {
            try await storage.client.headBucket()
        }
        #expect(error.isUnavailable)
        #expect(error.underlying != nil)
        #expect(error.attempts == 3)
    }

    @Test func `a clock that is off is corrected once from the answer's date`() async throws {
        let storage = try ScriptedS3(
            [
                .answer(
                    status: 403,
                    headers: [("Date", "Sun, 06 Nov 1994 08:49:37 GMT")],
                    body: Reply.errorDocument("RequestTimeTooSkewed")
                ),
                .answer(status: 204),
                .answer(status: 204),
            ],
            maxAttempts: 1,
            clock: { SigningTime(secondsSinceEpoch: 1_800_000_000) }
        )
        try await storage.client.deleteObject(key: "k")
        try await storage.client.deleteObject(key: "k")
        let dates = storage.requests.map { $0.header("x-amz-date") }
        #expect(dates == ["20270115T080000Z", "19941106T084937Z", "19941106T084937Z"])
    }

    @Test func `a clock that stays refused is an error after one correction`() async throws {
        let refusal = Reply.answer(
            status: 403,
            headers: [("Date", "Sun, 06 Nov 1994 08:49:37 GMT")],
            body: Reply.errorDocument("RequestTimeTooSkewed")
        )
        let storage = try ScriptedS3([refusal, refusal, refusal])
        let error = try await #require(throws: S3Error.self) {
            try await storage.client.deleteObject(key: "k")
        }
        #expect(error.code == .requestTimeTooSkewed)
        #expect(storage.requests.count == 2)
    }

    @Test func `a HEAD that is refused without a word but with a far date is a matter of the clock`() async throws {
        let storage = try ScriptedS3([
            .head(status: 403, headers: [("Date", "Sun, 06 Nov 1994 08:49:37 GMT")]), .head(),
        ])
        try await storage.client.headBucket()
        #expect(storage.requests.last?.header("x-amz-date") == "19941106T084937Z")
    }

    @Test func `the offset of the storage's clock is measured from any answer`() async throws {
        let storage = try ScriptedS3(
            [.head(status: 403, headers: [("Date", "Sun, 06 Nov 1994 08:49:37 GMT")])],
            clock: { SigningTime(secondsSinceEpoch: 784_111_777 + 42) }
        )
        #expect(try await storage.client.measureClockOffset() == .seconds(-42))
    }
}
