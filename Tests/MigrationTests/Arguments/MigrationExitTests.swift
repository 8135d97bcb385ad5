import Migration
import Testing

struct MigrationExitTests {
    private static func totals(
        done: Int64 = 0,
        remaining: Int64 = 0,
        failed: [MigrationError.Code: Int64] = [:]
    ) -> MigrationTotals {
        var totals = MigrationTotals()
        totals.done.objects = done
        totals.remaining.objects = remaining
        totals.failed = failed.mapValues { MigrationTotals.Amount(objects: $0) }
        totals.planned.objects = done + remaining + failed.values.reduce(0, +)
        return totals
    }

    @Test func `the codes are those of the manual, and all different`() {
        #expect(MigrationExit.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6, 7, 64])
    }

    @Test func `a migration ends with how it stands`() {
        #expect(MigrationExit(Self.totals(done: 5)) == .complete)
        #expect(MigrationExit(Self.totals()) == .complete)
        #expect(MigrationExit(Self.totals(done: 5, failed: [.sourceMissing: 1])) == .incomplete)
        #expect(MigrationExit(Self.totals(done: 5, failed: [.sourceMissing: 0])) == .complete)
        #expect(MigrationExit(Self.totals(done: 5), complaintCount: 1) == .incomplete)
        #expect(MigrationExit(Self.totals(done: 5, remaining: 1, failed: [.sourceMissing: 1])) == .unfinished)
        #expect(MigrationExit(Self.totals(done: 5, remaining: 1, failed: [.targetForbidden: 1])) == .denied)
    }

    @Test(
        arguments: [
            ([], 0), ([.targetMismatch], 2), ([.targetUnavailable, .targetUnavailable], 4),
            ([.targetUnavailable, .targetMismatch], 2), ([.targetForbidden], 5),
        ] as [([MigrationError.Code], Int32)]
    )
    func `a look at the target ends with what it told`(codes: [MigrationError.Code], status: Int32) {
        var report = MigrationVerification.Report()
        report.faultCount = Int64(codes.count)
        report.faults = codes.map { code in
            MigrationVerification.Report.Fault(id: 1, location: "a", targetKey: "b", code: code, message: "")
        }
        #expect(MigrationExit(report).rawValue == status)
    }

    @Test func `a look at the target is not content with an inventory that had more`() {
        var report = MigrationVerification.Report()
        report.unusable = 1
        #expect(MigrationExit(report) == .incomplete)
        report.isInventoryUnread = true
        #expect(MigrationExit(report) == .unfinished)
        #expect(MigrationExit(report, leavesUnusable: true) == .complete)
        report.remaining.objects = 1
        #expect(MigrationExit(report, leavesUnusable: true) == .unfinished)
    }

    @Test(
        arguments: [
            (.inventoryUnreadable, 3), (.sourceUnreadable, 3), (.targetUnavailable, 4), (.targetForbidden, 5),
            (.journal, 7), (.invalidArgument, 64), (.recordRefused, 1), (.outputUnwritable, 1),
        ] as [(MigrationError.Code, Int32)]
    )
    func `an error that ends a command has a code of its own`(code: MigrationError.Code, status: Int32) {
        #expect(MigrationExit(code).rawValue == status)
    }

    @Test func `the sentence has the counts`() {
        let totals = Self.totals(done: 1234, remaining: 6)
        #expect(
            MigrationExit.unfinished.sentence(totals)
                == "1,234 of 1,240 files arrived; stopped before the end. The same command goes on where it was."
        )
        #expect(MigrationExit.complete.sentence(Self.totals(done: 3)) == "Everything arrived: 3 files.")
    }

    @Test func `each failure has a name and says what to do`() {
        let titles = MigrationError.Code.allCases.map(\.title)
        #expect(Set(titles).count == titles.count)
        for code in MigrationError.Code.allCases {
            #expect(code.advice.hasSuffix("."))
            #expect(code.advice.count > 20)
        }
    }
}
