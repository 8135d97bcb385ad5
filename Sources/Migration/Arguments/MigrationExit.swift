/// With what a command of a migration ends the process.
///
/// `docs/migration.md` lists them.
package enum MigrationExit: Int32, Sendable, CaseIterable {
    /// Everything is where it belongs.
    case complete = 0
    /// Something that has no number of its own: the configuration, the database, a local file that cannot be written.
    case failed = 1
    /// Some objects failed, are missing or in conflict; all others arrived.
    case incomplete = 2
    /// The source, or its inventory, cannot be used.
    case sourceUnusable = 3
    /// The target does not answer, or answers that it fails, such as for want of room.
    case targetUnusable = 4
    /// The target denies what is to be done: rights.
    case denied = 5
    /// Stopped, or not finished; the same command goes on where it was.
    case unfinished = 6
    /// The journal is in use, damaged, or another migration's.
    case journalUnusable = 7
    /// An argument, or a setting in its place, cannot be used; as in every command (EX_USAGE of sysexits.h).
    case wrongArguments = 64

    /// What an error that ended a command ends the process with.
    package init(_ code: MigrationError.Code) {
        self =
            switch code {
            case .sourceMissing, .sourceUnreadable, .sourceChanged, .inventoryUnreadable: .sourceUnusable
            case .targetForbidden: .denied
            case .targetUnavailable: .targetUnusable
            case .journal: .journalUnusable
            case .digestMismatch, .targetTaken, .targetMismatch: .incomplete
            case .recordRefused, .outputUnwritable: .failed
            case .invalidArgument: .wrongArguments
            }
    }

    /// What a migration that stands like this ends the process with; complaints are things that never could be moved.
    package init(_ totals: MigrationTotals, complaintCount: Int64 = 0) {
        let failed = totals.failed.filter { $0.value.objects > 0 }
        if failed[.targetForbidden] != nil {
            self = .denied
        } else if totals.remaining.objects > 0 {
            self = .unfinished
        } else if !failed.isEmpty || complaintCount > 0 {
            self = .incomplete
        } else {
            self = .complete
        }
    }

    /// What a look at the target ends the process with.
    ///
    /// With `leavesUnusable`, what the inventory could not use, or did not come to, is known to the operator.
    package init(_ report: MigrationVerification.Report, leavesUnusable: Bool = false) {
        let codes = Set(report.faults.map(\.code))
        if report.faultCount == 0 {
            if report.remaining.objects > 0 || report.isInventoryUnread && !leavesUnusable {
                self = .unfinished
            } else {
                self = report.unusable > 0 && !leavesUnusable ? .incomplete : .complete
            }
        } else if codes == [.targetUnavailable] {
            self = .targetUnusable
        } else if codes.isSubset(of: [.targetForbidden, .targetUnavailable]) {
            self = .denied
        } else {
            self = .incomplete
        }
    }

    /// The same in a sentence, for the last line and the report.
    package func sentence(_ totals: MigrationTotals) -> String {
        let arrived =
            "\(FigureText.count(totals.done.objects)) of \(FigureText.count(totals.planned.objects)) files arrived"
        return switch self {
        case .complete: "Everything arrived: \(FigureText.count(totals.done.objects)) files."
        case .failed: "\(arrived); the command failed."
        case .incomplete: "\(arrived); what did not is listed with what to do."
        case .sourceUnusable: "\(arrived); then the source could not be used any more. The same command goes on."
        case .targetUnusable: "\(arrived); then the target could not be used any more. The same command goes on."
        case .denied: "\(arrived); the target denies the writing. The source was not touched."
        case .unfinished: "\(arrived); stopped before the end. The same command goes on where it was."
        case .journalUnusable: "The journal cannot be used."
        case .wrongArguments: "\(arrived); an argument or a setting cannot be used."
        }
    }
}
