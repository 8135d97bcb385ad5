import CLibAV
import Media

/// Makes the storyboard of a video, in a bounded time.
struct StoryboardMaker {
    /// A video that is not longer than this has none.
    static let longestWithout: Int64 = 10_000
    /// The width of one picture.
    static let tileWidth = 160
    /// The most pictures; of a video of less than so many seconds, one a second.
    static let maxTiles = 100
    static let columns = 10

    /// The picture of a moment, and when it is in truth.
    private struct Shot {
        let rendering: Rendering
        let position: Int64
    }

    private static let effort = VideoTrack.Effort(pixels: 100_000_000, frames: 300, milliseconds: 200)

    private let track: VideoTrack
    private let file: ProbedFile
    private let geometry: Geometry
    private let renderer: Renderer
    private let duration: Int64
    private let deadline: Int64
    private var shots: [Shot?]

    /// Nil for a video that has none: a short one, or one whose duration or size is not known.
    ///
    /// At the deadline, in `MonotonicClock`'s milliseconds, it is done with what there is.
    init?(_ file: ProbedFile, maxPixels: Int64, deadline: Int64) throws(MediaFailure) {
        guard file.report.hasVideo, let stream = file.video, let geometry = file.geometry,
            let duration = file.report.durationMilliseconds, duration > Self.longestWithout
        else { return nil }
        guard !file.exceeds(maxPixels) else {
            throw MediaFailure(.tooManyPixels, "The picture has more pixels than the limit.")
        }
        self.file = file
        self.geometry = geometry
        self.duration = duration
        self.deadline = deadline
        renderer = Renderer(bounds: .upTo(width: Self.tileWidth), isImage: false)
        let isCoarse = geometry.width >= 4 * geometry.size(within: renderer.bounds).width
        track = try VideoTrack(file.source, stream, maxPixels: maxPixels, isCoarse: isCoarse)
        shots = Array(repeating: nil, count: Int(min(Int64(Self.maxTiles), duration / 1_000)))
    }

    /// The storyboard; throws `noFrame` where not one picture was had.
    mutating func storyboard() throws(MediaFailure) -> Storyboard {
        let order = Self.order(of: shots.count)
        try takeKeyFrames(order)
        try takeFramesBetween(order)
        let taken = shots.indices.compactMap { index in shots[index].map { (index, $0.rendering) } }
        guard let first = taken.first?.1 else { throw MediaFailure(.noFrame, "No picture can be decoded.") }
        // All but the odd one that a video has of another size.
        let alike = taken.filter { $0.1.width == first.width && $0.1.height == first.height }
        return try layOut(alike)
    }

    /// First every 64th, then what lies in the middle between, and so on: whenever it ends, what was taken is spread evenly.
    private static func order(of count: Int) -> [Int] {
        [64, 32, 16, 8, 4, 2, 1]
            .flatMap { step in
                stride(from: 0, to: count, by: step).filter { step == 64 || $0 % (2 * step) != 0 }
            }
    }

    /// Takes the key frame before the middle of each tile's time, which costs least.
    private mutating func takeKeyFrames(_ order: [Int]) throws(MediaFailure) {
        var known: [Int64: Shot] = [:]
        for index in order {
            guard !isOverdue else { return }
            guard track.seek(toMilliseconds: middle(of: index)), let position = track.findKeyFrame() else { continue }
            if let shot = known[position] {
                shots[index] = shot
            } else if try track.foundKeyFrame() {
                let shot = Shot(rendering: try rendering(), position: position)
                known[position] = shot
                shots[index] = shot
            }
        }
    }

    /// Where key frames are so far apart that tiles show the same one, decodes from there to the tile's own moment.
    private mutating func takeFramesBetween(_ order: [Int]) throws(MediaFailure) {
        for index in order {
            guard !isOverdue else { return }
            if let shot = shots[index], time(of: index).contains(shot.position) { continue }
            guard track.seek(toMilliseconds: middle(of: index)),
                try track.approach(
                    toMilliseconds: middle(of: index),
                    frameRate: file.report.frameRate,
                    effort: Self.effort
                )
            else { continue }
            shots[index] = Shot(rendering: try rendering(), position: track.position)
        }
    }

    private func rendering() throws(MediaFailure) -> Rendering {
        try renderer.rendering(of: track.frame, geometry: geometry)
    }

    /// Puts the tiles into one picture, stored as a frame of the video is, so that it is turned as a whole.
    private func layOut(_ shots: [(index: Int, rendering: Rendering)]) throws(MediaFailure) -> Storyboard {
        let orientation = geometry.orientation
        let columns = min(shots.count, Self.columns)
        let rows = (shots.count + columns - 1) / columns
        let (storedColumns, storedRows) = orientation.swapsSides ? (rows, columns) : (columns, rows)
        let (storedWidth, storedHeight) = (shots[0].rendering.width, shots[0].rendering.height)
        let (width, height) = orientation.swapsSides ? (storedHeight, storedWidth) : (storedWidth, storedHeight)
        let canvas = try Canvas(width: storedColumns * storedWidth, height: storedRows * storedHeight)
        var tiles: [Storyboard.Tile] = []
        for (number, shot) in shots.enumerated() {
            let (x, y) = (number % columns, number / columns)
            let place = orientation.storedPlace(displayedX: x, y: y, storedWidth: storedColumns, height: storedRows)
            canvas.place(shot.rendering, x: place.x * storedWidth, y: place.y * storedHeight)
            let start = number == 0 ? 0 : time(of: shot.index).lowerBound
            let end = number + 1 < shots.count ? time(of: shots[number + 1].index).lowerBound : duration
            tiles.append(
                Storyboard.Tile(milliseconds: start..<end, x: x * width, y: y * height, width: width, height: height)
            )
        }
        return Storyboard(sheet: try Rendering(canvas.frame, orientation: orientation), tiles: tiles)
    }

    /// The stretch of the video that a tile stands for while all the others are there.
    private func time(of index: Int) -> Range<Int64> {
        let count = Int64(shots.count)
        return Int64(index) * duration / count..<(Int64(index) + 1) * duration / count
    }

    private func middle(of index: Int) -> Int64 {
        let time = time(of: index)
        return (time.lowerBound + time.upperBound) / 2
    }

    private var isOverdue: Bool { MonotonicClock.milliseconds() >= deadline }
}

/// A picture that others are put into; black where there is none.
private struct Canvas {
    let frame: Frame
    private let pixels: UnsafeMutablePointer<UInt8>
    private let stride: Int

    init(width: Int, height: Int) throws(MediaFailure) {
        frame = try Frame(width: width, height: height, format: AV_PIX_FMT_RGBA)
        guard let pixels = frame.pointer.pointee.data.0 else { throw MediaFailure.outOfMemory }
        self.pixels = pixels
        stride = Int(frame.pointer.pointee.linesize.0)
        for row in 0..<height {
            let start = pixels + row * stride
            start.update(repeating: 0, count: width * 4)
            for column in 0..<width { start[column * 4 + 3] = .max }
        }
    }

    func place(_ rendering: Rendering, x: Int, y: Int) {
        rendering.copy(to: pixels + y * stride + x * 4, stride: stride)
    }
}
