import Media

extension JPEGEighth {
    /// The picture, grey or red, green and blue by its number of channels, into rows of its size; what is there is overwritten.
    func write(to pixels: PixelBuffer) throws(MediaFailure) {
        // For components of which a sample stands for several pixels of a row.
        let repeated = try PixelBuffer(width: pixels.width, height: planes.count, channelCount: 1)
        for row in 0..<pixels.height {
            let target = pixels.row(row)
            if planes.count == 3 {
                let lines = (0, 1, 2)
                Self.write(
                    line(lines.0, row, repeated),
                    line(lines.1, row, repeated),
                    line(lines.2, row, repeated),
                    to: target
                )
            } else {
                _ = target.update(fromContentsOf: line(0, row, repeated).prefix(pixels.width))
            }
        }
    }

    /// A component's samples for a row of the result, one a pixel.
    private func line(_ component: Int, _ row: Int, _ repeated: PixelBuffer) -> UnsafeMutableBufferPointer<UInt8> {
        let plane = planes[component]
        let samples = plane.pixels.row(row / plane.expansion.rows)
        guard plane.expansion.columns > 1 else { return samples }
        let line = repeated.row(component)
        for column in line.indices { line[column] = samples[column / plane.expansion.columns] }
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
