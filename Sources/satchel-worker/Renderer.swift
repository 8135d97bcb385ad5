import CLibAV
import Media

/// Makes a small picture of a decoded frame.
struct Renderer {
    let maxWidth: Int
    /// Still pictures leave less of their colours unsaid than videos do.
    let isImage: Bool

    private static let fullRangeFormats = [
        AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUVJ411P,
    ]

    /// Scales, turns and flattens the frame; `geometry` is that of the picture it shows.
    func picture(of frame: Frame, geometry: Geometry) throws(MediaFailure) -> Picture {
        let size = geometry.thumbnailSize(maxWidth: maxWidth)
        let target = try Frame(width: size.width, height: size.height, format: AV_PIX_FMT_RGBA)
        let scaler = try Scaler(
            from: frame,
            matrix: matrix(of: frame),
            isFullRange: isFullRange(frame),
            width: size.width,
            height: size.height,
            format: AV_PIX_FMT_RGBA
        )
        try scaler.scale(frame, into: target)
        guard let pixels = target.pointer.pointee.data.0 else { throw MediaFailure.outOfMemory }
        return Picture(
            width: size.width,
            height: size.height,
            rgba: pixels,
            stride: Int(target.pointer.pointee.linesize.0),
            orientation: geometry.orientation
        )
    }

    /// The frame's matrix; where it declares none, that of HD for what is of HD's size, as players do.
    private func matrix(of frame: Frame) -> Int32 {
        switch frame.pointer.pointee.colorspace {
        case AVCOL_SPC_BT709: return SWS_CS_ITU709
        case AVCOL_SPC_FCC: return SWS_CS_FCC
        case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M: return SWS_CS_ITU601
        case AVCOL_SPC_SMPTE240M: return SWS_CS_SMPTE240M
        case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: return SWS_CS_BT2020
        default: return !isImage && (frame.height > 576 || frame.width >= 1_280) ? SWS_CS_ITU709 : SWS_CS_ITU601
        }
    }

    private func isFullRange(_ frame: Frame) -> Bool {
        switch frame.pointer.pointee.color_range {
        case AVCOL_RANGE_JPEG: return true
        case AVCOL_RANGE_MPEG: return false
        default: break
        }
        if Self.fullRangeFormats.contains(frame.format) { return true }
        // Grey pictures of image formats use the whole scale.
        guard isImage, let description = av_pix_fmt_desc_get(frame.format) else { return false }
        return description.pointee.nb_components <= 2
    }
}
