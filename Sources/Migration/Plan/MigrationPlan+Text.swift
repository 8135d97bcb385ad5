extension MigrationPlan {
    /// The plan for people: lines of at most 100 columns, names made safe for a terminal.
    package var text: String {
        var lines: [String] = []
        if conversations + messages + attachments > 0 {
            lines.append(
                "Records     \(FigureText.count(conversations)) conversations with \(FigureText.count(participants)) places in "
                    + "them, \(FigureText.count(messages)) messages,"
            )
            let known = knownAttachments > 0 ? ", of which the catalog knows \(FigureText.count(knownAttachments))" : ""
            lines.append("            \(FigureText.count(attachments)) attachments\(known)")
        }
        lines.append("Objects     \(Self.amount(objects))")
        if present.objects > 0 {
            lines.append("  present   \(Self.amount(present)) are in the target already")
            lines.append("  to move   \(Self.amount(remaining))")
        }
        lines += Self.section("Kinds", kinds)
        lines += Self.section("Types", mediaTypes)
        if !largest.isEmpty {
            lines.append("Largest")
            for object in largest {
                let size = FigureText.bytes(object.byteCount)
                lines.append("  \(Self.padded(size, to: 10)) \(TerminalCells.fit(object.location, to: 85))")
            }
        }
        lines += problems
        if let limit = maxScannedByteCount, tooLargeToScan.objects > 0 {
            let isOne = tooLargeToScan.objects == 1
            lines += [
                "Scan        \(FigureText.count(tooLargeToScan.objects)) \(isOne ? "file is" : "files are") larger than "
                    + "scan.maxMegabytes (\(limit >> 20) MB) and would be refused:",
                "            raise it, set scan.largerFiles: pass or scan.migrated: pass",
            ]
        }
        lines.append("Time        \(estimateText)")
        return lines.joined(separator: "\n")
    }

    private var problems: [String] {
        guard !complaintCounts.isEmpty else { return ["Problems    none"] }
        var lines = ["Problems"]
        for kind in MigrationComplaint.Kind.allCases {
            guard let count = complaintCounts[kind], count > 0 else { continue }
            lines.append("  \(kind.title): \(FigureText.count(count))")
            let shown = complaints.filter { $0.kind == kind }.prefix(Self.shownComplaints)
            for complaint in shown {
                lines.append("    \(TerminalCells.fit("\(complaint.subject): \(complaint.reason)", to: 96))")
            }
            if count > Int64(shown.count) {
                lines.append("    and \(FigureText.count(count - Int64(shown.count))) more")
            }
        }
        return lines
    }

    private var estimateText: String {
        guard let estimate else { return "not known: nothing could be read to measure" }
        var lines = ["at least \(FigureText.duration(seconds: max(1, estimate.seconds.rounded(.up)))). That rests on"]
        if let frequency = estimate.objectsPerSecond {
            lines.append("reading \(Self.amount(estimate.sample)) of the source:")
            lines.append("  \(FigureText.rate(estimate.bytesPerSecond)), \(FigureText.frequency(frequency)) objects;")
        } else {
            lines.append("a rate that was given, \(FigureText.rate(estimate.bytesPerSecond));")
        }
        if let answers = estimate.answersPerSecond {
            lines.append("asking the target for keys: \(FigureText.frequency(answers)) answers;")
        }
        if let limit = estimate.maxBytesPerSecond {
            lines.append("the limit of \(FigureText.rate(Double(limit))) that the run shall have.")
        }
        lines.append("A plan writes nothing: how fast the target takes bytes was not measured, and a")
        lines.append("slow one takes longer. A rehearsal with another bucket and database tells.")
        return lines.joined(separator: "\n            ")
    }

    private static let shownComplaints = 10

    private static func section(_ title: String, _ amounts: [String: MigrationTotals.Amount]) -> [String] {
        guard !amounts.isEmpty else { return [] }
        let sorted = amounts.sorted { ($1.value.bytes, $0.key) < ($0.value.bytes, $1.key) }
        return [title] + sorted.map { "  \(padded(TerminalCells.fit($0.key, to: 50), to: 30)) \(amount($0.value))" }
    }

    private static func amount(_ amount: MigrationTotals.Amount) -> String {
        "\(FigureText.count(amount.objects)) \(amount.objects == 1 ? "object" : "objects"), \(FigureText.bytes(amount.bytes))"
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - TerminalCells.width(text)))
    }
}

extension MigrationComplaint.Kind {
    fileprivate var title: String {
        switch self {
        case .invalid: "Records that break a rule"
        case .missing: "Files that are not there"
        case .unreadable: "Files that cannot be read"
        case .conflict: "Conflicts"
        case .unreferenced: "Files that no record speaks of"
        }
    }
}
