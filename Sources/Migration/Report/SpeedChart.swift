import Foundation

/// Something over time, as steps with the area below them filled; SVG.
struct SpeedChart {
    struct Point {
        /// Seconds since the beginning.
        let begin: Double
        let seconds: Double
        /// So much a second.
        let rate: Double
    }

    let title: String
    let points: [Point]
    /// What a rate is called on the axis.
    let label: (Double) -> String

    private static let width = 720.0
    private static let height = 200.0
    private static let left = 90.0
    private static let top = 12.0
    private static let bottom = 170.0

    var svg: String {
        let end = max(points.map { $0.begin + $0.seconds }.max() ?? 0, 1)
        let highest = Self.rounded(points.map(\.rate).max() ?? 0)
        let x = { (seconds: Double) in Self.left + seconds / end * (Self.width - Self.left - 10) }
        let y = { (rate: Double) in Self.bottom - rate / highest * (Self.bottom - Self.top) }
        var path = "M\(Self.number(x(0))) \(Self.number(Self.bottom))"
        for point in points {
            path += " L\(Self.number(x(point.begin))) \(Self.number(y(point.rate)))"
            path += " L\(Self.number(x(point.begin + point.seconds))) \(Self.number(y(point.rate)))"
        }
        path += " L\(Self.number(x(points.last.map { $0.begin + $0.seconds } ?? 0))) \(Self.number(Self.bottom)) Z"
        let lines = [0, 0.5, 1]
            .map { share in
                let height = Self.number(y(share * highest))
                return """
                    <line class="grid" x1="\(Self.number(Self.left))" y1="\(height)" x2="\(Self.number(Self.width - 10))" y2="\(height)"/>
                    <text x="\(Self.number(Self.left - 8))" y="\(height)" dy="4" text-anchor="end">\(
                    HTMLText.escaped(label(share * highest)))</text>
                    """
            }
        let times = [0, 0.5, 1]
            .map { share in
                let anchor = share == 0 ? "start" : share == 1 ? "end" : "middle"
                let text = HTMLText.escaped(FigureText.duration(seconds: share * end))
                return "<text x=\"\(Self.number(x(share * end)))\" y=\"190\" text-anchor=\"\(anchor)\">\(text)</text>"
            }
        let size = "0 0 \(Self.number(Self.width)) \(Self.number(Self.height))"
        return """
            <svg viewBox="\(size)" role="img" aria-label="\(HTMLText.escaped(title))">
            <title>\(HTMLText.escaped(title))</title>
            \(lines.joined(separator: "\n"))
            <path class="area" d="\(path)"/>
            \(times.joined(separator: "\n"))
            </svg>
            """
    }

    /// The next number of the form 1, 2 or 5 times a power of ten.
    static func rounded(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return 1 }
        let power = pow(10, floor(log10(value)))
        let step = [1.0, 2, 5, 10].first { $0 * power >= value } ?? 10
        return step * power
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() ? "\(Int(value))" : String(format: "%.1f", value)
    }
}
