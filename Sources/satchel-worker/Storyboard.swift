import Media

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
    /// In the order of their times, without gaps from the video's beginning to its end; at least one.
    let tiles: [Tile]

    /// All the pictures, in rows from the top left on.
    var sprite: Picture { sheet.picture }

    /// Which part of the sprite stands for which stretch of the video.
    var index: StoryboardIndex {
        StoryboardIndex(
            tileWidth: tiles[0].width,
            tileHeight: tiles[0].height,
            columns: tiles.count { $0.y == 0 },
            ends: tiles.map(\.milliseconds.upperBound)
        )
    }
}
