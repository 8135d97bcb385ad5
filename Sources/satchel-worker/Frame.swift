import CLibAV
import Media

/// Owns an AVFrame and its picture.
final class Frame {
    let pointer: UnsafeMutablePointer<AVFrame>

    init() throws(MediaFailure) {
        guard let frame = av_frame_alloc() else { throw MediaFailure.outOfMemory }
        pointer = frame
    }

    /// A frame with room for a picture.
    convenience init(width: Int, height: Int, format: AVPixelFormat) throws(MediaFailure) {
        try self.init()
        pointer.pointee.width = Int32(clamping: width)
        pointer.pointee.height = Int32(clamping: height)
        pointer.pointee.format = format.rawValue
        let error = av_frame_get_buffer(pointer, 0)
        guard error >= 0 else { throw MediaFailure(libav: error, .renderingFailed, "No room for a picture") }
    }

    deinit {
        var owned: UnsafeMutablePointer<AVFrame>? = pointer
        av_frame_free(&owned)
    }

    var width: Int { Int(pointer.pointee.width) }
    var height: Int { Int(pointer.pointee.height) }
    var format: AVPixelFormat { AVPixelFormat(rawValue: pointer.pointee.format) }
}
