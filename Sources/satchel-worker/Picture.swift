/// A small opaque picture as displayed: rows of RGB from the top.
struct Picture {
    let width: Int
    let height: Int
    /// Three bytes a pixel, no padding.
    let rgb: [UInt8]
    /// The mean brightness, 0 to 255.
    let brightness: Double
    /// The standard deviation of the brightness.
    let contrast: Double

    /// Turns, mirrors and flattens RGBA rows, of `stride` bytes each, onto white.
    init(width: Int, height: Int, rgba: UnsafePointer<UInt8>, stride: Int, orientation: Orientation) {
        let turnedWidth = orientation.swapsSides ? height : width
        let turnedHeight = orientation.swapsSides ? width : height
        // Where a negative axis begins.
        let originX = (orientation.xx < 0 ? width - 1 : 0) + (orientation.xy < 0 ? height - 1 : 0)
        let originY = (orientation.yx < 0 ? width - 1 : 0) + (orientation.yy < 0 ? height - 1 : 0)
        var sum = 0.0
        var squares = 0.0
        let rgb = [UInt8](unsafeUninitializedCapacity: turnedWidth * turnedHeight * 3) { buffer, initializedCount in
            var index = 0
            for y in 0..<turnedHeight {
                for x in 0..<turnedWidth {
                    // The matrix is orthogonal: its inverse is its transpose.
                    let (dx, dy) = (x - originX, y - originY)
                    let sourceX = orientation.xx * dx + orientation.yx * dy
                    let sourceY = orientation.xy * dx + orientation.yy * dy
                    let pixel = rgba + sourceY * stride + sourceX * 4
                    let alpha = Int(pixel[3])
                    let white = 255 * (255 - alpha) + 127
                    let red = (Int(pixel[0]) * alpha + white) / 255
                    let green = (Int(pixel[1]) * alpha + white) / 255
                    let blue = (Int(pixel[2]) * alpha + white) / 255
                    buffer[index] = UInt8(truncatingIfNeeded: red)
                    buffer[index + 1] = UInt8(truncatingIfNeeded: green)
                    buffer[index + 2] = UInt8(truncatingIfNeeded: blue)
                    index += 3
                    let luma = Double(299 * red + 587 * green + 114 * blue) / 1_000
                    sum += luma
                    squares += luma * luma
                }
            }
            initializedCount = index
        }
        let count = Double(turnedWidth * turnedHeight)
        self.width = turnedWidth
        self.height = turnedHeight
        self.rgb = rgb
        brightness = sum / count
        contrast = max(squares / count - brightness * brightness, 0).squareRoot()
    }

    /// Near-black or all of one shade: a poor poster.
    var isDull: Bool { brightness < 18 || contrast < 5 }
}
