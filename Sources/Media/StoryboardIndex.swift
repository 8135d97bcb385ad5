/// Which part of a storyboard's picture stands for which stretch of its video.
///
/// The parts are of one size and fill the picture in rows, from the top left on; their stretches follow each other
/// without gaps from the video's beginning.
package struct StoryboardIndex: Codable, Sendable, Equatable {
    /// The width of one part in pixels.
    package var tileWidth: Int
    /// The height of one part in pixels.
    package var tileHeight: Int
    /// The parts in a row.
    package var columns: Int
    /// When each stretch ends, in milliseconds.
    package var ends: [Int64]

    /// Makes an index; nothing is checked here.
    package init(tileWidth: Int, tileHeight: Int, columns: Int, ends: [Int64]) {
        self.tileWidth = tileWidth
        self.tileHeight = tileHeight
        self.columns = columns
        self.ends = ends
    }

    /// The most parts of a storyboard.
    package static let maxTileCount = 100

    /// A WebVTT file (W3C) with a cue for each part: its place in the picture, as a media fragment (W3C, Media Fragments
    /// URI 1.0, 4.2.2).
    ///
    /// `picture` is where a reader of the file finds the picture, with nothing in it that ends a line or a cue.
    package func webVTT(picture: String) -> String {
        var text = "WEBVTT\n"
        var start: Int64 = 0
        for (number, end) in ends.enumerated() {
            let (row, column) = number.quotientAndRemainder(dividingBy: max(columns, 1))
            text += """

                \(Self.clock(start)) --> \(Self.clock(end))
                \(picture)#xywh=\(column * tileWidth),\(row * tileHeight),\(tileWidth),\(tileHeight)

                """
            start = end
        }
        return text
    }

    /// The index can be that of a picture of this size.
    func fits(width: Int, height: Int) -> Bool {
        guard (1...Self.maxTileCount).contains(ends.count), (1...ends.count).contains(columns),
            (1...width).contains(tileWidth), (1...height).contains(tileHeight)
        else { return false }
        let rows = (ends.count + columns - 1) / columns
        // Three weeks: longer than any number here is meant to be.
        let isOrdered = zip([0] + ends, ends).allSatisfy { $0 < $1 && $1 < 1 << 31 }
        return isOrdered && columns * tileWidth == width && rows * tileHeight == height
    }

    /// `hh:mm:ss.mmm`.
    private static func clock(_ milliseconds: Int64) -> String {
        let parts = [milliseconds / 3_600_000, milliseconds / 60_000 % 60, milliseconds / 1_000 % 60]
        return parts.map { padded($0, to: 2) }.joined(separator: ":") + "." + padded(milliseconds % 1_000, to: 3)
    }

    private static func padded(_ number: Int64, to count: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(count - digits.count, 0)) + digits
    }
}
