import CLibAV
import Media

/// What the numbers of a frame's pixels mean (ITU-T H.273).
struct ColorDescription {
    /// The matrix between YUV and RGB, as libswscale numbers them.
    let matrix: Int32
    /// The numbers use the whole scale, black and white at its ends.
    let isFullRange: Bool
    /// Nil for what a screen of standard range shows as it is.
    let toneMap: ToneMap?

    private static let fullRangeFormats = [
        AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUVJ411P,
    ]

    /// Reads a frame's description; still pictures leave less of it unsaid than videos do.
    init(_ frame: Frame, isImage: Bool) {
        let found = frame.pointer.pointee
        matrix = Self.matrix(of: frame, isImage: isImage)
        isFullRange = Self.isFullRange(frame, isImage: isImage)
        let transfer = MediaReport.HDRTransfer(found.color_trc)
        let gamut: ToneMap.Gamut
        switch found.color_primaries {
        case AVCOL_PRI_BT2020: gamut = .bt2020
        case AVCOL_PRI_SMPTE431, AVCOL_PRI_SMPTE432: gamut = .p3
        case AVCOL_PRI_UNSPECIFIED, AVCOL_PRI_RESERVED0, AVCOL_PRI_RESERVED: gamut = transfer == nil ? .bt709 : .bt2020
        default: gamut = .bt709
        }
        toneMap = transfer == nil && gamut == .bt709 ? nil : ToneMap(transfer: transfer, gamut: gamut)
    }

    /// The frame's matrix; where it declares none, that of HD for what is of HD's size, as players do.
    private static func matrix(of frame: Frame, isImage: Bool) -> Int32 {
        switch frame.pointer.pointee.colorspace {
        case AVCOL_SPC_BT709: return SWS_CS_ITU709
        case AVCOL_SPC_FCC: return SWS_CS_FCC
        case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M: return SWS_CS_ITU601
        case AVCOL_SPC_SMPTE240M: return SWS_CS_SMPTE240M
        case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: return SWS_CS_BT2020
        default: break
        }
        if frame.pointer.pointee.color_primaries == AVCOL_PRI_BT2020 { return SWS_CS_BT2020 }
        return !isImage && (frame.height > 576 || frame.width >= 1_280) ? SWS_CS_ITU709 : SWS_CS_ITU601
    }

    private static func isFullRange(_ frame: Frame, isImage: Bool) -> Bool {
        switch frame.pointer.pointee.color_range {
        case AVCOL_RANGE_JPEG: return true
        case AVCOL_RANGE_MPEG: return false
        default: break
        }
        if fullRangeFormats.contains(frame.format) { return true }
        // Grey pictures of image formats use the whole scale.
        guard isImage, let description = av_pix_fmt_desc_get(frame.format) else { return false }
        return description.pointee.nb_components <= 2
    }
}

extension MediaReport.HDRTransfer {
    /// The transfer of high dynamic range that FFmpeg's number means; nil for others.
    init?(_ transfer: AVColorTransferCharacteristic) {
        switch transfer {
        case AVCOL_TRC_SMPTE2084: self = .pq
        case AVCOL_TRC_ARIB_STD_B67: self = .hlg
        default: return nil
        }
    }
}
