import Attachments
import Foundation
import Migration

/// How what was found is shown.
enum SweepReport {
    /// One item as a line of text.
    static func line(_ item: SweepItem) -> String {
        let age = item.since.map { FigureText.time($0) } ?? "-"
        let size = item.byteCount.map { FigureText.bytes($0) } ?? "-"
        let name = TerminalCells.safe(item.name)
        let row = item.rowKey.map { ": \(TerminalCells.safe($0))" } ?? ""
        return "\(item.kind.rawValue)  \(size)  \(age)  \(name)  \(item.reason)\(row)"
    }

    /// What was found and held back, a line for each kind.
    static func lines(_ totals: SweepTotals, olderThanSeconds: Int) -> [String] {
        var lines: [String] = []
        for kind in SweepKind.allCases {
            let found = totals.found[kind] ?? 0
            let held = totals.heldBack[kind] ?? 0
            guard found > 0 || held > 0 else { continue }
            var line = "\(kind.rawValue): \(found) found"
            if held > 0 {
                let bound = max(olderThanSeconds, Int(Sweep.leastAge(of: kind)))
                line += ", \(held) held back (younger than \(bound) s, or of unknown age)"
            }
            lines.append(line)
        }
        return lines.isEmpty ? ["Nothing was found: catalog, storage and spool agree."] : lines
    }

    /// What was found and held back, as JSON.
    struct Summary: Encodable {
        let found: [String: Int]
        let heldBack: [String: Int]
        let byteCount: Int64

        init(_ totals: SweepTotals) {
            found = Self.named(totals.found)
            heldBack = Self.named(totals.heldBack)
            byteCount = totals.byteCount
        }

        private static func named(_ counts: [SweepKind: Int]) -> [String: Int] {
            Dictionary(uniqueKeysWithValues: SweepKind.allCases.map { ($0.rawValue, counts[$0] ?? 0) })
        }

        private enum CodingKeys: String, CodingKey {
            case found
            case heldBack = "held_back"
            case byteCount = "byte_count"
        }
    }

    /// What became of an item, as JSON.
    struct Applied: Encodable {
        let kind: SweepKind
        let name: String
        let outcome: SweepOutcome
    }
}
