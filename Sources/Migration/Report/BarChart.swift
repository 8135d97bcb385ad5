/// Horizontal bars with their names and values, as SVG.
struct BarChart {
    struct Bar {
        let name: String
        let value: Double
        let label: String
    }

    let title: String
    let bars: [Bar]

    private static let rowHeight = 28
    private static let nameWidth = 190
    private static let barWidth = 360
    private static let width = 720

    var svg: String {
        let height = bars.count * Self.rowHeight
        let largest = max(bars.map(\.value).max() ?? 0, 1)
        let rows = bars.enumerated()
            .map { index, bar in
                let top = index * Self.rowHeight
                let length = Int((bar.value / largest * Double(Self.barWidth)).rounded())
                let name = HTMLText.escaped(TerminalCells.fit(bar.name, to: 28))
                return """
                    <text x="\(Self.nameWidth - 8)" y="\(top + 18)" text-anchor="end">\(name)</text>
                    <rect class="bar" x="\(Self.nameWidth)" y="\(top + 5)" width="\(max(1, length))" height="18" rx="2"/>
                    <text x="\(Self.nameWidth + max(1, length) + 8)" y="\(top + 18)">\(HTMLText.escaped(bar.label))</text>
                    """
            }
        return """
            <svg viewBox="0 0 \(Self.width) \(height)" role="img" aria-label="\(HTMLText.escaped(title))">
            <title>\(HTMLText.escaped(title))</title>
            \(rows.joined(separator: "\n"))
            </svg>
            """
    }
}
