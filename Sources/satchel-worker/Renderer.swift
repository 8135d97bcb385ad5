import CLibAV
import Media

/// Makes small pictures of decoded frames.
struct Renderer {
    let bounds: PictureBounds
    /// Still pictures leave less of their colours unsaid than videos do.
    let isImage: Bool

    /// Scales the frame and brings its colours to sRGB; `geometry` is that of the picture it shows.
    func rendering(of frame: Frame, geometry: Geometry) throws(MediaFailure) -> Rendering {
        let size = geometry.size(within: bounds)
        // A field has enough lines for a picture of half as many, and no combs.
        let field = frame.isInterlaced && frame.height >= 2 * size.height ? try frame.upperField() : frame
        let source = try BlockMeans.reduced(field, towards: size)
        let color = ColorDescription(frame, isImage: isImage)
        let pixels: Frame
        if let toneMap = color.toneMap {
            let deep = try scale(source, to: size, satchel_rgb48(), color)
            pixels = try map(deep, by: toneMap)
        } else {
            pixels = try scale(source, to: size, AV_PIX_FMT_RGBA, color)
        }
        return try Rendering(pixels, orientation: geometry.orientation)
    }

    private func scale(
        _ frame: Frame,
        to size: (width: Int, height: Int),
        _ format: AVPixelFormat,
        _ color: ColorDescription
    ) throws(MediaFailure) -> Frame {
        let target = try Frame(width: size.width, height: size.height, format: format)
        let scaler = try Scaler(
            from: frame,
            matrix: color.matrix,
            isFullRange: color.isFullRange,
            width: size.width,
            height: size.height,
            format: format
        )
        try scaler.scale(frame, into: target)
        return target
    }

    private func map(_ deep: Frame, by toneMap: ToneMap) throws(MediaFailure) -> Frame {
        let target = try Frame(width: deep.width, height: deep.height, format: AV_PIX_FMT_RGBA)
        guard let source = deep.pointer.pointee.data.0, let pixels = target.pointer.pointee.data.0 else {
            throw MediaFailure.outOfMemory
        }
        toneMap.map(
            source,
            stride: Int(deep.pointer.pointee.linesize.0),
            to: pixels,
            stride: Int(target.pointer.pointee.linesize.0),
            width: deep.width,
            height: deep.height
        )
        return target
    }
}
