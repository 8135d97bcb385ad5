import CLibAV
import Media

/// Finds the picture that stands for a video: the one at the wanted position or, where that is near-black or all of one shade,
/// a better one among a few others.
struct PosterFinder {
    private static let searchMilliseconds: Int64 = 2_000
    private static let maxFramesInOrder = 240
    private static let frameStep = 8
    /// Less is no better contrast, but noise.
    private static let leastGain = 1.0

    private let file: ProbedFile
    private let bytes: FileBytes
    private let maxPixels: Int64
    private let renderer: Renderer
    private let deadline = MonotonicClock.milliseconds() + PosterFinder.searchMilliseconds
    private var best: Picture?

    init(_ file: ProbedFile, bytes: FileBytes, maxPixels: Int64, renderer: Renderer) {
        self.file = file
        self.bytes = bytes
        self.maxPixels = maxPixels
        self.renderer = renderer
    }

    /// The poster for a wanted position; one of another moment is better than none.
    mutating func poster(atMilliseconds position: Int64) throws(MediaFailure) -> Picture {
        guard let stream = file.video else { throw MediaFailure(.noFrame, "The file has no picture.") }
        let track = try VideoTrack(file.source, stream, maxPixels: maxPixels)
        if let picture = try wantedFrame(of: track, at: position) { return picture }
        if let picture = try keyFrame(of: track, at: candidates(position)) { return picture }
        if let picture = try frameInOrder(from: position) { return picture }
        guard let best else { throw MediaFailure(.noFrame, "No picture can be decoded.") }
        return best
    }

    /// Positions to look at, the wanted one first, all within the video.
    private func candidates(_ position: Int64) -> [Int64] {
        guard let duration = file.report.durationMilliseconds else { return [position, 3 * position] }
        guard duration > position else { return [0, duration / 2] }
        return [position, 3 * position, duration / 10, duration / 4, duration / 2].filter { $0 < duration }
    }

    /// The picture at the position, or the last one before it that can be had at little cost.
    private mutating func wantedFrame(
        of track: VideoTrack,
        at position: Int64
    ) throws(MediaFailure) -> Picture? {
        guard (file.report.durationMilliseconds ?? .max) > position else { return nil }
        // Sought in without an index, a file may be entered behind the position's key frame: then from its beginning.
        for start in [position, 0] {
            guard track.seek(toMilliseconds: start), try track.approach(toMilliseconds: position) else { continue }
            return try consider(track.frame)
        }
        return nil
    }

    private mutating func keyFrame(of track: VideoTrack, at positions: [Int64]) throws(MediaFailure) -> Picture? {
        var seen: Set<Int64> = []
        for position in positions {
            guard !isOverdue else { return nil }
            guard track.seek(toMilliseconds: position), let time = try track.keyFrame(), seen.insert(time).inserted
            else {
                continue
            }
            if let picture = try consider(track.frame) { return picture }
        }
        return nil
    }

    /// Reads the file anew from its beginning: for what cannot be sought in, and for a good picture between key frames.
    private mutating func frameInOrder(from position: Int64) throws(MediaFailure) -> Picture? {
        let source = try MediaSource(bytes)
        try source.completeHeader(maxPixels: maxPixels)
        guard let stream = StreamChoice(source).video else { return nil }
        let track = try VideoTrack(source, stream, maxPixels: maxPixels)
        let hadKeyFrame = best != nil
        var early: Picture?
        for index in 0..<Self.maxFramesInOrder {
            guard index == 0 || !isOverdue, try track.nextFrame() else { break }
            guard index % Self.frameStep == 0 || track.position >= position else { continue }
            let picture = try consider(track.frame)
            // Where nothing was found by seeking, the wanted position is still to come.
            if let picture, hadKeyFrame || track.position >= position { return picture }
            if early == nil { early = picture }
        }
        return early
    }

    /// Renders a frame; answers the picture if it is good, and remembers it in any case if it is the best so far.
    private mutating func consider(_ frame: Frame) throws(MediaFailure) -> Picture? {
        let geometry = file.geometry ?? Geometry(frame: frame)
        let picture = try renderer.picture(of: frame, geometry: geometry)
        guard picture.isDull else { return picture }
        if best.map({ picture.contrast > $0.contrast + Self.leastGain }) ?? true { best = picture }
        return nil
    }

    private var isOverdue: Bool { MonotonicClock.milliseconds() > deadline }
}

extension Geometry {
    /// The geometry of a frame that no header has told of.
    init(frame: Frame) {
        self.init(
            storedWidth: frame.width,
            storedHeight: frame.height,
            pixelAspect: AVRational(num: 1, den: 1),
            orientation: Orientation(frame: frame.pointer) ?? .upright
        )
    }
}
