import Attachments
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Gateway

/// How far a scan is, as those see it who wait for the file.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct ScanProgressTests {
    /// What the attachment and its events told of one scan.
    private struct Told {
        /// The `processing` of each answer and event that had one.
        var jobs: [(percent: Int?, stage: String?)] = []
        var events: [String] = []
        var finalStatus: String?
        var isNullAtTheEnd = false
    }

    /// The percentages that those have seen so far who ask, and who read the events.
    private final class Seen: Sendable {
        private let percents = Mutex((asked: Set<Int>(), streamed: Set<Int>()))

        func ask(_ jobs: [(percent: Int?, stage: String?)]) {
            percents.withLock { $0.asked.formUnion(jobs.compactMap(\.percent)) }
        }

        func stream(_ jobs: [(percent: Int?, stage: String?)]) {
            percents.withLock { $0.streamed.formUnion(jobs.compactMap(\.percent)) }
        }

        /// How many both have seen at least.
        var count: Int { percents.withLock { min($0.asked.count, $0.streamed.count) } }
    }

    private func follow(
        _ bytes: [UInt8],
        past scanner: ScannerConfiguration.Kind,
        noting seen: Seen = Seen()
    ) async throws -> (Told, Told) {
        var (asked, streamed) = (Told(), Told())
        try await GatewayHarness.run { configuration in
            // A scan that is given up begins anew, and so does what is told of it.
            configuration.scanner = ScannerConfiguration(kind: scanner, timeout: .seconds(600))
            configuration.attachments.inlineWait = .milliseconds(10)
        } _: { gateway in
            let uploaded = try await gateway.post(gateway.form(bytes))
            #expect(uploaded.status == 201)
            #expect(uploaded.json["status"] == "processing")
            let id = try #require(uploaded.json["id"]?.text)
            async let stream = events(of: id, on: gateway, noting: seen)
            _ = try await gateway.eventually {
                let answer = try await gateway.send("GET", "/attachments/\(id)/")
                let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
                asked.jobs += try jobs(object)
                seen.ask(asked.jobs)
                asked.finalStatus = object?["status"] as? String
                asked.isNullAtTheEnd = object?["processing"] is NSNull
                return asked.finalStatus != "processing"
            }
            streamed = try await stream
        }
        return (asked, streamed)
    }

    /// What the events tell until their end.
    private func events(of id: String, on gateway: GatewayHarness, noting seen: Seen) async throws -> Told {
        var told = Told()
        let connection = try RawHTTPConnection(port: gateway.port)
        try await connection.send(try await gateway.request("GET", "/attachments/\(id)/events/", as: "bob").bytes)
        #expect(try await connection.readResponse(toHead: true).status == 200)
        while true {
            let chunk = try await connection.readChunk()
            guard !chunk.isEmpty else { return told }
            for block in String(decoding: chunk, as: UTF8.self).components(separatedBy: "\n\n") {
                let lines = block.split(separator: "\n")
                guard lines.count == 2, lines[0].hasPrefix("event: "), lines[1].hasPrefix("data: ") else { continue }
                let data = Data(lines[1].dropFirst("data: ".count).utf8)
                let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
                told.events.append(String(lines[0].dropFirst("event: ".count)))
                told.jobs += try jobs(object)
                seen.stream(told.jobs)
                told.finalStatus = object?["status"] as? String
                told.isNullAtTheEnd = object?["processing"] is NSNull
            }
        }
    }

    private func jobs(_ object: [String: Any]?) throws -> [(percent: Int?, stage: String?)] {
        guard let jobs = object?["processing"] as? [[String: Any]] else { return [] }
        return try jobs.map { job in
            try #require(job["kind"] as? String == "scan")
            return (job["percent"] as? Int, job["stage"] as? String)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `the attachment and its events tell how much of the file clamd was sent`() async throws {
        let bytes = document(byteCount: 18 << 20)
        // "zINSTREAM" and a zero byte, each chunk with its length, and the end.
        let streamByteCount = 10 + bytes.count + 4 * ((bytes.count + 65_535) >> 16) + 4
        let seen = Seen()
        let clamd = try ScriptedServer.start(receiveBufferBytes: 1 << 20) { connection in
            var (rest, waits) = (streamByteCount, 600)
            while rest > 0 {
                rest -= try connection.read(byteCount: min(1 << 20, rest)).count
                // It goes on when both have seen another percentage, or there is none; after a few, or a minute, it need not wait.
                let before = seen.count
                for _ in 0..<50 where seen.count == before && before < 3 && waits > 0 {
                    usleep(100_000)
                    waits -= 1
                }
            }
            try connection.send("stream: OK\0")
        }
        defer { clamd.stop() }
        let (asked, streamed) = try await follow(
            bytes,
            past: .clamd(.tcp(host: "127.0.0.1", port: Int(clamd.port))),
            noting: seen
        )
        for told in [asked, streamed] {
            let percents = told.jobs.compactMap(\.percent)
            #expect(Set(percents).count >= 2)
            #expect(percents == percents.sorted())
            #expect(percents.allSatisfy { (0...99).contains($0) })
            #expect(told.jobs.allSatisfy { $0.percent == nil || $0.stage == "scanning" })
            #expect(told.finalStatus == "ready")
            #expect(told.isNullAtTheEnd)
        }
        #expect(streamed.events.last == "ready")
        #expect(streamed.events.dropLast().allSatisfy { $0 == "processing" })
    }

    /// Such a scanner fetches the file by itself, if it does, and says nothing before its verdict.
    @Test(.timeLimit(.minutes(2)), arguments: [(2 << 20, "scanning"), (4 << 10, nil)] as [(Int, String?)])
    func `of a scan over HTTP the stage is told without a percentage, and of a small file nothing`(
        byteCount: Int,
        stage: String?
    ) async throws {
        let scanner = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil {
                usleep(3_000_000)
                try connection.respond(status: 200, body: #"{"clean":true}"#)
            }
        }
        defer { scanner.stop() }
        let secret = try #require(WebhookSecret(ScriptedReceiver.secret))
        let (asked, streamed) = try await follow(
            document(byteCount: byteCount),
            past: .http(url: "\(scanner.url)/scan", secrets: [secret])
        )
        for told in [asked, streamed] {
            #expect(told.jobs.allSatisfy { $0.percent == nil })
            #expect(told.jobs.last?.stage == stage)
            #expect(told.finalStatus == "ready")
        }
    }
}
