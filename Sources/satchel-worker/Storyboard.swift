/// Pictures of a video at even distances, as one picture, and the times that each stands for.
struct Storyboard {
    /// One picture of it.
    struct Tile: Equatable {
        /// The stretch of the video that it stands for.
        let milliseconds: Range<Int64>
        /// Its place in the sprite.
        let x, y, width, height: Int
    }

    /// The sprite before turning.
    let sheet: Rendering
    /// In the order of their times, without gaps from the video's beginning to its end.
    let tiles: [Tile]

    /// All the pictures, in rows from the top left on.
    var sprite: Picture { sheet.picture }

    /// A WebVTT file (W3C) with a cue for each tile: the part of the sprite that it is, as a media fragment (W3C, Media
    /// Fragments URI 1.0, 4.2.2).
    ///
    /// `spriteURL` is where a reader of the file finds the sprite, with nothing in it that ends a line or a cue.
    func webVTT(spriteURL: String) -> String {
        tiles.reduce(into: "WEBVTT\n") { text, tile in
            let times = "\(Self.clock(tile.milliseconds.lowerBound)) --> \(Self.clock(tile.milliseconds.upperBound))"
            text += "\n\(times)\n\(spriteURL)#xywh=\(tile.x),\(tile.y),\(tile.width),\(tile.height)\n"
        }
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
