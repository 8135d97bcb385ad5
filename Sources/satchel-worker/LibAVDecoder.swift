import CLibAV
import Media

/// Decodes with FFmpeg what the image libraries leave: uncommon kinds of JPEG, JPEG 2000, and Photoshop's merged picture.
struct LibAVDecoder: StillDecoder {
    let header: ImageHeader
    /// Known only with the decoded picture.
    let profile: [UInt8] = []
    private let file: ByteView
    private let codec: PictureCodec
    private let maxPixels: Int64

    init(_ header: ImageHeader, _ file: ByteView, _ codec: PictureCodec, maxPixels: Int64) {
        self.header = header
        self.file = file
        self.codec = codec
        self.maxPixels = maxPixels
    }

    func decoded(_ wanted: (width: Int, height: Int), frame: Int) throws(MediaFailure) -> VipsPicture? {
        guard frame == 0 else { return nil }
        let found = try codec.frame(of: file.buffer, maxPixels: maxPixels)
        guard found.width == header.width, found.height == header.height else {
            throw MediaFailure(.invalidData, "The picture's size is told in two ways.")
        }
        return try VipsPicture(try pixels(of: found), profile: Self.profile(of: found))
    }

    private func pixels(of frame: Frame) throws(MediaFailure) -> PixelBuffer {
        let color = ColorDescription(frame, isImage: true)
        let hasAlpha = satchel_has_alpha(frame.pointer.pointee.format) != 0
        let format = hasAlpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24
        let target = try Frame(width: frame.width, height: frame.height, format: format)
        let scaler = try Scaler(
            from: frame,
            matrix: color.matrix,
            isFullRange: color.isFullRange,
            width: frame.width,
            height: frame.height,
            format: format
        )
        try scaler.scale(frame, into: target)
        let pixels = try PixelBuffer(width: frame.width, height: frame.height, channelCount: hasAlpha ? 4 : 3)
        try withExtendedLifetime(target) { () throws(MediaFailure) in
            guard let rows = target.pointer.pointee.data.0 else { throw MediaFailure.outOfMemory }
            let stride = Int(target.pointer.pointee.linesize.0)
            for row in 0..<frame.height {
                (pixels.bytes + row * pixels.rowByteCount)
                    .copyMemory(from: rows + row * stride, byteCount: pixels.rowByteCount)
            }
        }
        return pixels
    }

    private static func profile(of frame: Frame) -> [UInt8] {
        guard let side = av_frame_get_side_data(frame.pointer, AV_FRAME_DATA_ICC_PROFILE),
            let data = side.pointee.data
        else { return [] }
        return [UInt8](UnsafeBufferPointer(start: data, count: Int(side.pointee.size)))
    }
}
