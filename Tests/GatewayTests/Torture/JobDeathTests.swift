import Catalog
import Foundation
import Synchronization
import TestSupport
import Testing

/// A server that dies at a named step of a job, and the next one over the same files.
@Suite(
    .enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"),
    .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server")
)
struct JobDeathTests {
    /// Each step that a job of each kind passes, from its claim to its end; behind a colon how often the upload has passed it before.
    private static let deaths = JobKind.allCases.flatMap { kind in
        (["jobs.claimed"] + steps(of: kind) + ["jobs.ended"]).map { (kind, $0) }
    }

    /// Those of transcodings are `RenditionKillTests`'.
    private static func steps(of kind: JobKind) -> [String] {
        switch kind {
        case .process, .import: ["process.intents:1", "process.stored:1", "process.recorded:1"]
        case .scan: ["scan.passed"]
        case .render: ["transcode.encoded", "transcode.stored", "transcode.recorded"]
        case .revoke: ["revoke.claimed", "revoke.intents", "revoke.copied", "revoke.swapped"]
        case .purge: ["purge.deleted"]
        case .webhook: ["webhook.sent"]
        case .transcode: []
        }
    }

    /// Those after which there is nothing left to do.
    private static let lastSteps = ["jobs.ended", "process.recorded:1", "transcode.recorded", "revoke.swapped"]

    /// What a job of the kind needs to come to be.
    private func settings(for kind: JobKind, _ receiver: ScriptedReceiver, _ scanner: AwayScanner) -> [String: String] {
        switch kind {
        case .render: ["renditions.audio.voice.format": "opus", "renditions.audio.voice.bitrate": "48"]
        case .transcode:
            ["renditions.video.180p.shortEdge": "180", "renditions.video.180p.maxBitrate": "150"]
        case .scan: ["scan.httpURL": "\(scanner.server.url)/scan", "scan.httpSecret": ScriptedReceiver.secret]
        case .webhook:
            [
                "webhooks.app.url": "\(receiver.server.url)/events", "webhooks.app.secret": ScriptedReceiver.secret,
                "webhooks.app.events": "attachment.created", "webhooks.app.allowPrivate": "true",
            ]
        // The upload does its media work itself, however busy the machine is: no job is left of it.
        case .process, .import, .purge, .revoke: ["media.inlineWaitSeconds": "300"]
        }
    }

    /// Uploads what the kind works on; the job may come of that, and the server die before it has answered.
    private func upload(for kind: JobKind, _ servers: GatewaySuccession) async throws {
        let answer: RawHTTPResponse?
        switch kind {
        case .render:
            let media = try MediaFixtures()
            let path = try media.ffmpeg(
                ["-f", "lavfi", "-i", "sine=duration=3", "-ar", "48000", "-c:a", "pcm_s16le"],
                to: "tone.wav"
            )
            answer = try? await servers.upload(fileName: "tone.wav", type: "audio/wav", try media.bytes(of: path))
        case .scan, .webhook:
            answer = try? await servers.upload(
                fileName: "paper.pdf",
                type: "application/pdf",
                document(byteCount: 5000)
            )
        case .process, .import, .purge, .revoke, .transcode:
            answer = try? await servers.upload(fileName: "clip.mp4", type: "video/mp4", try clip(seconds: 3))
        }
        #expect(answer.map { $0.status == 201 } ?? true)
    }

    /// Has a job of the kind queued for what is ready, past the server, which finds it.
    private func queue(_ kind: JobKind, of attachment: CatalogAttachment, _ servers: GatewaySuccession) async throws {
        let catalog = servers.catalog
        switch kind {
        case .process: _ = try await catalog.requestProcessing(attachmentID: attachment.id)
        case .import: #expect(try await catalog.requestReprocessing(of: [attachment.id]) == 1)
        case .purge: #expect(try await catalog.deleteMessage(id: servers.messageID))
        case .revoke:
            guard case .begun(let job) = try await catalog.requestRevocation(attachmentID: attachment.id) else {
                Issue.record("the revocation was not begun")
                return
            }
            try await catalog.releaseJob(job)
        case .scan, .render, .transcode, .webhook: break
        }
    }

    @Test(arguments: deaths)
    func `a job ends once in its right state, wherever its server died`(kind: JobKind, step: String) async throws {
        let (receiver, scanner) = (try ScriptedReceiver(), try AwayScanner())
        defer {
            receiver.server.stop()
            scanner.server.stop()
        }
        let servers = try await GatewaySuccession(dyingAt: step, settings: settings(for: kind, receiver, scanner))
        let catalog = servers.catalog
        try await upload(for: kind, servers)
        let isQueuedByHand = [.process, .import, .purge, .revoke].contains(kind)
        if isQueuedByHand {
            let isReady = try await servers.eventually {
                try await catalog.attachments(messageID: servers.messageID).first?.status == .ready
            }
            #expect(isReady)
        }
        let before = try #require(try await catalog.attachments(messageID: servers.messageID).first)
        // The upload's own media work is a job as well.
        let earlier = isQueuedByHand ? try await catalog.endedJobs(kind: kind, limit: 9).count : 0
        if isQueuedByHand { try await queue(kind, of: before, servers) }
        let isDead = try await servers.isFirstDead()
        #expect(isDead)

        // It had the job and was in the middle of it, or had done all of it.
        let isEnded = Self.lastSteps.contains(step)
        let jobs = try await catalog.jobs(kind: kind, limit: 9)
        #expect(jobs.map(\.isLeased) == (isEnded ? [] : [true]))
        #expect(jobs.allSatisfy { $0.attempts == 1 })
        let over = try await catalog.endedJobs(kind: kind, limit: 9).dropLast(earlier)
        #expect(over.map(\.outcome) == (isEnded ? [.done] : []))

        let next = try await servers.startNext()
        let disorder = try await servers.lastingDisorder()
        #expect(disorder == [])
        let ended = try await catalog.endedJobs(kind: kind, limit: 9).dropLast(earlier)
        #expect(ended.map(\.outcome) == [.done])
        #expect(ended.map(\.attempts) == [isEnded ? 1 : 2])
        let others = try await catalog.endedJobs(limit: 100).filter { $0.outcome != .done }
        #expect(others == [])
        // An answer that nobody has noted is asked for once more.
        let questions = ["scan.passed", "webhook.sent"].contains(step) ? 2 : 1
        try await expectOutcome(of: kind, from: before, servers)
        if kind == .webhook {
            #expect(receiver.messages.map(\.type) == Array(repeating: "attachment.created", count: questions))
            #expect(Set(receiver.messages.map(\.id)).count == 1)
        }
        // Once more while the scanner was away.
        if kind == .scan { #expect(scanner.server.requests.count == questions + 1) }
        try await servers.end(next)
    }

    /// What the job was for is there, once.
    private func expectOutcome(
        of kind: JobKind,
        from before: CatalogAttachment,
        _ servers: GatewaySuccession
    ) async throws {
        guard kind != .purge else {
            #expect(try await servers.catalog.attachments(messageID: servers.messageID).isEmpty)
            return
        }
        let after = try #require(try await servers.catalog.attachments(messageID: servers.messageID).first)
        #expect(after.status == .ready)
        #expect(after.hold == nil)
        let names = after.renditions.map(\.name).sorted()
        switch kind {
        case .process, .import: #expect(names == ["thumbnail"])
        case .render: #expect(names == ["voice"])
        case .transcode: #expect(names == ["180p", "thumbnail"])
        case .revoke: #expect(Set(after.objectKeys).isDisjoint(with: before.objectKeys))
        case .scan, .webhook, .purge: #expect(names == [])
        }
    }
}

/// A scanner that is away when it is asked first, so that the scan is put off, and lets everything pass from then on.
private struct AwayScanner {
    let server: ScriptedServer

    init() throws {
        let script = ScriptedAnswers()
        server = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil {
                if script.isFirst() {
                    try connection.respond(status: 503, body: "")
                } else {
                    try connection.respond(status: 200, body: #"{"clean":true}"#)
                }
            }
        }
    }
}

/// Tells the first request from the others.
private final class ScriptedAnswers: Sendable {
    private let count = Mutex(0)

    func isFirst() -> Bool {
        count.withLock { count in
            count += 1
            return count == 1
        }
    }
}
