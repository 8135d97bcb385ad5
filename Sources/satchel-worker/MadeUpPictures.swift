import CLibAV
import Glibc
import Media

/// Gives an HEVC decoder its pictures' memory, and next to none for those that it makes up.
///
/// A key frame lists pictures that those behind it refer to. Where it is decoded by itself, FFmpeg paints a grey picture for each
/// of them, which nobody looks at: at 4K that takes longer than to decode the key frame. They get the key frame's own memory,
/// for they are painted before it is, and all of it.
final class MadeUpPictures {
    private var isAlone = false
    private var keyFrame: Frame?

    /// Takes over where a decoder, which must not outlive this object, has its memory from.
    func serve(_ context: UnsafeMutablePointer<AVCodecContext>) {
        context.pointee.opaque = Unmanaged.passUnretained(self).toOpaque()
        context.pointee.get_buffer2 = { context, frame, flags in
            guard let context, let frame, let opaque = context.pointee.opaque else { return satchel_averror(EINVAL) }
            return Unmanaged<MadeUpPictures>.fromOpaque(opaque).takeUnretainedValue().fill(frame, of: context, flags)
        }
    }

    /// Does something in which the decoder is given a key frame and nothing else: the first picture that it asks memory for is
    /// the key frame.
    func whileAlone<Value>(_ body: () throws(MediaFailure) -> Value) throws(MediaFailure) -> Value {
        isAlone = true
        defer { (isAlone, keyFrame) = (false, nil) }
        return try body()
    }

    private func fill(
        _ frame: UnsafeMutablePointer<AVFrame>,
        of context: UnsafeMutablePointer<AVCodecContext>,
        _ flags: Int32
    ) -> Int32 {
        if let keyFrame, satchel_share_picture(frame, keyFrame.pointer) == 0 { return 0 }
        let error = avcodec_default_get_buffer2(context, frame, flags)
        if isAlone, keyFrame == nil, error >= 0 { keyFrame = try? Frame(sharing: frame) }
        return error
    }
}
