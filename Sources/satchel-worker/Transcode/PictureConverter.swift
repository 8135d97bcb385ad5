import CLibAV
import Media

/// Brings decoded pictures to what is encoded: upright, in square pixels, of even sides, in YUV 4:2:0 of 8 bits and limited
/// range, with the colours of standard range.
final class PictureConverter {
    /// The size as it is displayed.
    let width: Int
    let height: Int
    /// How the colours of the result are coded.
    let color: EncodedColor
    private let stored: (width: Int, height: Int)
    private let isCropped: Bool
    private let orientation: Orientation
    private let cube: ColorCube?
    private var scaler: (scaler: Scaler, form: Form)?
    private var flattener: Scaler?

    /// What a scaler is made for.
    private struct Form: Equatable {
        let width, height: Int
        let format: Int32
        let matrix: Int32
        let isFullRange: Bool
    }

    /// `sample` is the first picture; `cube` maps its colours to standard range, where they are of another.
    init(of sample: Frame, _ geometry: Geometry, shortEdge: Int?, cube: ColorCube?) {
        let shorter = min(geometry.width, geometry.height)
        let scale = shortEdge.map { min(1, Double($0) / Double(max(shorter, 1))) } ?? 1
        // Where only a column or a row too many is in the way, it goes, and no pixel is made anew.
        isCropped = scale == 1 && geometry.width == sample.width && geometry.height == sample.height
        let isCropped = isCropped
        func even(_ side: Int) -> Int {
            let scaled = Double(side) * scale / 2
            return 2 * max(1, Int(isCropped ? scaled.rounded(.down) : scaled.rounded()))
        }
        stored = (even(geometry.width), even(geometry.height))
        orientation = geometry.orientation
        width = orientation.swapsSides ? stored.height : stored.width
        height = orientation.swapsSides ? stored.width : stored.height
        color = EncodedColor(sample, isMapped: cube != nil)
        self.cube = cube
    }

    /// The picture as it is encoded; it may share the memory of the decoded one.
    func converted(_ frame: Frame) throws(MediaFailure) -> Frame {
        let described = ColorDescription(frame, isImage: false)
        // Of two moments woven into one picture, one is shown.
        var source = frame.isInterlaced ? try frame.upperField() : frame
        if isCropped, source.width > stored.width || source.height > stored.height {
            source = try Frame(sharing: source)
            source.pointer.pointee.width = min(source.pointer.pointee.width, Int32(clamping: stored.width))
            source.pointer.pointee.height = min(source.pointer.pointee.height, Int32(clamping: stored.height))
        }
        let isAsWanted =
            cube == nil && source.format == AV_PIX_FMT_YUV420P && source.width == stored.width
            && source.height == stored.height && described.matrix == color.matrix && !described.isFullRange
        let result = isAsWanted ? source : try scaled(source, described)
        return try result.turned(orientation)
    }

    private func scaled(_ source: Frame, _ described: ColorDescription) throws(MediaFailure) -> Frame {
        let format = cube == nil ? AV_PIX_FMT_YUV420P : satchel_rgb48()
        let target = try Frame(width: stored.width, height: stored.height, format: format)
        let form = Form(
            width: source.width,
            height: source.height,
            format: source.format.rawValue,
            matrix: described.matrix,
            isFullRange: described.isFullRange
        )
        if scaler?.form != form {
            let made = try Scaler(
                from: source,
                matrix: described.matrix,
                isFullRange: described.isFullRange,
                width: stored.width,
                height: stored.height,
                format: format,
                targetMatrix: cube == nil ? color.matrix : SWS_CS_ITU709,
                isTargetFullRange: cube != nil
            )
            scaler = (made, form)
        }
        try scaler?.scaler.scale(source, into: target)
        guard let cube else { return target }
        return try flattened(target, cube)
    }

    /// Maps a picture of many numbers to standard range, and codes it as video is.
    private func flattened(_ deep: Frame, _ cube: ColorCube) throws(MediaFailure) -> Frame {
        let flat = try Frame(width: deep.width, height: deep.height, format: AV_PIX_FMT_RGB24)
        guard let from = deep.plane(0), let into = flat.plane(0) else { throw MediaFailure.outOfMemory }
        cube.map(
            from.bytes,
            stride: from.stride,
            to: into.bytes,
            stride: into.stride,
            width: deep.width,
            height: deep.height
        )
        let target = try Frame(width: deep.width, height: deep.height, format: AV_PIX_FMT_YUV420P)
        let flattener =
            if let made = self.flattener { made } else {
                try Scaler(
                    from: flat,
                    matrix: SWS_CS_ITU709,
                    isFullRange: true,
                    width: flat.width,
                    height: flat.height,
                    format: AV_PIX_FMT_YUV420P,
                    targetMatrix: color.matrix,
                    isTargetFullRange: false
                )
            }
        self.flattener = flattener
        try flattener.scale(flat, into: target)
        return target
    }
}

/// How the colours of an encoded video are coded (ITU-T H.273), always of limited range.
struct EncodedColor {
    /// As libswscale numbers it: that of BT.601 stays as it is, all else is that of BT.709.
    let matrix: Int32
    let primaries: AVColorPrimaries
    let transfer: AVColorTransferCharacteristic

    /// The colours of a file whose first picture is this one; `isMapped` says that they become those of BT.709.
    init(_ sample: Frame, isMapped: Bool) {
        let found = ColorDescription(sample, isImage: false).matrix
        matrix = !isMapped && found == SWS_CS_ITU601 ? SWS_CS_ITU601 : SWS_CS_ITU709
        let declared = sample.pointer.pointee
        // All three are told: a container that knows of two tells none, and browsers take segments for BT.709 then.
        let silent: Set<UInt32> = [0, 2, 3]
        primaries =
            isMapped || silent.contains(declared.color_primaries.rawValue)
            ? Self.usualPrimaries(matrix, of: declared.colorspace) : declared.color_primaries
        transfer =
            isMapped || silent.contains(declared.color_trc.rawValue)
            ? (matrix == SWS_CS_ITU709 ? AVCOL_TRC_BT709 : AVCOL_TRC_SMPTE170M) : declared.color_trc
    }

    /// What goes with the matrix where nothing is said: of BT.601 there are two, and the one of 625 lines has its own number.
    private static func usualPrimaries(_ matrix: Int32, of declared: AVColorSpace) -> AVColorPrimaries {
        guard matrix != SWS_CS_ITU709 else { return AVCOL_PRI_BT709 }
        return declared == AVCOL_SPC_BT470BG ? AVCOL_PRI_BT470BG : AVCOL_PRI_SMPTE170M
    }

    /// The matrix as the stream tells it.
    var space: AVColorSpace { matrix == SWS_CS_ITU601 ? AVCOL_SPC_SMPTE170M : AVCOL_SPC_BT709 }
}
