import CLibAV
import Media

/// Owns an SwsContext.
final class Scaler {
    private let context: OpaquePointer

    /// Scales from the source frame's size and format to another.
    ///
    /// The source's colours are read as `matrix` (SWS_CS_…) and range say. Unless said otherwise the target is full range; as YUV
    /// it is what JFIF wants.
    init(
        from source: Frame,
        matrix: Int32,
        isFullRange: Bool,
        width: Int,
        height: Int,
        format: AVPixelFormat,
        targetMatrix: Int32 = SWS_CS_ITU601,
        isTargetFullRange: Bool = true
    ) throws(MediaFailure) {
        guard sws_isSupportedInput(source.format) > 0 else {
            throw MediaFailure(.renderingFailed, "The picture's pixel format cannot be converted.")
        }
        let context = sws_getContext(
            Int32(clamping: source.width),
            Int32(clamping: source.height),
            source.format,
            Int32(clamping: width),
            Int32(clamping: height),
            format,
            satchel_scaling_flags(),
            nil,
            nil,
            nil
        )
        guard let context else { throw MediaFailure(.renderingFailed, "The picture cannot be scaled.") }
        self.context = context
        let one: Int32 = 1 << 16
        let error = sws_setColorspaceDetails(
            context,
            sws_getCoefficients(matrix),
            isFullRange ? 1 : 0,
            sws_getCoefficients(targetMatrix),
            isTargetFullRange ? 1 : 0,
            0,
            one,
            one
        )
        guard error >= 0 else { throw MediaFailure(.renderingFailed, "The picture's colours cannot be converted.") }
    }

    deinit {
        sws_freeContext(context)
    }

    /// Scales one frame into another of the sizes and formats given to `init`.
    func scale(_ source: Frame, into target: Frame) throws(MediaFailure) {
        let error = sws_scale_frame(context, target.pointer, source.pointer)
        guard error >= 0 else { throw MediaFailure(libav: error, .renderingFailed, "The picture cannot be scaled") }
    }
}
