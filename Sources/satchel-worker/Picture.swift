/// A picture in sRGB as displayed: rows from the top, without padding.
struct Picture {
    let width: Int
    let height: Int
    /// 3 for red, green and blue; 4 with transparency behind them, by which they are not multiplied.
    let channelCount: Int
    /// One byte a channel.
    let pixels: [UInt8]

    init(width: Int, height: Int, channelCount: Int, pixels: [UInt8]) {
        self.width = width
        self.height = height
        self.channelCount = channelCount
        self.pixels = pixels
    }

    /// Turns and mirrors RGBA rows of `stride` bytes each; without anything transparent, that channel is left out.
    init(width: Int, height: Int, rgba: UnsafePointer<UInt8>, stride: Int, orientation: Orientation) {
        let rowByteCount = width * 4
        let pixels = [UInt8](unsafeUninitializedCapacity: rowByteCount * height) { buffer, initializedCount in
            for row in 0..<height {
                let source = UnsafeBufferPointer(start: rgba + row * stride, count: rowByteCount)
                _ = buffer[(row * rowByteCount)...].update(fromContentsOf: source)
            }
            initializedCount = rowByteCount * height
        }
        self = Picture(width: width, height: height, channelCount: 4, pixels: pixels).simplified.turned(orientation)
    }

    var hasAlpha: Bool { channelCount == 4 }

    /// Nothing of the picture can be seen.
    var isInvisible: Bool {
        hasAlpha && stride(from: 3, to: pixels.count, by: 4).allSatisfy { pixels[$0] == 0 }
    }

    /// The picture as an orientation wants it shown.
    func turned(_ orientation: Orientation) -> Picture {
        guard orientation != .upright else { return self }
        let turnedWidth = orientation.swapsSides ? height : width
        let turnedHeight = orientation.swapsSides ? width : height
        // Where a negative axis begins.
        let originX = (orientation.xx < 0 ? width - 1 : 0) + (orientation.xy < 0 ? height - 1 : 0)
        let originY = (orientation.yx < 0 ? width - 1 : 0) + (orientation.yy < 0 ? height - 1 : 0)
        let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { buffer, initializedCount in
            var index = 0
            for y in 0..<turnedHeight {
                for x in 0..<turnedWidth {
                    // The matrix is orthogonal: its inverse is its transpose.
                    let (dx, dy) = (x - originX, y - originY)
                    let sourceX = orientation.xx * dx + orientation.yx * dy
                    let sourceY = orientation.xy * dx + orientation.yy * dy
                    let source = (sourceY * width + sourceX) * channelCount
                    for channel in 0..<channelCount { buffer[index + channel] = pixels[source + channel] }
                    index += channelCount
                }
            }
            initializedCount = index
        }
        return Picture(width: turnedWidth, height: turnedHeight, channelCount: channelCount, pixels: turned)
    }

    /// The picture on white, without transparency.
    var flattened: Picture {
        guard hasAlpha else { return self }
        return withoutAlpha { value, alpha in
            UInt8(truncatingIfNeeded: (Int(value) * Int(alpha) + 255 * (255 - Int(alpha)) + 127) / 255)
        }
    }

    /// The picture without a channel for transparency where nothing is transparent.
    var simplified: Picture {
        guard hasAlpha, stride(from: 3, to: pixels.count, by: 4).allSatisfy({ pixels[$0] == 255 }) else { return self }
        return withoutAlpha { value, _ in value }
    }

    private func withoutAlpha(_ visible: (UInt8, UInt8) -> UInt8) -> Picture {
        let count = width * height
        let rgb = [UInt8](unsafeUninitializedCapacity: count * 3) { buffer, initializedCount in
            for index in 0..<count {
                let alpha = pixels[4 * index + 3]
                for channel in 0..<3 { buffer[3 * index + channel] = visible(pixels[4 * index + channel], alpha) }
            }
            initializedCount = count * 3
        }
        return Picture(width: width, height: height, channelCount: 3, pixels: rgb)
    }

    /// The picture with four channels.
    var rgba: [UInt8] {
        guard !hasAlpha else { return pixels }
        let count = width * height
        return [UInt8](unsafeUninitializedCapacity: count * 4) { buffer, initializedCount in
            for index in 0..<count {
                for channel in 0..<3 { buffer[4 * index + channel] = pixels[3 * index + channel] }
                buffer[4 * index + 3] = 255
            }
            initializedCount = count * 4
        }
    }
}
