import Media

/// A tone map for film: worked out at the corners of a grid of colours, once, and read between them.
struct ColorCube {
    /// Corners along an edge.
    ///
    /// The numbers of PQ and HLG are spaced as the eye sees, so these are few enough.
    private static let side = 33
    /// Red runs fastest, blue slowest; components from 0 to 255.
    private let corners: [SIMD4<Float>]

    /// Maps as `toneMap` does in a picture that is nowhere brighter than `peak`.
    init(_ toneMap: ToneMap, peak: Float) {
        let most = Float(Self.side - 1)
        var corners: [SIMD4<Float>] = []
        corners.reserveCapacity(Self.side * Self.side * Self.side)
        for blue in 0..<Self.side {
            for green in 0..<Self.side {
                for red in 0..<Self.side {
                    let number = SIMD3(Float(red), Float(green), Float(blue)) / most
                    let color = toneMap.color(of: toneMap.light(of: number), peak: peak) * 255
                    corners.append(SIMD4(color, 0))
                }
            }
        }
        self.corners = corners
    }

    /// Maps rows of RGB of 16 bits a component to RGB of 8; strides are in bytes.
    func map(
        _ source: UnsafePointer<UInt8>,
        stride sourceStride: Int,
        to target: UnsafeMutablePointer<UInt8>,
        stride targetStride: Int,
        width: Int,
        height: Int
    ) {
        corners.withUnsafeBufferPointer { corners in
            for row in 0..<height {
                (source + row * sourceStride)
                    .withMemoryRebound(to: UInt16.self, capacity: width * 3) { pixels in
                        var shown = target + row * targetStride
                        for column in 0..<width {
                            let pixel = pixels + column * 3
                            let color = Self.color(pixel[0], pixel[1], pixel[2], corners) + 0.5
                            shown[0] = UInt8(color.x)
                            shown[1] = UInt8(color.y)
                            shown[2] = UInt8(color.z)
                            shown += 3
                        }
                    }
            }
        }
    }

    /// The colour between the four nearest corners: those of the tetrahedron, of six that make up a cell, that it lies in.
    @inline(__always)
    private static func color(
        _ red: UInt16,
        _ green: UInt16,
        _ blue: UInt16,
        _ corners: UnsafeBufferPointer<SIMD4<Float>>
    ) -> SIMD4<Float> {
        let most = Int32(side - 2)
        let place = SIMD3(Float(red), Float(green), Float(blue)) * (Float(side - 1) / 65_535)
        let (x, y, z) = (min(Int32(place.x), most), min(Int32(place.y), most), min(Int32(place.z), most))
        let (r, g, b) = (place.x - Float(x), place.y - Float(y), place.z - Float(z))
        let (stepX, stepY, stepZ) = (1, side, side * side)
        let base = Int(x) + Int(y) * stepY + Int(z) * stepZ
        let (black, white) = (corners[base], corners[base + stepX + stepY + stepZ])
        // Along the largest part first, then along the two larger ones.
        let (first, second, large, middle, small): (Int, Int, Float, Float, Float)
        if r >= g {
            if g >= b {
                (first, second, large, middle, small) = (stepX, stepX + stepY, r, g, b)
            } else if r >= b {
                (first, second, large, middle, small) = (stepX, stepX + stepZ, r, b, g)
            } else {
                (first, second, large, middle, small) = (stepZ, stepX + stepZ, b, r, g)
            }
        } else if b >= g {
            (first, second, large, middle, small) = (stepZ, stepY + stepZ, b, g, r)
        } else if b >= r {
            (first, second, large, middle, small) = (stepY, stepY + stepZ, g, b, r)
        } else {
            (first, second, large, middle, small) = (stepY, stepX + stepY, g, r, b)
        }
        return black * (1 - large) + corners[base + first] * (large - middle)
            + corners[base + second] * (middle - small) + white * small
    }
}
