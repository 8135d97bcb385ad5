/// What is said of single events in plain lines, and above the block of a terminal.
package enum PlainLines {
    /// The line of an event; nil for those that come by the thousand and end well.
    package static func line(_ event: MigrationEvent) -> String? {
        switch event {
        case .began(let totals):
            began(totals)
        case .started, .advanced, .retried, .finished(_, _, _, nil):
            nil
        case .finished(_, let location, _, let failure?):
            "failed: \(TerminalCells.safe(location)): \(failure.rawValue)"
        case .failing(let reason):
            "it is not the file: \(TerminalCells.safe(reason))"
        case .paused:
            "paused: nothing new is begun until SIGUSR2"
        case .resumed:
            "goes on"
        case .waiting(let until):
            "outside of the time window: nothing new is begun until \(FigureText.time(until))"
        case .ended:
            nil
        }
    }

    private static func began(_ totals: MigrationTotals) -> String {
        let all = "\(FigureText.count(totals.planned.objects)) files, \(FigureText.bytes(totals.planned.bytes))"
        guard totals.done.objects > 0 else { return all }
        return "\(all); \(FigureText.count(totals.done.objects)) of them arrived before"
    }
}
