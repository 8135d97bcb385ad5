/// Rows of pixels, mapped whole.
extension ToneMap {
    /// So much of a picture may be brighter than what counts as its peak: glints.
    private static let glintShare = 0.001
    private static let binCount = 1_024

    /// Maps rows of RGB of 16 bits a component to RGBA of 8, opaque; strides are in bytes.
    ///
    /// How bright the picture is decides how much has to be rolled off: files are known to declare their peak wrongly or not
    /// at all.
    func map(
        _ source: UnsafePointer<UInt8>,
        stride sourceStride: Int,
        to target: UnsafeMutablePointer<UInt8>,
        stride targetStride: Int,
        width: Int,
        height: Int
    ) {
        var lights: [SIMD3<Float>] = []
        lights.reserveCapacity(width * height)
        for row in 0..<height {
            (source + row * sourceStride)
                .withMemoryRebound(to: UInt16.self, capacity: width * 3) { pixels in
                    for column in 0..<width {
                        let pixel = pixels + column * 3
                        let color = SIMD3(Float(pixel[0]), Float(pixel[1]), Float(pixel[2])) / Float(UInt16.max)
                        lights.append(light(of: color))
                    }
                }
        }
        let peak = transfer == nil ? Self.whiteLight : Self.peak(of: lights)
        for row in 0..<height {
            for column in 0..<width {
                let shown = color(of: lights[row * width + column], peak: peak) * 255
                let rounded = SIMD3<UInt8>(shown.rounded(.toNearestOrAwayFromZero))
                let pixel = target + row * targetStride + column * 4
                pixel[0] = rounded.x
                pixel[1] = rounded.y
                pixel[2] = rounded.z
                pixel[3] = .max
            }
        }
    }

    /// The light that nothing but glints exceeds, to within a step of PQ's scale in 1,024; at least white.
    static func peak(of lights: [SIMD3<Float>]) -> Float {
        var bins = [Int](repeating: 0, count: binCount)
        for light in lights { bins[min(Int(pqNumber(light.max()) * Float(binCount)), binCount - 1)] += 1 }
        var left = Int(Double(lights.count) * glintShare)
        for bin in bins.indices.reversed() {
            left -= bins[bin]
            if left < 0 { return max(pqLight(Float(bin + 1) / Float(binCount)), whiteLight) }
        }
        return whiteLight
    }
}
