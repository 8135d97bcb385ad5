import Migration

/// How a migration stands, as a line of JSON: the last one of a run.
struct StorageSummary: Encodable {
    let event = "summary"
    let exitCode: Int32
    let outcome: String
    let planned: MigrationTotals.Amount
    let done: MigrationTotals.Amount
    let remaining: MigrationTotals.Amount
    let failed: [String: MigrationTotals.Amount]
    /// What one failure of each code says.
    let failureWords: [String: String]
    let complaintCount: Int64
    let complaints: [MigrationComplaint]
    let remarkCount: Int64
    let remarks: [MigrationComplaint]
    /// Attachments of which nobody gets a URL before a scanner has passed them; nil where that was not asked.
    var waitingScans: Int64?

    private enum CodingKeys: String, CodingKey {
        case event, outcome, planned, done, remaining, failed, complaints, remarks
        case exitCode = "exit_code"
        case failureWords = "failure_words"
        case complaintCount = "complaint_count"
        case remarkCount = "remark_count"
        case waitingScans = "waiting_scans"
    }

    /// The outcome is the code's own sentence unless another is given.
    init(
        _ totals: MigrationTotals,
        code: MigrationExit,
        outcome: String? = nil,
        words: [MigrationError.Code: String],
        intake: MigrationIntake.Report = MigrationIntake.Report()
    ) {
        exitCode = code.rawValue
        self.outcome = outcome ?? code.sentence(totals)
        planned = totals.planned
        done = totals.done
        remaining = totals.remaining
        failed = Dictionary(uniqueKeysWithValues: totals.failed.map { ($0.key.rawValue, $0.value) })
        failureWords = Dictionary(uniqueKeysWithValues: words.map { ($0.key.rawValue, $0.value) })
        complaintCount = intake.complaintCount
        complaints = intake.complaints
        remarkCount = intake.remarkCount
        remarks = intake.remarks
    }
}

extension MigrationIntake.Report {
    /// What an earlier run found wrong with the inventory, as the journal has it.
    init(_ noted: NotedComplaints) {
        self.init()
        complaintCount = noted.count
        complaints = noted.first
        remarkCount = noted.remarkCount
        remarks = noted.remarks
    }
}
