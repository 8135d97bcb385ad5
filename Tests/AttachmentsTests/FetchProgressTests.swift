import Catalog
import Foundation
import TestSupport
import Testing

@testable import Attachments

/// How far work is that has to fetch its file, from a storage that is slow to hand it out.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct FetchProgressTests {
    /// An MP4 of six megabytes, most of them a box that every reader passes over (ISO/IEC 14496-12 section 8.1.2).
    private func longClip() throws -> [UInt8] {
        let padding: UInt32 = 6 << 20
        let head = withUnsafeBytes(of: padding.bigEndian) { Array($0) } + Array("free".utf8)
        return try clip() + head + [UInt8](repeating: 0, count: Int(padding) - head.count)
    }

    private func slowStorage() async throws -> FaultProxy {
        try FaultProxy(to: try await SeaweedFS.shared.endpoint) { request in
            request.operation == "GetObject" ? .drip(byteCount: 64 << 10, pause: .milliseconds(50)) : .none
        }
    }

    /// Does the job of that kind, and answers what was told of it meanwhile.
    private func follow(_ kind: JobKind, of id: UUID, in fixture: ServiceFixture) async throws -> [JobProgress] {
        var told: [JobProgress] = []
        let isOver = try await fixture.runInBackground {
            let now = try fixture.catalog.progress(attachmentID: id).first { $0.kind == kind }
            if let now, now != told.last { told.append(now) }
            let job = try await fixture.catalog.job(attachmentID: id, kind: kind)
            return job == nil && fixture.service.inHandCount == 0
        }
        #expect(isOver)
        #expect(try fixture.catalog.progress(attachmentID: id) == [])
        return told
    }

    private func expectRise(_ percents: [Int]) {
        #expect(Set(percents).count >= 2)
        #expect(percents == percents.sorted())
        #expect(percents.allSatisfy { (0...99).contains($0) })
    }

    @Test(.timeLimit(.minutes(2)))
    func `media work tells how much of the file is there, and that it is the worker's turn then`() async throws {
        let proxy = try await slowStorage()
        defer { proxy.stop() }
        let fixture = try await ServiceFixture(endpoint: proxy.endpoint, workerPath: WorkerBinary.path)
        let id = try await fixture.commitAndDie(try longClip()).id
        let told = try await follow(.process, of: id, in: fixture)
        expectRise(told.filter { $0.stage == "fetching" }.compactMap(\.percent))
        // The worker says nothing of how far it is.
        #expect(told.allSatisfy { $0.stage == "fetching" || $0.percent == nil })
        #expect(try await fixture.catalog.attachment(id: id)?.status == .ready)
    }

    @Test(.timeLimit(.minutes(2)))
    func `work that is done again of what is ready tells the percentage alone`() async throws {
        let proxy = try await slowStorage()
        defer { proxy.stop() }
        let fixture = try await ServiceFixture(endpoint: proxy.endpoint, workerPath: WorkerBinary.path)
        let ready = try await fixture.upload(try longClip(), name: "clip.mp4").attachment
        #expect(ready.status == .ready)
        #expect(try await fixture.catalog.requestReprocessing(of: [ready.id]) == 1)
        let told = try await follow(.import, of: ready.id, in: fixture)
        expectRise(told.compactMap(\.percent))
        #expect(told.allSatisfy { $0.stage == nil })
        #expect(try await fixture.catalog.attachment(id: ready.id)?.status == .ready)
    }
}
