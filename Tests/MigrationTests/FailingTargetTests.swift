import Foundation
import Migration
import S3
import TestSupport
import Testing

/// A target that answers, and fails, full or out of order: what it says is told, and at once.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"), .timeLimit(.minutes(1)))
struct FailingTargetTests {
    @Test(arguments: [
        (500, "InternalError", "cannot be written: "), (507, "XMinioStorageFull", "the target has no room for "),
        (403, "QuotaExceeded", "the target has no room for "),
    ])
    func `its code is told with the first failure, in the summary and in the report`(
        status: Int,
        code: String,
        words: String
    ) async throws {
        let fixture = try await MigrationFixture()
        for number in 0..<40 { try fixture.write("\(number)", [1]) }
        fixture.decide { $0.operation == "PutObject" ? .status(status, code: code) : .none }
        let log = EventLog()
        let error = try await #require(throws: MigrationError.self) {
            try await fixture.run(
                (0..<40).map { MigrationItem(location: "\($0)", targetKey: "\($0)") },
                observer: log
            )
        }
        #expect(error.code == .targetUnavailable)
        #expect(error.message.contains(words))
        #expect(error.message.contains(code))
        let told = log.events.compactMap { event -> String? in
            if case .failing(let reason) = event { reason } else { nil }
        }
        #expect(told.count == 1)
        #expect(told.first?.contains(code) == true)

        let journal = try MigrationJournal.openForReading(path: fixture.journalPath)
        #expect(try await journal.failureWords()[.targetUnavailable]?.contains(code) == true)
        let page = ReportPage(try await MigrationReport.make(of: journal, outcome: "It failed.")).html
        #expect(page.contains("Such as: "))
        #expect(page.contains("the target does not answer, or fails"))
        try await journal.close()

        // Room was made.
        fixture.decide { _ in .none }
        var patient = fixture.quick
        patient.patience = .seconds(20)
        #expect(try await fixture.run([], from: nil, patient).done.objects == 40)
    }

    @Test func `the lines of a run say so, for people and as JSON`() throws {
        let event = MigrationEvent.failing(reason: "k cannot be written: \u{1B}[31mInternalError")
        #expect(PlainLines.line(event) == "it is not the file: k cannot be written: \\u{1B}[31mInternalError")
        let time = Date(timeIntervalSince1970: 0)
        let line = try #require(ProgressLine(event, MigrationProgress(), at: time))
        #expect(line.event == .failing)
        #expect(line.reason == "k cannot be written: \u{1B}[31mInternalError")
        #expect(line.json.contains(#""event":"failing""#))
    }
}
