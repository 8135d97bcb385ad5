import Foundation

/// A report as one HTML file: styles and charts are in it, no script, and nothing is loaded from elsewhere.
///
/// Names come from other people's files and are escaped, each of them.
package struct ReportPage: Sendable {
    private let report: MigrationReport

    /// More rows of a list than that are not written, for the page must open in a browser; the journal has all failures.
    package static let mostRows = 5000

    /// Makes a page of a report.
    package init(_ report: MigrationReport) {
        self.report = report
    }

    /// The page.
    package var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <meta name="referrer" content="no-referrer">
        <title>Storage migration: \(HTMLText.escaped(report.outcome))</title>
        <style>
        \(ReportStyle.css)
        </style>
        </head>
        <body>
        \(heading)
        \(ReportSections(report: report).html)
        </body>
        </html>

        """
    }

    private var heading: String {
        let totals = report.totals
        let failed = totals.failed.values.reduce(into: MigrationTotals.Amount()) { sum, amount in
            sum.objects += amount.objects
            sum.bytes += amount.bytes
        }
        let isWhole = failed.objects == 0 && totals.remaining.objects == 0
        let figures = [("arrived", totals.done), ("failed", failed), ("still to move", totals.remaining)]
        let items = figures.map { name, amount in
            "<li><b>\(FigureText.count(amount.objects))</b>\(name), \(FigureText.bytes(amount.bytes))</li>"
        }
        return """
            <h1>Storage migration</h1>
            <p class="\(isWhole ? "good" : "bad")">\(HTMLText.escaped(report.outcome))</p>
            <p class="soft">From <span class="place">\(HTMLText.escaped(report.source))</span></p>
            <p class="soft">to <span class="place">\(HTMLText.escaped(report.target))</span></p>
            <p class="soft">Made at \(FigureText.time(report.madeAt)) UTC. 1 MiB is 1,048,576 bytes.</p>
            <ul class="figures">
            \(items.joined(separator: "\n"))
            </ul>
            """
    }
}
