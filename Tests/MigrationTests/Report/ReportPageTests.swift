import Foundation
import Migration
import Testing

struct ReportPageTests {
    private static func report() -> MigrationReport {
        var totals = MigrationTotals()
        totals.planned = MigrationTotals.Amount(objects: 1003, bytes: 5 << 30)
        totals.done = MigrationTotals.Amount(objects: 1000, bytes: 4 << 30)
        totals.failed = [.sourceMissing: MigrationTotals.Amount(objects: 2, bytes: 100)]
        totals.remaining = MigrationTotals.Amount(objects: 1, bytes: 10)
        var report = MigrationReport(
            source: "directory:/srv/<media> & more",
            target: "s3:https://s3.example.com/bucket",
            madeAt: Date(timeIntervalSince1970: 1_700_000_000),
            outcome: "1,000 of 1,003 files arrived.",
            totals: totals
        )
        report.kinds = [
            MigrationReport.Share(name: "videos", amount: MigrationTotals.Amount(objects: 1, bytes: 3 << 30)),
            MigrationReport.Share(name: "images", amount: MigrationTotals.Amount(objects: 999, bytes: 1 << 30)),
        ]
        report.verifications = [MigrationReport.Share(name: "read back", amount: totals.done)]
        report.stretches = (0..<4)
            .map { index in
                MigrationReport.Stretch(
                    begin: Date(timeIntervalSince1970: 1_700_000_000 + Double(index) * 60),
                    seconds: 60,
                    amount: MigrationTotals.Amount(objects: 250, bytes: 1 << 30)
                )
            }
        report.failures = [
            MigrationReport.Failure(
                location: "a/<script>alert(1)</script>\"'&.mp4",
                targetKey: "attachments/\u{202E}key",
                byteCount: 2048,
                code: .sourceMissing,
                message: "there is no <b>file</b>",
                attempts: 3
            )
        ]
        report.complaints = [
            MigrationComplaint(kind: .unreferenced, subject: "x<y>.bin", reason: "nothing refers to it")
        ]
        return report
    }

    @Test func `it has the counts, the kinds, the failures with what to do, and how it was verified`() {
        let page = ReportPage(Self.report()).html
        #expect(page.hasPrefix("<!DOCTYPE html>"))
        for text in [
            "1,000 of 1,003 files arrived.", "<b>1,000</b>arrived, 4.0 GiB", "<b>2</b>failed, 100 B",
            "3.0 GiB, 1 file", "1.0 GiB, 999 files", "read back", "source_missing", "not in the source",
            "Speed over time", "2023-11-14T22:13:20Z", "unreferenced",
        ] {
            #expect(page.contains(text), "\(text) is missing")
        }
        #expect(page.contains(HTMLText.escaped(MigrationError.Code.sourceMissing.advice)))
    }

    @Test func `names are escaped wherever they stand`() {
        let page = ReportPage(Self.report()).html
        #expect(!page.contains("<script"))
        #expect(!page.contains("<b>file"))
        #expect(!page.contains("x<y>"))
        #expect(!page.contains("\u{202E}"))
        #expect(page.contains("a/&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;.mp4"))
        #expect(page.contains("directory:/srv/&lt;media&gt; &amp; more"))
    }

    @Test func `nothing is loaded from elsewhere`() throws {
        let page = ReportPage(Self.report()).html
        for word in ["src=", "href=", "url(", "@import", "<link", "<iframe", "javascript:"] {
            #expect(!page.contains(word), "\(word) is in the page")
        }
        #expect(page.contains("default-src 'none'"))
        #expect(page.contains("prefers-color-scheme: dark"))
    }

    @Test func `every element that is opened is closed`() throws {
        let page = ReportPage(Self.report()).html
        let empty: Set<String> = ["meta", "rect", "line", "path", "!DOCTYPE"]
        var open: [String] = []
        for match in page.matches(of: /<(\/?)([A-Za-z!0-9]+)[^>]*?(\/?)>/) {
            let name = String(match.output.2)
            if empty.contains(name) { continue }
            if match.output.1 == "/" {
                let last = open.popLast()
                #expect(last == name)
            } else {
                open.append(name)
            }
        }
        #expect(open.isEmpty)
    }

    @Test func `very many failures are cut, and the page says so`() {
        var report = Self.report()
        let failure = report.failures[0]
        report.failures = Array(repeating: failure, count: ReportPage.mostRows + 7)
        let page = ReportPage(report).html
        #expect(page.split(separator: "alert(1)").count == ReportPage.mostRows + 1)
        #expect(page.contains("And 7 more"))
    }

    @Test func `a migration without anything to tell of is a page, too`() {
        let report = MigrationReport(
            source: "a",
            target: "b",
            madeAt: Date(timeIntervalSince1970: 0),
            outcome: "Everything arrived: 0 files.",
            totals: MigrationTotals()
        )
        let page = ReportPage(report).html
        #expect(page.contains("class=\"good\""))
        #expect(!page.contains("<svg"))
        #expect(!page.contains("<h2>"))
    }

    @Test func `a report is kept as JSON`() throws {
        let report = Self.report()
        let data = try JSONEncoder().encode(report)
        #expect(try JSONDecoder().decode(MigrationReport.self, from: data) == report)
    }
}
