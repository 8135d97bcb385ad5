import Catalog
import Foundation
import NIOCore
import S3
import TestSupport
import Testing

@testable import Attachments

/// What the sweep makes of objects that only tried the storage.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct SweepTrialTests {
    private static let trials = [
        ".satchel-check/0190a1b2/list/a b", ".satchel-check/folder-moving-1", ".satchel-check/folder-moving-2/x",
    ]
    private static let others = [".satchel-bench/1", "attachments/2025/01/15/holiday.mp4", "satchel-check/1"]

    /// A bucket in which a check died, and with it a migration's trial of folder keys.
    private func makeFixture() async throws -> ServiceFixture {
        let fixture = try await ServiceFixture.settled()
        for key in Self.trials + Self.others {
            _ = try await fixture.storage.putObject(
                key: key,
                body: .bytes(ByteBuffer(string: "trial")),
                contentType: "text/plain"
            )
        }
        return fixture
    }

    @Test func `what a trial left is found and removed when it is an hour old, and nothing beside it`() async throws {
        let fixture = try await makeFixture()
        let sweep = fixture.makeSweep()
        let soon = try await sweep.find(now: Date(timeIntervalSinceNow: 3_000)) { _ in }
        #expect(soon.found == [:])
        #expect(soon.heldBack == [.trialObject: 3])

        let now = Date(timeIntervalSinceNow: 3_700)
        var items: [SweepItem] = []
        let totals = try await sweep.find(now: now) { items.append($0) }
        #expect(totals.found == [.trialObject: 3])
        #expect(totals.listed == 0)
        #expect(items.map(\.name) == Self.trials.reversed())
        #expect(items.allSatisfy { $0.reason == "trial object of a check that ended early" && $0.byteCount == 5 })
        let item = try #require(items.first)
        // It is tried again meanwhile.
        #expect(try await sweep.apply(item, now: Date()) == .changed)
        var other = item
        other.etag = "\"0\""
        #expect(try await sweep.apply(other, now: now) == .changed)
        // A plan is a file, and files can be changed.
        other = item
        other.name = Self.others[0]
        #expect(try await sweep.apply(other, now: now) == .changed)
        for item in items { #expect(try await sweep.apply(item, now: now) == .removed) }
        #expect(try await sweep.apply(item, now: now) == .changed)
        #expect(try await fixture.keys() == Set(Self.others))
        // They were nobody's files.
        #expect(try await fixture.catalog.activities(limit: 9) == [])
    }

    @Test func `the server's own sweep removes it by itself, when it is as old as all else has to be`() async throws {
        let fixture = try await makeFixture()
        try await fixture.service.sweepStorage(now: Date(timeIntervalSinceNow: 3_700))
        #expect(try await fixture.keys() == Set(Self.trials + Self.others))
        try await fixture.service.sweepStorage(now: Date(timeIntervalSinceNow: 25 * 3_600))
        #expect(try await fixture.keys() == Set(Self.others))
        let findings = try await fixture.catalog.sweepFindings()
        #expect(findings?[SweepKind.trialObject.rawValue] == 3)
    }

    @Test func `a multipart upload that was tried is aborted when it is an hour old`() async throws {
        let fixture = try await makeFixture()
        let key = ".satchel-check/0190a1b2/parts"
        _ = try await fixture.storage.createMultipartUpload(key: key, contentType: "text/plain")
        let sweep = fixture.makeSweep()
        let soon = try await sweep.find(now: Date(timeIntervalSinceNow: 3_000)) { _ in }
        #expect(soon.found == [:])
        #expect(soon.heldBack == [.trialObject: 4])
        var items: [SweepItem] = []
        let totals = try await sweep.find(now: Date(timeIntervalSinceNow: 3_700)) { items.append($0) }
        #expect(totals.found == [.trialObject: 4])
        let item = try #require(items.first { $0.uploadID != nil })
        #expect(item.kind == .trialObject)
        #expect(item.name == key)
        // A plan is a file, and files can be changed.
        var other = item
        other.name = Self.others[0]
        #expect(try await sweep.apply(other) == .changed)
        #expect(try await sweep.apply(item) == .removed)
        #expect(try await sweep.apply(item) == .changed)
        #expect(try await fixture.storage.listMultipartUploads().isEmpty)
    }
}
