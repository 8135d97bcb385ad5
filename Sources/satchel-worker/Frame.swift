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

    /// The same picture as another frame's: its memory is shared, and lives as long as either.
    convenience init(sharing other: Frame) throws(MediaFailure) {
        try self.init(sharing: other.pointer)
    }

    /// The same for a frame of somebody else's.
    convenience init(sharing other: UnsafePointer<AVFrame>) throws(MediaFailure) {
        try self.init()
        guard av_frame_ref(pointer, other) >= 0 else { throw MediaFailure.outOfMemory }
    }

    deinit {
        var owned: UnsafeMutablePointer<AVFrame>? = pointer
        av_frame_free(&owned)
    }

    var width: Int { Int(pointer.pointee.width) }
    var height: Int { Int(pointer.pointee.height) }
    var format: AVPixelFormat { AVPixelFormat(rawValue: pointer.pointee.format) }

    /// The first byte of a plane (0 to 2), and how many lie between its rows; nil where there is no such plane.
    func plane(_ index: Int) -> (bytes: UnsafeMutablePointer<UInt8>, stride: Int)? {
        let frame = pointer.pointee
        let (data, lines) = (frame.data, frame.linesize)
        let (bytes, stride) = [(data.0, lines.0), (data.1, lines.1), (data.2, lines.2)][index]
        return bytes.map { (bytes: $0, stride: Int(stride)) }
    }

    /// The decoder made up a part of the picture.
    var isDamaged: Bool { satchel_is_damaged(pointer) != 0 }

    /// Two moments, a line each, are woven into the picture.
    var isInterlaced: Bool { satchel_is_interlaced(pointer) != 0 }

    /// The upper field of an interlaced picture: its lines of one moment, at half the height, in the same memory.
    func upperField() throws(MediaFailure) -> Frame {
        let field = try Frame(sharing: self)
        field.pointer.pointee.height = (pointer.pointee.height + 1) / 2
        withUnsafeMutablePointer(to: &field.pointer.pointee.linesize) { lines in
            lines.withMemoryRebound(to: Int32.self, capacity: Int(AV_NUM_DATA_POINTERS)) { lines in
                for plane in 0..<Int(AV_NUM_DATA_POINTERS) { lines[plane] *= 2 }
            }
        }
        return field
    }
}
