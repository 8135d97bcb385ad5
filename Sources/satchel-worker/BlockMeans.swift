import CLibAV
import Media

/// Makes a large decoded picture smaller before it is scaled: by the means of square blocks, as far as that leaves twice what is
/// wanted.
///
/// A filter that looks at each pixel of a 4K picture takes longer than to decode some. The planes stay what they are, so
/// brightness and colours are scaled as they would have been.
enum BlockMeans {
    /// Blocks of eight by eight are the largest: the sum of 64 samples of 16 bits has room in 32.
    private static let largestSide = 8

    /// The picture, or itself where its planes are not of a kind that is taken, or it is not large enough.
    static func reduced(_ frame: Frame, towards size: (width: Int, height: Int)) throws(MediaFailure) -> Frame {
        guard let planes = Planes(frame.format) else { return frame }
        var side = largestSide
        while side > 1,
            !planes.canBeReduced(frame, by: side) || frame.width < 2 * side * size.width
                || frame.height < 2 * side * size.height
        {
            side /= 2
        }
        guard side > 1 else { return frame }
        let target = try Frame(width: frame.width / side, height: frame.height / side, format: frame.format)
        for plane in 0..<planes.count {
            guard let source = frame.plane(plane), let result = target.plane(plane) else { throw .outOfMemory }
            let width = planes.width(of: plane, in: target)
            let height = planes.height(of: plane, in: target)
            if planes.isDeep {
                means(of: source, to: result, width: width, height: height, side: side, UInt16.self, UInt32.self)
            } else {
                means(of: source, to: result, width: width, height: height, side: side, UInt8.self, UInt16.self)
            }
        }
        return target
    }

    /// Sums up columns first, over as many rows as a block has, then their neighbours: both go over memory in its order.
    private static func means<Sample: FixedWidthInteger, Sum: FixedWidthInteger>(
        of source: (bytes: UnsafeMutablePointer<UInt8>, stride: Int),
        to result: (bytes: UnsafeMutablePointer<UInt8>, stride: Int),
        width: Int,
        height: Int,
        side: Int,
        _ sample: Sample.Type,
        _ sum: Sum.Type
    ) {
        let shift = Sum(truncatingIfNeeded: (side * side).trailingZeroBitCount)
        let half = Sum(1) << (shift - 1)
        withUnsafeTemporaryAllocation(of: Sum.self, capacity: width * side) { sums in
            guard let sums = sums.baseAddress else { return }
            for row in 0..<height {
                for line in 0..<side {
                    let samples = UnsafeRawPointer(source.bytes + (row * side + line) * source.stride)
                        .assumingMemoryBound(to: Sample.self)
                    if line == 0 {
                        for column in 0..<width * side { sums[column] = Sum(truncatingIfNeeded: samples[column]) }
                    } else {
                        for column in 0..<width * side { sums[column] &+= Sum(truncatingIfNeeded: samples[column]) }
                    }
                }
                let means = UnsafeMutableRawPointer(result.bytes + row * result.stride)
                    .assumingMemoryBound(to: Sample.self)
                // The sides that there are, each with a loop that the compiler can unroll.
                switch side {
                case 2:
                    for column in 0..<width {
                        let block = sums + 2 * column
                        means[column] = Sample(truncatingIfNeeded: (block[0] &+ block[1] &+ half) >> shift)
                    }
                case 4:
                    for column in 0..<width {
                        let block = sums + 4 * column
                        let sum = (block[0] &+ block[1]) &+ (block[2] &+ block[3])
                        means[column] = Sample(truncatingIfNeeded: (sum &+ half) >> shift)
                    }
                default:
                    for column in 0..<width {
                        var sum = half
                        for place in column * side..<(column + 1) * side { sum &+= sums[place] }
                        means[column] = Sample(truncatingIfNeeded: sum >> shift)
                    }
                }
            }
        }
    }
}

/// How the planes of a pixel format lie in memory: one for each channel, nothing else in it.
private struct Planes {
    let count: Int
    /// Two bytes a sample in the machine's order, else one.
    let isDeep: Bool
    private let chromaShift: (horizontal: Int, vertical: Int)

    /// Nil for formats of another make.
    init?(_ format: AVPixelFormat) {
        guard let description = av_pix_fmt_desc_get(format)?.pointee else { return nil }
        let flags = Int32(truncatingIfNeeded: description.flags)
        let unwanted =
            AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL
            | AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_FLOAT
        guard description.nb_components == 3, flags & AV_PIX_FMT_FLAG_PLANAR != 0, flags & unwanted == 0 else {
            return nil
        }
        let components = [description.comp.0, description.comp.1, description.comp.2]
        let depth = components[0].depth
        isDeep = depth > 8
        let step: Int32 = isDeep ? 2 : 1
        guard (8...16).contains(depth),
            components.enumerated()
                .allSatisfy({ index, component in
                    component.plane == index && component.step == step && component.depth == depth
                        && component.shift == 0 && component.offset == 0
                })
        else { return nil }
        count = 3
        chromaShift = (Int(description.log2_chroma_w), Int(description.log2_chroma_h))
    }

    func canBeReduced(_ frame: Frame, by side: Int) -> Bool {
        frame.width % (side << chromaShift.horizontal) == 0 && frame.height % (side << chromaShift.vertical) == 0
    }

    func width(of plane: Int, in frame: Frame) -> Int {
        plane == 0 ? frame.width : frame.width >> chromaShift.horizontal
    }

    func height(of plane: Int, in frame: Frame) -> Int {
        plane == 0 ? frame.height : frame.height >> chromaShift.vertical
    }
}
