import Migration

/// The report that a command writes beside what it prints: a summary must not be lost for want of room for a page.
enum StorageReport {
    /// Writes the page; where that fails, says why, and answers it.
    static func write(of journal: MigrationJournal, outcome: String, to path: String) async -> MigrationError? {
        do throws(MigrationError) {
            let report = try await MigrationReport.make(of: journal, outcome: outcome)
            try ReportFile.write(ReportPage(report), to: path)
            return nil
        } catch {
            Console.printError(TerminalCells.safe("satchel: the report: \(error.message)"))
            Console.printError("  `satchel storage status --report FILE` writes it at any time.")
            return error
        }
    }
}

extension MigrationExit {
    /// What a command ends with that could not write something beside what it was for: not with 0.
    func despite(_ fault: MigrationError?) -> MigrationExit {
        guard let fault, self == .complete else { return self }
        return MigrationExit(fault.code)
    }
}
