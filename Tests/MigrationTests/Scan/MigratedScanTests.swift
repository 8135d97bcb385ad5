import Attachments
import Catalog
import Foundation
import Migration
import S3
import TestSupport
import Testing

/// What a scanner has to say of files that move in, at each step of a migration.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct MigratedScanTests {
    private let files: ScannedProject

    init() async throws {
        files = try await ScannedProject()
    }

    private func holds() async throws -> [AttachmentHold?] {
        var holds: [AttachmentHold?] = []
        for number in 1...3 { holds.append(try await files.attachment(number)?.hold) }
        return holds
    }

    private func standing() async throws -> CutOverCheck.Standing {
        try await files.withJournal { journal in
            try await CutOverCheck(catalog: files.catalog, journal: journal).standing()
        }
    }

    @Test func `files are scanned where they are, and what does not pass stays there and is not moved`() async throws {
        #expect(try await files.takeIn().adopted == 3)
        #expect(try await holds() == [.scan, .scan, .scan])
        #expect(try await files.catalog.waitingScans(store: files.source.identity) == 3)
        #expect(try await files.scanAll())
        #expect(try await holds() == [nil, .infected, nil])
        var statuses: [AttachmentStatus?] = []
        for number in 1...3 { statuses.append(try await files.attachment(number)?.status) }
        #expect(statuses == [.ready, .failed, .ready])
        #expect(try await files.attachment(2)?.failureReason == "infected")
        #expect(files.isAtSource(2))

        let totals = try await files.move()
        #expect(totals.failed.isEmpty && totals.remaining.objects == 0)
        #expect(try await files.fixture.plain.listObjects().count == 2)
        let isMoved = try await files.isInTarget(2)
        #expect(!isMoved)
        #expect(try await standing() == .arrived)
        let report = try await files.verify()
        #expect(report.faultCount == 0 && report.remaining.objects == 0)
        let pruned = try await files.prune()
        #expect(pruned.pruned.objects == 2 && pruned.refused.isEmpty)
        #expect(files.isAtSource(2) && !files.isAtSource(1) && !files.isAtSource(3))
    }

    @Test func `a second run holds nothing back that has passed, and brings back nothing that has not`() async throws {
        _ = try await files.takeIn()
        #expect(try await files.scanAll())
        let again = try await files.takeIn()
        #expect(again.adopted == 0 && again.known == 3 && again.complaintCount == 0)
        #expect(try await files.catalog.jobCount(kind: .scan) == 0)
        #expect(try await holds() == [nil, .infected, nil])
        _ = try await files.move()
        _ = try await files.takeIn()
        #expect(try await files.move().failed.isEmpty)
        #expect(try await holds() == [nil, .infected, nil])
        #expect(files.isAtSource(2))
    }

    @Test func `what has arrived is not pruned before its scan, nor after one that it did not pass`() async throws {
        _ = try await files.takeIn()
        #expect(try await files.move().done.objects == 3)
        #expect(try await files.fixture.plain.listObjects().count == 3)
        #expect(try await holds() == [.scan, .scan, .scan])
        let early = try await files.prune()
        #expect(early.pruned.objects == 0 && early.refused == ["scan_pending": 3])

        let isPurged = try await files.work(with: FindingScanner()) {
            let scans = try await files.catalog.jobCount(kind: .scan)
            let purges = try await files.catalog.jobCount(kind: .purge)
            return scans + purges == 0
        }
        #expect(isPurged)
        let isKept = try await files.isInTarget(2)
        #expect(!isKept)
        #expect(try await holds() == [nil, .infected, nil])
        let report = try await files.prune()
        #expect(report.pruned.objects == 2 && report.refused == ["quarantined": 1])
        #expect(files.isAtSource(2) && !files.isAtSource(1))
        let verified = try await files.verify()
        #expect(verified.faultCount == 0 && verified.unwanted.objects == 1)
        #expect(try await standing() == .arrived)
        #expect(try await files.prune() == MigrationPrune.Report())
        #expect(files.isAtSource(2))
    }

    @Test func `a rollback does not have served what did not pass`() async throws {
        _ = try await files.takeIn()
        _ = try await files.move()
        #expect(try await files.scanAll())
        let report = try await files.withJournal { journal in
            try await MigrationRollback(catalog: files.catalog, source: files.source, journal: journal).run()
        }
        #expect(report.returned == 2 && report.kept == 0)
        #expect(try await files.attachment(2)?.waitingPlaces == [])
        #expect(try await files.move().failed.isEmpty)
        #expect(try await files.catalog.cutOverState(store: files.source.identity).waiting == 0)
        #expect(try await standing() == .arrived)
        #expect(files.isAtSource(2))
    }

    @Test func `where the old system is trusted everything is ready at once`() async throws {
        #expect(try await files.takeIn(holdsForScan: false).adopted == 3)
        #expect(try await holds() == [nil, nil, nil])
        #expect(try await files.attachment(2)?.status == .ready)
        #expect(try await files.catalog.jobCount(kind: .scan) == 0)
        // Nor is anything held back by a later run that would.
        _ = try await files.takeIn()
        #expect(try await holds() == [nil, nil, nil])
    }

    @Test func `a file that is too large for the scanner fails, and stays at the source`() async throws {
        _ = try await files.takeIn()
        #expect(try await files.scanAll(rules: ScanRules(maxBytes: 4_000)))
        #expect(try await holds() == [nil, .infected, .infected])
        #expect(try await files.attachment(3)?.failureReason == "scan_too_large")
        _ = try await files.move()
        _ = try await files.prune()
        #expect(files.isAtSource(3) && files.isAtSource(2) && !files.isAtSource(1))
    }

    @Test func `a scanner that fetches files waits until those of a directory are moved`() async throws {
        let scanner = FindingScanner(fetchesFiles: true)
        _ = try await files.takeIn()
        let arePutOff = try await files.work(with: scanner) {
            var delays: [Int] = []
            for number in 1...3 { delays.append(try await files.scan(number)?.delays ?? 0) }
            return delays.allSatisfy { $0 > 0 }
        }
        #expect(arePutOff)
        #expect(scanner.urls == [])
        #expect(try await holds() == [.scan, .scan, .scan])
        _ = try await files.move()
        #expect(try await files.scanAll(with: scanner))
        #expect(scanner.urls.count == 3)
        #expect(scanner.urls.allSatisfy { $0.contains("X-Amz-Signature") })
        #expect(try await holds() == [nil, .infected, nil])
    }

    @Test func `a file that changed after its scan is scanned again when it arrives`() async throws {
        _ = try await files.takeIn()
        #expect(try await files.scanAll())
        try files.project.media.write(Clamd.eicar, to: "3.txt")
        #expect(try await files.move().failed.isEmpty)
        #expect(try await holds() == [nil, .infected, .scan])
        #expect(try await files.scanAll())
        #expect(try await holds() == [nil, .infected, .infected])
        #expect(files.isAtSource(3))
    }
}
