import CLibAV
import Testing

@testable import satchel_worker

struct BlockMeansTests {
    /// A frame whose samples are told by plane, column and row.
    private func frame(
        _ width: Int,
        _ height: Int,
        _ format: AVPixelFormat,
        _ sample: (Int, Int, Int) -> UInt16
    ) throws -> Frame {
        let frame = try Frame(width: width, height: height, format: format)
        for plane in 0..<3 {
            let (bytes, stride) = try #require(frame.plane(plane))
            let isHalf = plane > 0 && format != AV_PIX_FMT_YUV444P
            for row in 0..<(isHalf ? height / 2 : height) {
                for column in 0..<(isHalf ? width / 2 : width) {
                    let value = sample(plane, column, row)
                    if format == AV_PIX_FMT_YUV420P10LE {
                        bytes[row * stride + 2 * column] = UInt8(truncatingIfNeeded: value)
                        bytes[row * stride + 2 * column + 1] = UInt8(truncatingIfNeeded: value >> 8)
                    } else {
                        bytes[row * stride + column] = UInt8(truncatingIfNeeded: value)
                    }
                }
            }
        }
        return frame
    }

    private func sample(_ frame: Frame, _ plane: Int, _ column: Int, _ row: Int) throws -> Int {
        let (bytes, stride) = try #require(frame.plane(plane))
        guard frame.format == AV_PIX_FMT_YUV420P10LE else { return Int(bytes[row * stride + column]) }
        return Int(bytes[row * stride + 2 * column]) | Int(bytes[row * stride + 2 * column + 1]) << 8
    }

    @Test(arguments: [
        (AV_PIX_FMT_YUV420P, 2, 255), (AV_PIX_FMT_YUV420P, 4, 255), (AV_PIX_FMT_YUV420P, 8, 255),
        (AV_PIX_FMT_YUV444P, 4, 255), (AV_PIX_FMT_YUV420P10LE, 2, 1023), (AV_PIX_FMT_YUV420P10LE, 8, 1023),
    ])
    func `each sample is the rounded mean of its block`(_ format: AVPixelFormat, _ side: Int, _ most: Int) throws {
        let width = 8 * side
        let height = 4 * side
        let value = { (plane: Int, column: Int, row: Int) in (column * 37 + row * 101 + plane * 53) % (most + 1) }
        let source = try frame(width, height, format) { UInt16(value($0, $1, $2)) }
        let reduced = try BlockMeans.reduced(source, towards: (width: 4, height: 2))
        #expect((reduced.width, reduced.height) == (8, 4))
        #expect(reduced.format == format)
        for plane in 0..<3 {
            let half = plane > 0 && format != AV_PIX_FMT_YUV444P ? 2 : 1
            for row in 0..<4 / half {
                for column in 0..<8 / half {
                    var sum = 0
                    for line in 0..<side {
                        for place in 0..<side { sum += value(plane, column * side + place, row * side + line) }
                    }
                    let mean = (sum + side * side / 2) / (side * side)
                    #expect(try sample(reduced, plane, column, row) == mean)
                }
            }
        }
    }

    @Test func `the brightest picture stays as bright as it is`() throws {
        let source = try frame(64, 64, AV_PIX_FMT_YUV420P) { _, _, _ in 255 }
        let reduced = try BlockMeans.reduced(source, towards: (width: 4, height: 4))
        #expect(reduced.width == 8)
        #expect(try sample(reduced, 0, 7, 7) == 255)
        let deep = try frame(64, 64, AV_PIX_FMT_YUV420P10LE) { _, _, _ in 1023 }
        #expect(try sample(try BlockMeans.reduced(deep, towards: (width: 4, height: 4)), 2, 3, 3) == 1023)
    }

    @Test(arguments: [
        // Not large enough; no whole blocks; colours that no whole blocks of are there; other formats.
        (AV_PIX_FMT_YUV420P, 62, 64), (AV_PIX_FMT_YUV420P, 130, 127), (AV_PIX_FMT_YUV420P, 130, 130),
        (AV_PIX_FMT_NV12, 256, 256), (AV_PIX_FMT_RGBA, 256, 256), (AV_PIX_FMT_YUVA420P, 256, 256),
    ])
    func `other pictures are left to the scaler`(_ format: AVPixelFormat, _ width: Int, _ height: Int) throws {
        let source = try Frame(width: width, height: height, format: format)
        #expect(try BlockMeans.reduced(source, towards: (width: 32, height: 32)) === source)
    }
}
