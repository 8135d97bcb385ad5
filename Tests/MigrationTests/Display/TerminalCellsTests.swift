import Migration
import Testing

struct TerminalCellsTests {
    @Test(arguments: [
        ("plain.txt", "plain.txt"),
        ("bell\u{7}", "bell\\u{7}"),
        ("\u{1B}[2Jgone", "\\u{1B}[2Jgone"),
        ("two\nlines\r", "two\\u{A}lines\\u{D}"),
        ("\u{202E}gpj.exe", "\\u{202E}gpj.exe"),
        ("zero\u{200B}width", "zero\\u{200B}width"),
        ("\u{9B}31m", "\\u{9B}31m"),
        ("Grüße 日本.pdf", "Grüße 日本.pdf"),
    ])
    func `what would move the cursor or turn the direction is spelled out`(text: String, safe: String) {
        #expect(TerminalCells.safe(text) == safe)
    }

    @Test(arguments: [("abc", 3), ("日本", 4), ("e\u{301}", 1), ("🎉", 2), ("한글", 4), ("\u{1B}", 6), ("", 0)])
    func `the width is that of the cells`(text: String, cells: Int) {
        #expect(TerminalCells.width(text) == cells)
    }

    @Test(arguments: [
        ("short", 10, "short"), ("exactly-10", 10, "exactly-10"), ("attachments/2025/video.mp4", 11, "attac…o.mp4"),
        ("abcdef", 1, "…"), ("abcdef", 0, ""), ("abcdef", -3, ""), ("日本語の名前", 5, "日…前"),
    ])
    func `of a long name the middle is left out`(text: String, cells: Int, fitted: String) {
        #expect(TerminalCells.fit(text, to: cells) == fitted)
    }

    @Test func `no cut is wider than its room`() {
        let names = [
            "日本語の名前の長いファイル.pdf", "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}.txt", "\u{1B}\u{1B}\u{1B}\u{1B}", "🎉🎉🎉🎉🎉",
        ]
        for name in names {
            for cells in 0...40 {
                let width = TerminalCells.width(TerminalCells.fit(name, to: cells))
                #expect(width <= cells)
            }
        }
    }
}
