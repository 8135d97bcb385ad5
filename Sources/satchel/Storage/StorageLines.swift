import Foundation
import Migration

/// What the commands of a migration print for people.
enum StorageLines {
    /// How far a migration is, by state, and what failed with what to do; `words` are those of one failure of each code.
    static func summary(_ totals: MigrationTotals, words: [MigrationError.Code: String]) -> [String] {
        var lines = [
            line("all", totals.planned), line("arrived", totals.done), line("still to move", totals.remaining),
        ]
        for code in MigrationError.Code.allCases {
            guard let amount = totals.failed[code], amount.objects > 0 else { continue }
            lines.append(line(code.rawValue, amount))
            lines.append("    \(code.title). \(code.advice)")
            if let words = words[code] { lines.append(TerminalCells.safe("    such as: \(words)")) }
        }
        return lines
    }

    /// `arrived            1,234 files      2.1 GiB`.
    static func line(_ name: String, _ amount: MigrationTotals.Amount) -> String {
        let files = "\(FigureText.count(amount.objects)) \(amount.objects == 1 ? "file" : "files")"
        return "\(padded(name, 20))  \(padded(files, 18))\(FigureText.bytes(amount.bytes))"
    }

    /// `1 file, 20 B`.
    static func amount(_ amount: MigrationTotals.Amount) -> String {
        let files = "\(FigureText.count(amount.objects)) \(amount.objects == 1 ? "file" : "files")"
        return "\(files), \(FigureText.bytes(amount.bytes))"
    }

    /// How many attachments wait for the scanner, and who asks it; nil where none does.
    static func waitingScans(_ count: Int64) -> String? {
        guard count > 0 else { return nil }
        let subject = count == 1 ? "1 attachment waits" : "\(FigureText.count(count)) attachments wait"
        return "\(subject) for the scanner, and nobody gets a URL before it has passed: "
            + "`satchel serve` or `satchel work` has it asked."
    }

    /// A failure in one line: code, location, message.
    static func failure(_ row: MigrationRow) -> String {
        let code = row.failure?.code.rawValue ?? row.state.rawValue
        let message = row.failure?.message ?? ""
        return TerminalCells.safe("\(padded(code, 20))  \(row.item.location)  \(message)")
    }

    /// A complaint of an inventory in one line.
    static func complaint(_ complaint: MigrationComplaint) -> String {
        TerminalCells.safe("\(padded(complaint.kind.rawValue, 12))  \(complaint.subject)  \(complaint.reason)")
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
