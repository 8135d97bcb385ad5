import Attachments
import Catalog
import Foundation
import Media
import NIOCore
import S3
import TestSupport
import Testing

@testable import Gateway

/// Files of an old place that are to be scanned, as clients see them.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct MigratedScanRouteTests {
    /// A text of the old system, held back, whose file is in the old place already.
    private func adopt(
        _ location: String,
        byteCount: Int,
        store: String,
        in gateway: GatewayHarness
    ) async throws -> CatalogAttachment {
        let attachment = try await gateway.adopt(
            location,
            of: store,
            name: location,
            mediaType: "text/plain",
            kind: .document,
            byteCount: byteCount,
            hold: .scan
        )
        try await gateway.letServerNotice()
        return attachment
    }

    private func show(_ attachment: CatalogAttachment, in gateway: GatewayHarness) async throws -> RawHTTPResponse {
        try await gateway.send("GET", "/attachments/\(attachment.id.text)/")
    }

    @Test(.enabled(if: Clamd.isAvailable, "clamav-daemon is not installed"))
    func `nobody gets a URL of a file in a media root before clamd has passed it`() async throws {
        let root = try MediaRoot()
        let good = Array("hello, world".utf8)
        try root.write(good, to: "good.txt")
        try root.write(Clamd.eicar, to: "bad.txt")
        let clamd = try Clamd()
        try await GatewayHarness.run { configuration in
            configuration.migrationSource = .directory(path: root.path)
            configuration.scanner = ScannerConfiguration(kind: .clamd(.unix(path: clamd.socketPath)))
            configuration.delivery.allowsProxy = true
        } _: { gateway in
            let fine = try await adopt("good.txt", byteCount: good.count, store: root.store, in: gateway)
            let infected = try await adopt("bad.txt", byteCount: Clamd.eicar.count, store: root.store, in: gateway)
            for attachment in [fine, infected] {
                let held = try await show(attachment, in: gateway)
                #expect(held.json["status"] == "processing")
                try await gateway.expectNoWay(
                    to: HeldBackFile(id: attachment.id.text, code: "scan_pending", status: 409)
                )
            }
            try await clamd.start()
            let isOver = try await gateway.eventually { try await gateway.catalog.jobCount(kind: .scan) == 0 }
            #expect(isOver)
            let ready = try await show(fine, in: gateway)
            #expect(ready.json["status"] == "ready")
            #expect(try await gateway.fetch(ready.json["url"]?.text).body == good)

            let failed = try await show(infected, in: gateway)
            #expect(failed.json["status"] == "failed")
            #expect(failed.json["failure_reason"] == "infected")
            try await gateway.expectNoWay(
                to: HeldBackFile(id: infected.id.text, code: "quarantined", status: 404)
            )
            // Nothing is to be deleted there, now or later.
            #expect(try await gateway.catalog.doomedPlaces(store: root.store, limit: 9) == [])
            #expect(root.has("bad.txt"))
            #expect(try await gateway.storage.listObjects().isEmpty)
        }
        withExtendedLifetime(root) {}
    }

    @Test(.enabled(if: Clamd.isAvailable, "clamav-daemon is not installed"))
    func `nobody gets a picture or a stream of a video in a media root before clamd has passed it`() async throws {
        let root = try MediaRoot()
        let film = try clip(seconds: 1)
        try root.write(film, to: "clip.mp4")
        try root.write(Array("a picture".utf8), to: "thumb.jpg")
        try root.write(Array("a step of a stream".utf8), to: "step.mp4")
        let index = """
            {"version":1,"codecs":"avc1.64001e","width":320,"height":180,"frameRate":25,"headerByteCount":4,
            "segments":[{"offset":4,"length":14,"milliseconds":1000}]}
            """
        try root.write(Array(index.utf8), to: "step.json")
        let clamd = try Clamd()
        try await GatewayHarness.run { configuration in
            configuration.migrationSource = .directory(path: root.path)
            configuration.scanner = ScannerConfiguration(kind: .clamd(.unix(path: clamd.socketPath)))
            configuration.delivery.allowsProxy = true
            configuration.attachments.transcoding.ladder = [
                TranscodeSpecification(name: "hls360p", container: .fragmented, shortEdge: 360)
            ]
            // The one that is there is to stay.
            configuration.attachments.jobs.kindsInServer.remove(.transcode)
        } _: { gateway in
            let video = try await gateway.adopt(
                "clip.mp4",
                of: root.store,
                name: "clip.mp4",
                mediaType: "video/mp4",
                kind: .video,
                byteCount: film.count,
                renditions: [
                    (name: "thumbnail", mediaType: "image/jpeg", location: "thumb.jpg"),
                    (name: "hls360p", mediaType: "video/mp4", location: "step.mp4"),
                    (name: "hls360pindex", mediaType: "application/json", location: "step.json"),
                ],
                hold: .scan
            )
            try await gateway.letServerNotice()
            try await gateway.expectNoWay(
                to: HeldBackFile(id: video.id.text, isVideo: true, code: "scan_pending", status: 409)
            )
            try await clamd.start()
            let isReady = try await gateway.eventually {
                try await show(video, in: gateway).json["status"] == "ready"
            }
            #expect(isReady)
            // The same URLs lead to it now: to its original, to the playlist of the steps, and to that of the one step.
            let targets = try await gateway.signedTargets(of: video.id.text)
            for target in [targets[0], targets[2], targets[3]] {
                #expect(try await RawHTTPRequest("GET", target).send(port: gateway.port).status == 200, "\(target)")
            }
            let download = try await gateway.send("GET", "/videos/\(video.id.text)/download/")
            #expect(try await gateway.fetch(download.json["url"]?.text).body == film)
        }
        withExtendedLifetime(root) {}
    }

    @Test func `a service is given the URL of a file in an old bucket`() async throws {
        let seaweed = try await SeaweedFS.shared
        let old = seaweed.configuration(bucket: try await seaweed.makeBucket())
        let client = try S3Client(configuration: old)
        let bytes = Array("hello, old world".utf8)
        _ = try await client.putObject(key: "a.txt", body: .bytes(ByteBuffer(bytes: bytes)), contentType: "text/plain")
        let identity = client.identity()
        await client.shutdown()
        let service = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil { try connection.respond(status: 200, body: #"{"clean":true}"#) }
        }
        defer { service.stop() }
        let secret = try #require(WebhookSecret(ScriptedReceiver.secret))
        try await GatewayHarness.run { configuration in
            configuration.migrationSource = .bucket(old, prefix: "")
            configuration.scanner = ScannerConfiguration(kind: .http(url: "\(service.url)/scan", secrets: [secret]))
        } _: { gateway in
            let attachment = try await adopt("a.txt", byteCount: bytes.count, store: identity, in: gateway)
            let isReady = try await gateway.eventually {
                try await show(attachment, in: gateway).json["status"] == "ready"
            }
            #expect(isReady)
            let question = try #require(service.requests.first.map(ReceivedMessage.init))
            #expect(question.json["id"]?.text == attachment.id.text)
            let url = try #require(question.json["url"]?.text)
            #expect(url.contains("/\(old.bucket)/a.txt?"))
            #expect(try await gateway.fetch(url).body == bytes)
        }
    }

    /// As long as the server knows the media root, nothing but the move helps, and a look now and then is in vain.
    @Test(arguments: [true, false])
    func `a service is asked about a file of a media root as soon as it has been moved`(isNamed: Bool) async throws {
        let root = try MediaRoot()
        let bytes = Array("hello, old disk".utf8)
        try root.write(bytes, to: "a.txt")
        let service = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil { try connection.respond(status: 200, body: #"{"clean":true}"#) }
        }
        defer { service.stop() }
        let secret = try #require(WebhookSecret(ScriptedReceiver.secret))
        try await GatewayHarness.run { configuration in
            configuration.migrationSource = isNamed ? .directory(path: root.path) : nil
            configuration.scanner = ScannerConfiguration(kind: .http(url: "\(service.url)/scan", secrets: [secret]))
        } _: { gateway in
            let attachment = try await adopt("a.txt", byteCount: bytes.count, store: root.store, in: gateway)
            let isPutOff = try await gateway.eventually {
                try await gateway.catalog.job(attachmentID: attachment.id, kind: .scan)?.delays == 1
            }
            #expect(isPutOff)
            let waiting = try #require(try await gateway.catalog.job(attachmentID: attachment.id, kind: .scan))
            #expect(!waiting.isLeased)
            // The pauses of a scanner that is away begin with a second.
            let pause = waiting.runAfter.timeIntervalSinceNow
            #expect(isNamed ? pause > 3_600 : (60...300).contains(pause))
            #expect(service.requests.isEmpty)

            #expect(try await root.move(attachment.objectKey, in: gateway) == .moved)
            let isReady = try await gateway.eventually {
                try await show(attachment, in: gateway).json["status"] == "ready"
            }
            #expect(isReady)
            let question = try #require(service.requests.first.map(ReceivedMessage.init))
            let url = try #require(question.json["url"]?.text)
            #expect(try await gateway.fetch(url).body == bytes)
        }
        withExtendedLifetime(root) {}
    }
}
