import CLibAV
import Media

/// Renders the thumbnail of an opened file.
struct Thumbnailer {
    let file: ProbedFile
    let bytes: FileBytes
    let specification: ThumbnailSpecification
    let maxPixels: Int64

    func thumbnail() throws(MediaFailure) -> Thumbnail {
        guard !isTooLarge else { throw MediaFailure(.tooManyPixels, "The picture has more pixels than the limit.") }
        let width = specification.effectiveWidth
        let renderer = Renderer(maxWidth: width, isImage: file.source.isImage)
        let picture: Picture
        if file.source.isImage {
            picture = try stillPicture(renderer)
        } else {
            var finder = PosterFinder(file, bytes: bytes, maxPixels: maxPixels, renderer: renderer)
            picture = try finder.poster(atMilliseconds: Int64(max(specification.positionMilliseconds, 0)))
        }
        return Thumbnail(
            bytes: try JPEGEncoder.encode(picture, quality: specification.jpegQuality),
            width: picture.width,
            height: picture.height,
            mediaType: ThumbnailInfo.jpeg
        )
    }

    private var isTooLarge: Bool {
        if let header = file.header { return header.exceeds(maxPixels) }
        guard let parameters = file.video?.pointee.codecpar.pointee else { return false }
        return ImageHeader(width: Int(parameters.width), height: Int(parameters.height)).exceeds(maxPixels)
    }

    private func stillPicture(_ renderer: Renderer) throws(MediaFailure) -> Picture {
        guard let stream = file.video else { throw MediaFailure(.noFrame, "The file has no picture.") }
        let track = try VideoTrack(
            file.source,
            stream,
            maxPixels: maxPixels,
            reduction: reduction(for: renderer.maxWidth)
        )
        guard try track.nextFrame() else { throw MediaFailure(.noFrame, "The picture cannot be decoded.") }
        return try renderer.picture(of: track.frame, geometry: geometry(of: track.frame))
    }

    /// The header's geometry; where it told no orientation, the decoder may have found one.
    private func geometry(of frame: Frame) -> Geometry {
        guard let header = file.header else { return file.geometry ?? Geometry(frame: frame) }
        return Geometry(
            storedWidth: header.width,
            storedHeight: header.height,
            pixelAspect: AVRational(num: 1, den: 1),
            orientation: header.orientation ?? Orientation(frame: frame.pointer) ?? .upright
        )
    }

    /// How often a JPEG may be halved while decoding and stay twice the thumbnail's size.
    private func reduction(for width: Int) -> Int {
        guard let geometry = file.geometry, file.header != nil else { return 0 }
        var reduction = 0
        while reduction < 3, min(geometry.width, geometry.height) >> (reduction + 1) >= 2 * width { reduction += 1 }
        return reduction
    }
}
