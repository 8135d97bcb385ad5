import Foundation
import Migration
import S3
import TestSupport
import Testing

/// A target that is away is told of, and soon.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct AbsentTargetTests {
    private func verify(_ fixture: MigrationFixture) async throws -> MigrationVerification.Report {
        let journal = try MigrationJournal.openForReading(path: fixture.journalPath)
        return try await MigrationVerification(
            journal: journal,
            target: fixture.target,
            isDeep: false,
            workers: 2,
            logger: MigrationFixture.logger
        )
        .run()
    }

    private func moved(_ count: Int) async throws -> MigrationFixture {
        let fixture = try await MigrationFixture()
        for number in 0..<count { try fixture.write("\(number)", [7]) }
        try await fixture.run((0..<count).map { MigrationItem(location: "\($0)", targetKey: "\($0)") })
        return fixture
    }

    @Test func `a target that answers, be it with a refusal, is not silent`() async throws {
        let fixture = try await MigrationFixture()
        #expect(await fixture.target.silence() == nil)
        fixture.decide { _ in .status(403, code: "AccessDenied") }
        #expect(await fixture.target.silence() == nil)
    }

    @Test(arguments: [true, false])
    func `one that does not is told of by name within seconds`(isStalled: Bool) async throws {
        let fixture = try await MigrationFixture()
        fixture.decide { _ in isStalled ? .stall : .refuse }
        let start = ContinuousClock.now
        let silence = try #require(await fixture.target.silence())
        #expect(start.duration(to: .now) < .seconds(20))
        #expect(silence.hasPrefix("the target \(fixture.target.identity) does not answer: "))
    }

    @Test func `verify against a target that is away ends with that, and looks at nothing`() async throws {
        let fixture = try await moved(2)
        fixture.decide { _ in .refuse }
        let before = fixture.count("HeadObject")
        let error = try await #require(throws: MigrationError.self) { _ = try await verify(fixture) }
        #expect(error.code == .targetUnavailable)
        #expect(MigrationExit(error.code).rawValue == 4)
        #expect(fixture.count("HeadObject") == before)
    }

    @Test func `verify ends where the target goes away in the middle`() async throws {
        let fixture = try await moved(60)
        let before = fixture.count("HeadObject")
        fixture.decide { request in
            request.operation == "HeadObject" && request.operationNumber >= before + 10
                ? .status(503, code: "ServiceUnavailable") : .none
        }
        let error = try await #require(throws: MigrationError.self) { _ = try await verify(fixture) }
        #expect(error.code == .targetUnavailable)
        #expect(fixture.count("HeadObject") - before < 60)
    }
}
