import CLibAV
import Media

/// The picture that stands for a file which FFmpeg has opened: a video's poster, a sound's cover, the first picture of an
/// animation that shows something.
struct RepresentativePicture {
    private let poster: Poster
    private let bounds: PictureBounds
    private let isImage: Bool

    /// How many pictures of an animation may be invisible before the first one is taken as it is.
    private static let maxInvisibleFrames = 100
    /// Nor for longer than this, in processor time.
    private static let maxInvisibleMilliseconds: Int64 = 1_000

    /// Finds it.
    ///
    /// `bounds` are the largest that it will be wanted in; `position` is where to look in a video. Throws `noFrame` where there
    /// is nothing to see, `tooManyPixels` before anything too large is decoded.
    init(
        of file: ProbedFile,
        bytes: FileBytes,
        maxPixels: Int64,
        bounds: PictureBounds,
        atMilliseconds position: Int64
    ) throws(MediaFailure) {
        guard !file.exceeds(maxPixels) else {
            throw MediaFailure(.tooManyPixels, "The picture has more pixels than the limit.")
        }
        isImage = file.source.isImage || file.video == nil
        self.bounds = bounds
        let renderer = Renderer(bounds: bounds, isImage: isImage)
        if file.source.isImage {
            poster = try Self.visibleFrame(of: file, maxPixels: maxPixels, renderer: renderer)
        } else if file.video != nil {
            var finder = PosterFinder(file, bytes: bytes, maxPixels: maxPixels, renderer: renderer)
            poster = try finder.poster(atMilliseconds: max(position, 0))
        } else {
            poster = try Self.cover(of: file, maxPixels: maxPixels, renderer: renderer)
        }
    }

    /// The picture as displayed, in sRGB, within bounds and never enlarged.
    func picture(within bounds: PictureBounds) throws(MediaFailure) -> Picture {
        try rendering(within: bounds).picture
    }

    /// The picture before turning.
    func rendering(within bounds: PictureBounds) throws(MediaFailure) -> Rendering {
        guard bounds != self.bounds else { return poster.rendering }
        return try Renderer(bounds: bounds, isImage: isImage).rendering(of: poster.frame, geometry: poster.geometry)
    }

    private static func visibleFrame(
        of file: ProbedFile,
        maxPixels: Int64,
        renderer: Renderer
    ) throws(MediaFailure) -> Poster {
        guard let stream = file.video else { throw nothingToSee }
        let track = try VideoTrack(file.source, stream, maxPixels: maxPixels)
        let deadline = ProcessorClock.milliseconds() + maxInvisibleMilliseconds
        var first: Poster?
        for _ in 0..<maxInvisibleFrames {
            guard first == nil || ProcessorClock.milliseconds() < deadline, try track.nextFrame() else { break }
            let geometry = file.geometry(of: track.frame)
            let rendering = try renderer.rendering(of: track.frame, geometry: geometry)
            let poster = Poster(frame: try Frame(sharing: track.frame), geometry: geometry, rendering: rendering)
            if !rendering.isTransparent { return poster }
            if first == nil { first = poster }
        }
        guard let first else { throw nothingToSee }
        return first
    }

    private static func cover(
        of file: ProbedFile,
        maxPixels: Int64,
        renderer: Renderer
    ) throws(MediaFailure) -> Poster {
        guard let stream = file.cover else { throw nothingToSee }
        let frame: Frame
        let attached = satchel_attached_picture(stream)
        if attached.pointee.size > 0 {
            let decoder = try VideoDecoder(stream, maxPixels: maxPixels)
            try decoder.send(attached)
            guard try decoder.end() else { throw nothingToSee }
            frame = decoder.frame
        } else {
            let track = try VideoTrack(file.source, stream, maxPixels: maxPixels)
            guard try track.nextFrame() else { throw nothingToSee }
            frame = track.frame
        }
        let geometry = Geometry(frame: frame)
        return Poster(
            frame: frame,
            geometry: geometry,
            rendering: try renderer.rendering(of: frame, geometry: geometry)
        )
    }

    private static var nothingToSee: MediaFailure { MediaFailure(.noFrame, "No picture can be decoded.") }
}
