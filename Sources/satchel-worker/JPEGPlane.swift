import Media

/// A component's samples at an eighth of a JPEG's size, and what its blocks are decoded by.
final class JPEGPlane {
    let pixels: PixelBuffer
    /// Samples of a block each way, 1 or 2: colours at half the brightness's resolution still have one for each pixel.
    let side: Int
    /// Pixels of the result for a sample, across and down.
    let expansion: (columns: Int, rows: Int)

    fileprivate let meanSymbols: JPEGLookup<UInt16>
    fileprivate let symbols: JPEGLookup<UInt16>
    /// Where a block is one sample.
    fileprivate let runs: JPEGLookup<UInt16>?
    /// Where it is more of them.
    fileprivate let values: JPEGLookup<UInt64>?
    fileprivate let meanFactor: Int
    fileprivate let factors: UnsafeMutablePointer<Int32>

    /// Of so many blocks across and down; the picture's finest component has `most` blocks of a unit.
    ///
    /// Nil where the resolutions do not go into each other, or differ so much that a block has more samples.
    init?(
        _ component: JPEGFrame.Component,
        most: (columns: Int, rows: Int),
        width: Int,
        height: Int
    ) throws(MediaFailure) {
        // As long as both ways allow it, the transform makes more samples of a block, and none is repeated.
        let side = most.columns % (component.columns * 2) == 0 && most.rows % (component.rows * 2) == 0 ? 2 : 1
        let (columns, rows) = (component.columns * side, component.rows * side)
        let isFiner = most.columns % (columns * 2) == 0 && most.rows % (rows * 2) == 0 && side == 2
        guard most.columns % columns == 0, most.rows % rows == 0, !isFiner, let meanCode = component.meanCode,
            let coefficientCode = component.coefficientCode, component.quantization.count == 64
        else { return nil }
        self.side = side
        expansion = (most.columns / columns, most.rows / rows)
        pixels = try PixelBuffer(width: width * side, height: height * side, channelCount: 1)
        meanSymbols = JPEGLookup(symbolsOf: meanCode)
        symbols = JPEGLookup(symbolsOf: coefficientCode)
        runs = side == 1 ? JPEGLookup(runsOf: coefficientCode) : nil
        values = side == 1 ? nil : JPEGLookup(valuesOf: coefficientCode)
        meanFactor = Int(component.quantization[0])
        factors = JPEGTransform.factors(component.quantization)
    }

    deinit {
        factors.deallocate()
    }
}

/// A block of a JPEG's unit.
///
/// Has nothing that would have to be counted; whoever uses it keeps the plane.
struct JPEGBlock {
    let component: Int
    let meanSymbols: UnsafePointer<UInt16>
    let symbols: UnsafePointer<UInt16>
    /// Where the block is one sample.
    let runs: UnsafePointer<UInt16>?
    /// Where it is more of them.
    let values: UnsafePointer<UInt64>?
    let meanFactor: Int
    let factors: UnsafePointer<Int32>
    /// Where its samples go in the present unit.
    var samples: UnsafeMutablePointer<UInt8>
    /// How far it is to the same block of the next unit, and to the next row of samples.
    let step: Int
    let stride: Int

    init(_ plane: JPEGPlane, _ component: Int, at samples: UnsafeMutablePointer<UInt8>, unitWidth: Int) {
        self.component = component
        meanSymbols = UnsafePointer(plane.meanSymbols.entries)
        symbols = UnsafePointer(plane.symbols.entries)
        runs = plane.runs.map { UnsafePointer($0.entries) }
        values = plane.values.map { UnsafePointer($0.entries) }
        meanFactor = plane.meanFactor
        factors = UnsafePointer(plane.factors)
        self.samples = samples
        step = unitWidth * plane.side
        stride = plane.pixels.width
    }

    /// Writes a sample that is the mean.
    @inline(__always)
    func put(_ mean: Int) {
        samples[0] = Self.clamped((mean &* meanFactor &+ 4) &>> 3)
    }

    /// A sample by its distance from middle grey.
    @inline(__always)
    static func clamped(_ distance: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: min(max(distance &+ 128, 0), 255))
    }
}
