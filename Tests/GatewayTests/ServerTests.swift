import Attachments
import Catalog
import Foundation
import Gateway
import Logging
import S3
import Synchronization
import TestSupport
import Testing

/// The server as a whole: methods, ids, logs, start and stop.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct ServerTests {
    @Test func `a wrong method on a known path is a 405 that names the right ones`() async throws {
        try await GatewayHarness.run { gateway in
            let id = UUID().uuidString
            for (method, path, allow) in [
                ("GET", "/upload/", "POST"), ("PUT", "/videos/upload/", "POST"),
                ("POST", "/attachments/\(id)/", "DELETE, GET, HEAD"),
                ("DELETE", "/videos/\(id)/download", "GET, HEAD"),
                ("PATCH", "/messages/\(id)/", "DELETE, GET, HEAD, PUT"),
                ("POST", "/activity/", "GET, HEAD"),
                ("QUERY", "/activity/", "GET, HEAD"),
                ("PROPFIND", "/attachments/\(id)/", "DELETE, GET, HEAD"),
            ] {
                let response = try await gateway.send(method, path)
                #expect(response.status == 405, "\(method) \(path)")
                #expect(response.header("Allow") == allow)
                #expect(response.code == "method_not_allowed")
            }
        }
    }

    @Test func `an unknown path is a 404 in JSON, and HEAD has no body`() async throws {
        try await GatewayHarness.run { gateway in
            for path in ["/nothing/", "/attachments/a/b/c/", "/../../etc/passwd"] {
                let response = try await gateway.send("GET", path)
                #expect(response.status == 404)
                #expect(response.code == "not_found")
            }
            let connection = try RawHTTPConnection(port: gateway.port)
            for _ in 0..<2 {
                try await connection.send(RawHTTPRequest("HEAD", "/healthz").bytes)
                #expect(try await connection.readResponse(toHead: true).status == 200)
                try await connection.send(try await gateway.request("HEAD", "/nothing").bytes)
                #expect(try await connection.readResponse(toHead: true).status == 404)
            }
        }
    }

    @Test func `the request's id is echoed where it is sane, else made`() async throws {
        try await GatewayHarness.run { gateway in
            let sane = [(name: "X-Request-Id", value: "abc-123_x.Y")]
            let echoed = try await gateway.send("GET", "/nothing", headers: sane)
            #expect(echoed.header("X-Request-Id") == "abc-123_x.Y")
            #expect(echoed.json["request_id"] == "abc-123_x.Y")
            for value in ["a b", "<script>", String(repeating: "a", count: 129)] {
                let response = try await gateway.send(
                    "GET",
                    "/nothing",
                    headers: [(name: "X-Request-Id", value: value)]
                )
                let made = try #require(response.header("X-Request-Id"))
                #expect(UUID(uuidString: made) != nil)
            }
        }
    }

    @Test func `what is no HTTP is a bare 400, and its connection ends`() async throws {
        try await GatewayHarness.run { gateway in
            for headers in [[(name: "If-None-Match", value: "\u{1}")], [(name: "Bad Name", value: "x")]] {
                let response = try await gateway.send("GET", "/messages/\(gateway.messageID)/", headers: headers)
                #expect(response.status == 400)
                #expect(response.text == "")
                #expect(response.header("X-Request-Id") == nil)
                #expect(response.header("Connection") == "close")
            }
        }
    }

    @Test func `live and ready are told without a token`() async throws {
        try await GatewayHarness.run { gateway in
            let live = try await RawHTTPRequest("GET", "/healthz").send(port: gateway.port)
            #expect(live.status == 200)
            #expect(live.json == ["status": "ok"])
            let ready = try await RawHTTPRequest("GET", "/readyz").send(port: gateway.port)
            #expect(ready.status == 200)
            #expect(ready.json == ["status": "ready", "database": "ok", "storage": "ok"])
        }
    }

    @Test func `each request is one line, without its query and without its token`() async throws {
        let lines = LogLines()
        var logger = Logger(label: "test") { _ in LineCollector(lines: lines) }
        logger.logLevel = .debug
        try await GatewayHarness.run(logger: logger) { gateway in
            let token = try await gateway.authorization("ann").value
            _ = try await gateway.send("GET", "/messages/\(gateway.messageID)/?secret=hunter2")
            let requests = lines.all.filter { $0.contains("request ") && $0.contains("/messages/") }
            #expect(requests.count == 1)
            let line = try #require(requests.first)
            for part in ["method=GET", "status=200", "user=ann", "ms=", "bytes_out="] {
                #expect(line.contains(part), "\(line)")
            }
            let all = lines.all.joined(separator: "\n")
            #expect(!all.contains("hunter2"))
            #expect(!all.contains("X-Amz-Signature"))
            #expect(!all.contains(token.dropFirst("Bearer ".count)))
        }
    }

    @Test func `a database of an older schema is not served, unless it is migrated`() async throws {
        let directory = try TemporaryDirectory()
        let seaweed = try await SeaweedFS.shared
        let configuration = try await GatewayHarness.makeConfiguration(directory: directory, seaweed: seaweed)
        let logger = GatewayServer.makeLogger(level: .critical)
        let refused = await #expect(throws: CatalogError.self) {
            _ = try await GatewayServer(configuration: configuration, logger: logger)
        }
        #expect(refused?.code == .olderSchema)
        let server = try await GatewayServer(configuration: configuration, logger: logger, migrates: true)
        await server.shutDown()
        try await server.run()
    }

    @Test func `a second server on the same database is refused`() async throws {
        try await GatewayHarness.run { gateway in
            var configuration = gateway.configuration
            configuration.attachments.spoolDirectory += "-2"
            let logger = GatewayServer.makeLogger(level: .critical)
            let error = await #expect(throws: CatalogError.self) {
                _ = try await GatewayServer(configuration: configuration, logger: logger)
            }
            #expect(error?.code == .inUse)
        }
    }

    @Test func `a second server on the same spool is refused`() async throws {
        try await GatewayHarness.run { gateway in
            var configuration = gateway.configuration
            configuration.databasePath += "-2"
            let logger = GatewayServer.makeLogger(level: .critical)
            let second = try await GatewayServer(configuration: configuration, logger: logger, migrates: true)
            await #expect(throws: (any Error).self) { try await second.run() }
            #expect(await second.waitForPort() == nil)
            #expect(try await gateway.send("GET", "/messages/\(gateway.messageID)/").status == 200)
        }
    }

    @Test func `a shutdown lets a running upload end and takes no new connection`() async throws {
        try await GatewayHarness.run { gateway in
            let form = gateway.form(document(byteCount: 2 << 20))
            let headers = [(name: "Content-Type", value: form.contentType)]
            let request = try await gateway.request("POST", "/upload/", headers: headers, body: form.body)
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(Array(request.bytes.dropLast(1000)))
            #expect(try await gateway.eventually { try !gateway.spoolFiles().isEmpty })
            await gateway.server.shutDown()
            #expect(try await gateway.eventually { (try? RawHTTPConnection(port: gateway.port)) == nil })
            try await connection.send(Array(request.bytes.suffix(1000)))
            let response = try await connection.readFinalResponse()
            #expect(response.status == 201)
            try await gateway.waitForEnd()
            #expect(try await gateway.storage.listObjects().count == 1)
            #expect(try gateway.spoolFiles() == [])
        }
    }

    @Test func `an upload that outlives the grace is cancelled, and nothing is left`() async throws {
        try await GatewayHarness.run(configure: { $0.listener.shutdownGrace = .seconds(1) }) { gateway in
            let form = gateway.form(document(byteCount: 12 << 20))
            let headers = [(name: "Content-Type", value: form.contentType)]
            let request = try await gateway.request("POST", "/upload/", headers: headers, body: form.body)
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(Array(request.bytes.dropLast(1000)))
            let areBothPartsStored = try await gateway.eventually {
                guard let upload = try await gateway.storage.listMultipartUploads().first else { return false }
                return try await gateway.storage.listParts(key: upload.key, uploadID: upload.uploadID).count == 2
            }
            #expect(areBothPartsStored)
            await gateway.server.shutDown()
            let response = try await connection.readFinalResponse()
            #expect(response.status == 503)
            #expect(response.code == "shutting_down")
            #expect(response.header("Retry-After") != nil)
            #expect(response.header("Connection") == "close")
            try await gateway.waitForEnd()
            #expect(try await gateway.remains() == [])
        }
    }

    @Test func `a client that is still sending when the grace is over gets the answer`() async throws {
        try await GatewayHarness.run(configure: { $0.listener.shutdownGrace = .seconds(1) }) { gateway in
            let bytes = document(byteCount: 16 << 20)
            let headers = [
                (name: "Content-Type", value: "application/pdf"), (name: "Content-Length", value: "\(bytes.count)"),
            ]
            let target = "/upload/?message_id=\(gateway.messageID)"
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(try await gateway.request("POST", target, headers: headers).head)
            try await connection.send(Array(bytes.prefix(1 << 20)))
            #expect(try await gateway.eventually { try !gateway.spoolFiles().isEmpty })
            await gateway.server.shutDown()
            #expect(try await connection.hasBytes(within: .seconds(30)))
            // As a client does that reads only when it has sent all.
            try await connection.send(Array(bytes.dropFirst(1 << 20)))
            let response = try await connection.readFinalResponse()
            #expect(response.status == 503)
            #expect(response.code == "shutting_down")
            try await connection.close()
            try await gateway.waitForEnd()
            #expect(try await gateway.remains() == [])
        }
    }

    @Test func `a stored upload that waits for its media job is answered when the grace is over`() async throws {
        let directory = try TemporaryDirectory()
        let silentWorker = directory.file("worker")
        try "#!/bin/sh\nexec /bin/sleep 600\n".write(toFile: silentWorker, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: silentWorker)
        try await GatewayHarness.run(configure: { configuration in
            configuration.listener.shutdownGrace = .seconds(1)
            configuration.attachments.inlineWait = .seconds(60)
            configuration.attachments.processingTimeout = .seconds(60)
            configuration.workerPath = silentWorker
        }) { gateway in
            let form = gateway.form(fileName: "clip.mp4", type: "video/mp4", try clip(seconds: 1))
            let answer = Task { try await gateway.post(form) }
            let messageID = gateway.messageID
            #expect(
                try await gateway.eventually { try await !gateway.catalog.attachments(messageID: messageID).isEmpty }
            )
            await gateway.server.shutDown()
            let response = try await answer.value
            #expect(response.status == 201)
            #expect(response.json["status"] == "processing")
            try await gateway.waitForEnd()
            #expect(try await gateway.storage.listObjects().count == 1)
        }
        withExtendedLifetime(directory) {}
    }
}

/// The lines that a logger wrote.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func append(_ line: String) {
        lines.withLock { $0.append(line) }
    }
}

struct LineCollector: LogHandler {
    let lines: LogLines
    var logLevel = Logger.Level.debug
    var metadata: Logger.Metadata = [:]

    init(lines: LogLines) {
        self.lines = lines
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        lines.append("\(event.message) \(all.map { "\($0)=\($1)" }.joined(separator: " "))")
    }
}
