import CLibAV
import Media

/// How bright a video of high dynamic range gets, by a few of its pictures: files are known to declare it wrongly or not at all.
struct HDRPeak {
    /// So many key frames are looked at, evenly spread.
    private static let sampleCount = 8
    /// Glints are averaged away in a picture so small.
    private static let size = (width: 192, height: 108)

    /// The light that nothing but glints exceeds, in cd/m²; of a video that cannot be looked at that of HLG's display.
    static func light(of track: VideoTrack, _ toneMap: ToneMap, milliseconds: Int64?) throws(MediaFailure) -> Float {
        guard toneMap.transfer != nil else { return ToneMap.whiteLight }
        var peak: Float?
        for sample in 0..<sampleCount {
            let position = (milliseconds ?? 0) * Int64(sample) / Int64(sampleCount)
            guard track.seek(toMilliseconds: position), try track.keyFrame() else { break }
            peak = max(peak ?? 0, try light(of: track.frame, toneMap))
            if milliseconds == nil { break }
        }
        return peak ?? ToneMap.hlgPeakLight
    }

    private static func light(of frame: Frame, _ toneMap: ToneMap) throws(MediaFailure) -> Float {
        let color = ColorDescription(frame, isImage: false)
        let small = try Frame(width: size.width, height: size.height, format: satchel_rgb48())
        let scaler = try Scaler(
            from: frame,
            matrix: color.matrix,
            isFullRange: color.isFullRange,
            width: size.width,
            height: size.height,
            format: satchel_rgb48()
        )
        try scaler.scale(frame, into: small)
        guard let plane = small.plane(0) else { return ToneMap.hlgPeakLight }
        var lights: [SIMD3<Float>] = []
        for row in 0..<size.height {
            (plane.bytes + row * plane.stride)
                .withMemoryRebound(to: UInt16.self, capacity: size.width * 3) { pixels in
                    for column in 0..<size.width {
                        let pixel = pixels + 3 * column
                        let number = SIMD3(Float(pixel[0]), Float(pixel[1]), Float(pixel[2])) / Float(UInt16.max)
                        lights.append(toneMap.light(of: number))
                    }
                }
        }
        return ToneMap.peak(of: lights)
    }
}
