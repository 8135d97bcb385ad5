import CLibAV
import Media

/// Finds the picture that stands for a video: the one at the wanted position or, where that is near-black, all of one shade
/// or damaged, a better one among a few others.
struct PosterFinder {
    /// Processor time, checked between frames.
    private static let searchMilliseconds: Int64 = 1_000
    private static let maxFramesInOrder = 240
    private static let frameStep = 8
    /// Where so many key frames all over the video are poor, what is between them is not looked at.
    private static let enoughKeyFrames = 4
    /// Less is no better contrast, but noise.
    private static let leastGain = 1.0
    /// A second of 720p, or not half of one of 1080p.
    private static let effort = VideoTrack.Effort(pixels: 28_000_000, frames: 64, milliseconds: 150)

    private let file: ProbedFile
    private let bytes: FileBytes
    private let maxPixels: Int64
    private let renderer: Renderer
    private let isCoarse: Bool
    private let deadline = ProcessorClock.milliseconds() + PosterFinder.searchMilliseconds
    private var best: Poster?
    private var keyFramePositions: Set<Int64> = []

    /// Finds posters that are good in the renderer's bounds.
    init(_ file: ProbedFile, bytes: FileBytes, maxPixels: Int64, renderer: Renderer) {
        self.file = file
        self.bytes = bytes
        self.maxPixels = maxPixels
        self.renderer = renderer
        isCoarse = file.geometry.map { $0.width >= 4 * $0.size(within: renderer.bounds).width } ?? false
    }

    /// The poster for a wanted position; one of another moment is better than none.
    mutating func poster(atMilliseconds position: Int64) throws(MediaFailure) -> Poster {
        guard let stream = file.video else { throw MediaFailure(.noFrame, "The file has no picture.") }
        let track = try VideoTrack(file.source, stream, maxPixels: maxPixels, isCoarse: isCoarse)
        if let poster = try wantedFrame(of: track, at: position) { return poster }
        if let poster = try keyFrame(of: track, at: candidates(position)) { return poster }
        if keyFramePositions.count < Self.enoughKeyFrames, let poster = try frameInOrder(from: position) {
            return poster
        }
        guard let best else { throw MediaFailure(.noFrame, "No picture can be decoded.") }
        return best
    }

    /// Positions to look at, the wanted one first, all within the video.
    private func candidates(_ position: Int64) -> [Int64] {
        guard let duration = file.report.durationMilliseconds else { return [position, 3 * position] }
        guard duration > position else { return [0, duration / 2] }
        return [position, 3 * position, duration / 10, duration / 4, duration / 2].filter { $0 < duration }
    }

    /// The picture at the position, or one near it that can be had at little cost.
    private mutating func wantedFrame(
        of track: VideoTrack,
        at position: Int64
    ) throws(MediaFailure) -> Poster? {
        guard (file.report.durationMilliseconds ?? .max) > position else { return nil }
        // Sought in without an index, a file may be entered behind the position's key frame: then from its beginning.
        for start in [position, 0] {
            guard track.seek(toMilliseconds: start),
                try track.approach(toMilliseconds: position, frameRate: file.report.frameRate, effort: Self.effort)
            else { continue }
            return try consider(track.frame)
        }
        return nil
    }

    private mutating func keyFrame(of track: VideoTrack, at positions: [Int64]) throws(MediaFailure) -> Poster? {
        for position in positions {
            guard !isOverdue else { return nil }
            guard track.seek(toMilliseconds: position), try track.keyFrame(),
                keyFramePositions.insert(track.position).inserted
            else { continue }
            if let poster = try consider(track.frame) { return poster }
        }
        return nil
    }

    /// Reads the file anew from its beginning: for what cannot be sought in, and for a good picture between key frames.
    private mutating func frameInOrder(from position: Int64) throws(MediaFailure) -> Poster? {
        let source = try MediaSource(bytes)
        try source.completeHeader(maxPixels: maxPixels)
        guard let stream = StreamChoice(source).video else { return nil }
        let track = try VideoTrack(source, stream, maxPixels: maxPixels, isCoarse: isCoarse)
        let hadKeyFrame = best != nil
        var early: Poster?
        for index in 0..<Self.maxFramesInOrder {
            guard index == 0 || !isOverdue, try track.nextFrame() else { break }
            guard index % Self.frameStep == 0 || track.position >= position else { continue }
            let poster = try consider(track.frame)
            // Where nothing was found by seeking, the wanted position is still to come.
            if let poster, hadKeyFrame || track.position >= position { return poster }
            if early == nil { early = poster }
        }
        return early
    }

    /// Renders a frame; answers the poster if it is good, and remembers it in any case if it is the best so far.
    private mutating func consider(_ frame: Frame) throws(MediaFailure) -> Poster? {
        let geometry = file.geometry(of: frame)
        let rendering = try renderer.rendering(of: frame, geometry: geometry)
        let poster = Poster(frame: try Frame(sharing: frame), geometry: geometry, rendering: rendering)
        guard poster.isPoor else { return poster }
        if best.map({ poster.isBetter(than: $0, by: Self.leastGain) }) ?? true { best = poster }
        return nil
    }

    private var isOverdue: Bool { ProcessorClock.milliseconds() > deadline }
}

/// A frame that may stand for a file.
struct Poster {
    let frame: Frame
    let geometry: Geometry
    /// It, in the size that it was judged in.
    let rendering: Rendering
    private let impression: Impression

    init(frame: Frame, geometry: Geometry, rendering: Rendering) {
        self.frame = frame
        self.geometry = geometry
        self.rendering = rendering
        impression = rendering.impression
    }

    /// There is little to see, or some of it is made up.
    var isPoor: Bool { impression.isDull || frame.isDamaged }

    /// Intact pictures come before damaged ones, then those with the more contrast, by a least difference.
    func isBetter(than other: Poster, by gain: Double) -> Bool {
        if frame.isDamaged != other.frame.isDamaged { return other.frame.isDamaged }
        return impression.contrast > other.impression.contrast + gain
    }
}
