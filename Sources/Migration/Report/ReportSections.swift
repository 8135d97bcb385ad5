import Foundation

/// What follows a report's heading: a section for each thing that there is something to tell of.
struct ReportSections {
    let report: MigrationReport

    var html: String {
        [kinds, speed, verification, failureCodes, failures, complaints].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private var kinds: String {
        guard !report.kinds.isEmpty else { return "" }
        return "<h2>What arrived, by kind</h2>\n" + shareChart("Bytes that arrived, by kind", report.kinds)
    }

    private var verification: String {
        guard !report.verifications.isEmpty else { return "" }
        let rows = report.verifications.map { share in
            row([
                .text(share.name), .number(FigureText.count(share.amount.objects)),
                .number(FigureText.bytes(share.amount.bytes)),
            ])
        }
        return """
            <h2>How it was verified</h2>
            \(table(["how", "files", "bytes"], rows))
            """
    }

    private var speed: String {
        guard let begin = report.stretches.first?.begin else { return "" }
        let points = { (value: (MigrationTotals.Amount) -> Int64) in
            report.stretches.filter { $0.seconds > 0 }
                .map { stretch in
                    SpeedChart.Point(
                        begin: stretch.begin.timeIntervalSince(begin),
                        seconds: stretch.seconds,
                        rate: Double(value(stretch.amount)) / stretch.seconds
                    )
                }
        }
        let bytes = SpeedChart(title: "Bytes a second over time", points: points(\.bytes), label: FigureText.rate)
        let files = SpeedChart(title: "Files a second over time", points: points(\.objects)) {
            FigureText.frequency($0)
        }
        return "<h2>Speed over time</h2>\n\(bytes.svg)\n\(files.svg)"
    }

    private var failureCodes: String {
        let codes = MigrationError.Code.allCases.compactMap { code in
            report.totals.failed[code].flatMap { $0.objects > 0 ? (code, $0) : nil }
        }
        guard !codes.isEmpty else { return "" }
        let chart = BarChart(
            title: "Files that failed, by reason",
            bars: codes.map { code, amount in
                BarChart.Bar(
                    name: code.rawValue,
                    value: Double(amount.objects),
                    label: FigureText.count(amount.objects)
                )
            }
        )
        let rows = codes.map { code, amount in
            row([
                .code(code.rawValue), .text(code.title), .number(FigureText.count(amount.objects)),
                .text(code.advice + words(of: code)),
            ])
        }
        return """
            <h2>Failures, and what to do</h2>
            \(chart.svg)
            \(table(["code", "what it is", "files", "what to do"], rows))
            """
    }

    /// Those of one failure, for what the other side said is what to go by.
    private func words(of code: MigrationError.Code) -> String {
        guard let failure = report.failures.first(where: { $0.code == code && !$0.message.isEmpty }) else { return "" }
        return " Such as: \(failure.message)"
    }

    private var failures: String {
        guard !report.failures.isEmpty else { return "" }
        let shown = report.failures.prefix(ReportPage.mostRows)
        let rows = shown.map { failure in
            row([
                .code(failure.location), .code(failure.targetKey),
                .number(failure.byteCount.map(FigureText.bytes) ?? ""), .code(failure.code.rawValue),
                .text(failure.message), .number("\(failure.attempts)"),
            ])
        }
        let all = report.totals.failed.values.reduce(0) { $0 + $1.objects }
        return """
            <h2>What did not arrive</h2>
            \(table(["in the source", "key", "size", "code", "why", "attempts"], rows))
            \(rest(shown: shown.count, all: max(all, Int64(report.failures.count))))
            """
    }

    private var complaints: String {
        guard !report.complaints.isEmpty else { return "" }
        let shown = report.complaints.prefix(ReportPage.mostRows)
        let rows = shown.map { complaint in
            row([.text(complaint.kind.rawValue), .code(complaint.subject), .text(complaint.reason)])
        }
        return """
            <h2>What the inventory cannot give, and what arrived without all that it had</h2>
            \(table(["kind", "which", "why"], rows))
            \(rest(shown: shown.count, all: max(report.complaintCount, Int64(report.complaints.count)), isKept: false))
            """
    }

    // MARK: - Pieces

    private enum Cell {
        case text(String)
        case code(String)
        case number(String)

        var html: String {
            switch self {
            case .text(let text): "<td>\(HTMLText.escaped(text))</td>"
            case .code(let text): "<td><code>\(HTMLText.escaped(text))</code></td>"
            case .number(let text): "<td class=\"number\">\(HTMLText.escaped(text))</td>"
            }
        }
    }

    private func row(_ cells: [Cell]) -> String {
        "<tr>\(cells.map(\.html).joined())</tr>"
    }

    private func table(_ names: [String], _ rows: [String]) -> String {
        let head = names.map { "<th>\($0)</th>" }.joined()
        return """
            <div class="wide"><table>
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            </table></div>
            """
    }

    private func rest(shown: Int, all: Int64, isKept: Bool = true) -> String {
        guard all > Int64(shown) else { return "" }
        let more = FigureText.count(all - Int64(shown))
        // Of complaints the journal keeps the first ones, and how many there are.
        guard isKept else { return "<p class=\"soft\">And \(more) more, which are counted and not kept.</p>" }
        return "<p class=\"soft\">And \(more) more: <code>satchel storage status --failures</code> has all of them.</p>"
    }

    private func shareChart(_ title: String, _ shares: [MigrationReport.Share]) -> String {
        let bars = shares.map { share in
            let files = "\(FigureText.count(share.amount.objects)) \(share.amount.objects == 1 ? "file" : "files")"
            return BarChart.Bar(
                name: share.name,
                value: Double(share.amount.bytes),
                label: "\(FigureText.bytes(share.amount.bytes)), \(files)"
            )
        }
        return BarChart(title: title, bars: bars).svg
    }
}
