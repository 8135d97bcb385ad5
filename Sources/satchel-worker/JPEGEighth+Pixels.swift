import Media

extension JPEGEighth {
    /// Decodes the picture, grey or in red, green and blue, into rows of an eighth of its size.
    ///
    /// False where the data is not what it should be, or the rows are others; nothing is written then.
    func decode(to pixels: PixelBuffer) throws(MediaFailure) -> Bool {
        guard pixels.width == (frame.width + 7) / 8, pixels.height == (frame.height + 7) / 8,
            pixels.channelCount == planes.count, decode()
        else { return false }
        try write(to: pixels)
        return true
    }

    private func write(to pixels: PixelBuffer) throws(MediaFailure) {
        // For components of which a sample stands for several pixels of a row.
        let repeated = try PixelBuffer(width: pixels.width, height: planes.count, channelCount: 1)
        for row in 0..<pixels.height {
            let target = pixels.row(row)
            if planes.count == 3 {
                Self.write(line(0, row, repeated), line(1, row, repeated), line(2, row, repeated), to: target)
            } else {
                _ = target.update(fromContentsOf: line(0, row, repeated).prefix(pixels.width))
            }
        }
    }

    /// A component's samples for a row of the result, one a pixel.
    private func line(_ component: Int, _ row: Int, _ repeated: PixelBuffer) -> UnsafeMutableBufferPointer<UInt8> {
        let plane = planes[component]
        let samples = plane.pixels.row(row / plane.expansion.rows)
        let count = plane.expansion.columns
        guard count > 1 else { return samples }
        let line = repeated.row(component)
        for start in stride(from: 0, to: line.count, by: count) {
            let sample = samples[start / count]
            for column in start..<min(start + count, line.count) { line[column] = sample }
        }
        return line
    }

    /// A row in red, green and blue (ITU T.871), with 16 bits behind the point.
    private static func write(
        _ luma: UnsafeMutableBufferPointer<UInt8>,
        _ blue: UnsafeMutableBufferPointer<UInt8>,
        _ red: UnsafeMutableBufferPointer<UInt8>,
        to target: UnsafeMutableBufferPointer<UInt8>
    ) {
        for column in 0..<target.count / 3 {
            let light = Int32(luma[column]) << 16 + 1 << 15
            let blueness = Int32(blue[column]) - 128
            let redness = Int32(red[column]) - 128
            target[3 * column] = clamped(light &+ 91_881 &* redness)
            target[3 * column + 1] = clamped(light &- 22_554 &* blueness &- 46_802 &* redness)
            target[3 * column + 2] = clamped(light &+ 116_130 &* blueness)
        }
    }

    @inline(__always)
    private static func clamped(_ value: Int32) -> UInt8 {
        UInt8(truncatingIfNeeded: min(max(value &>> 16, 0), 255))
    }
}
