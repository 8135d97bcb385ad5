import Attachments
import Catalog
import Foundation
import NIOCore
import S3
import TestSupport
import Testing

@testable import Gateway

@Suite(
    .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"),
    .enabled(if: Clamd.isAvailable, "clamav-daemon is not installed")
)
struct ScanRouteTests {
    private func withScanner(
        _ clamd: Clamd,
        rules: ScanRules = ScanRules(),
        configure: (inout GatewayConfiguration) -> Void = { _ in },
        _ body: (GatewayHarness) async throws -> Void
    ) async throws {
        try await GatewayHarness.run { configuration in
            configuration.scanner = ScannerConfiguration(kind: .clamd(.unix(path: clamd.socketPath)))
            configuration.attachments.scan = rules
            configuration.delivery.allowsProxy = true
            configure(&configuration)
        } _: { gateway in
            try await body(gateway)
        }
    }

    @Test func `a file in which clamd finds something fails, never has a URL, and leaves no object`() async throws {
        let clamd = try Clamd()
        try await clamd.start()
        let receiver = try ScriptedReceiver()
        defer { receiver.server.stop() }
        let configured = try receiver.receiver()
        try await withScanner(clamd, configure: { $0.webhooks = [configured] }) { gateway in
            let form = gateway.form(fileName: "notes.txt", type: "text/plain", Clamd.eicar)
            let answer = try await gateway.post(form)
            #expect(answer.status == 201)
            #expect(answer.json["status"] == "failed")
            #expect(answer.json["failure_reason"] == "infected")
            #expect(answer.json["url"] == .null)
            #expect(!answer.text.contains("X-Amz-Signature"))
            let id = try #require(answer.json["id"]?.text)
            try await gateway.expectNoWay(to: HeldBackFile(id: id, code: "quarantined", status: 404))
            let isGone = try await gateway.eventually { try await gateway.storage.listObjects().isEmpty }
            #expect(isGone)
            let isTold = try await gateway.eventually { receiver.messages.count == 2 }
            #expect(isTold)
            #expect(receiver.messages.map(\.type) == ["attachment.created", "attachment.failed"])
            #expect(receiver.messages.last?.json["data"]?["failure_reason"] == "infected")
            #expect(try await gateway.send("DELETE", "/attachments/\(id)/").status == 200)
            #expect(try await gateway.send("GET", "/attachments/\(id)/").status == 404)
        }
    }

    @Test func `a file that passes is answered with its URL`() async throws {
        let clamd = try Clamd()
        try await clamd.start()
        try await withScanner(clamd) { gateway in
            let bytes = document(byteCount: 3_000)
            let paper = try await gateway.post(gateway.form(bytes))
            #expect(paper.status == 201)
            #expect(paper.json["status"] == "ready")
            #expect(paper.json["url"]?.text?.contains("X-Amz-Signature") == true)
            let id = try #require(paper.json["id"]?.text)
            let content = try await gateway.send("GET", "/attachments/\(id)/content/?proxy=true", as: "bob")
            #expect(content.body == bytes)
        }
    }

    @Test
    func `pictures are made after the scan`() async throws {
        let clamd = try Clamd()
        try await clamd.start()
        try await withScanner(clamd) { gateway in
            let video = try await gateway.post(gateway.form(fileName: "clip.mp4", type: "video/mp4", clip(seconds: 1)))
            #expect(video.status == 201)
            #expect(video.json["status"] == "ready")
            #expect(video.json["width"] == 640)
            #expect(video.json["thumbnail_url"]?.text?.contains("X-Amz-Signature") == true)
        }
    }

    @Test(arguments: [false, true])
    func `while the scanner is away a file waits without a URL, and passes when it is there`(
        isVideo: Bool
    ) async throws {
        let clamd = try Clamd()
        try await withScanner(clamd) { gateway in
            let form =
                isVideo
                ? gateway.form(fileName: "clip.mp4", type: "video/mp4", try clip(seconds: 1))
                : gateway.form(document(byteCount: 3_000))
            let answer = try await gateway.post(form)
            #expect(answer.status == 201)
            #expect(answer.json["status"] == "processing")
            #expect(answer.json["url"] == .null)
            let id = try #require(answer.json["id"]?.text)
            try await gateway.expectNoWay(
                to: HeldBackFile(id: id, isVideo: isVideo, code: "scan_pending", status: 409)
            )
            let wait = try await gateway.send("GET", "/attachments/\(id)/content/")
            #expect(wait.header("Retry-After") == "2")
            try await clamd.start()
            let isReady = try await gateway.eventually {
                try await gateway.send("GET", "/attachments/\(id)/").json["status"] == "ready"
            }
            #expect(isReady)
            #expect(try await gateway.send("GET", "/attachments/\(id)/content/").status == 302)
        }
    }

    @Test func `a file that waits and whose object is gone fails, and its scan is over`() async throws {
        let clamd = try Clamd()
        try await withScanner(clamd) { gateway in
            let answer = try await gateway.post(gateway.form(document(byteCount: 3_000)))
            let id = try #require(answer.json["id"]?.text.flatMap { UUID(uuidString: $0) })
            let attachment = try #require(try await gateway.catalog.attachment(id: id))
            try await gateway.storage.deleteObject(key: attachment.objectKey)
            let hasFailed = try await gateway.eventually {
                try await gateway.catalog.attachment(id: id)?.failureReason == "object_missing"
            }
            #expect(hasFailed)
            #expect(try await gateway.catalog.job(attachmentID: id, kind: .scan) == nil)
            let shown = try await gateway.send("GET", "/attachments/\(id.text)/")
            #expect(shown.json["status"] == "failed")
            #expect(shown.json["url"] == .null)
        }
    }

    @Test func `other bytes of the same length in the file's place do not pass for it`() async throws {
        let clamd = try Clamd()
        try await withScanner(clamd) { gateway in
            let bytes = document(byteCount: 3_000)
            let answer = try await gateway.post(gateway.form(bytes))
            let id = try #require(answer.json["id"]?.text.flatMap { UUID(uuidString: $0) })
            let key = try #require(try await gateway.catalog.attachment(id: id)).objectKey
            func put(_ bytes: [UInt8]) async throws {
                let body = S3Body.bytes(ByteBuffer(bytes: bytes))
                _ = try await gateway.storage.putObject(key: key, body: body, contentType: "application/pdf")
            }
            try await put(document(byteCount: 3_000, seed: 2))
            try await clamd.start()
            let isRefused = try await gateway.eventually {
                try await gateway.catalog.job(attachmentID: id, kind: .scan)?.lastError?.contains("SHA-256") == true
            }
            #expect(isRefused)
            #expect(try await gateway.catalog.attachment(id: id)?.hold == .scan)
            try await put(bytes)
            let isReady = try await gateway.eventually {
                try await gateway.catalog.attachment(id: id)?.status == .ready
            }
            #expect(isReady)
        }
    }

    @Test func `with failOpen a file passes while the scanner is away`() async throws {
        let clamd = try Clamd()
        try await withScanner(clamd, rules: ScanRules(failsOpen: true)) { gateway in
            let answer = try await gateway.post(gateway.form(document(byteCount: 3_000)))
            #expect(answer.json["status"] == "ready")
            #expect(answer.json["url"]?.text?.contains("X-Amz-Signature") == true)
        }
    }

    @Test(
        arguments: [(.refuse, "failed", "scan_too_large"), (.pass, "ready", nil)]
            as [(ScanRules.LargerFiles, String, String?)]
    )
    func `a file that is larger than the scanner takes fails or passes, as is said`(
        larger: ScanRules.LargerFiles,
        status: String,
        reason: String?
    ) async throws {
        let clamd = try Clamd()
        try await clamd.start()
        let rules = ScanRules(maxBytes: 1_000_000, largerFiles: larger)
        try await withScanner(clamd, rules: rules) { gateway in
            let answer = try await gateway.post(gateway.form(document(byteCount: 1_000_001)))
            #expect(answer.json["status"] == .text(status))
            #expect(answer.json["failure_reason"] == (reason.map { .text($0) } ?? .null))
            #expect((answer.json["url"] == .null) == (reason != nil))
        }
    }
}
