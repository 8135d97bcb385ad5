import Media
import Testing

@testable import satchel_worker

struct ColorCubeTests {
    /// What a cube makes of one colour.
    private static func mapped(_ color: SIMD3<UInt16>, _ cube: ColorCube) -> SIMD3<Int> {
        let source = [color.x, color.y, color.z]
        var shown: [UInt8] = [0, 0, 0]
        source.withUnsafeBytes { bytes in
            guard let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
            shown.withUnsafeMutableBufferPointer { target in
                guard let into = target.baseAddress else { return }
                cube.map(start, stride: 6, to: into, stride: 3, width: 1, height: 1)
            }
        }
        return SIMD3(Int(shown[0]), Int(shown[1]), Int(shown[2]))
    }

    @Test(arguments: [MediaReport.HDRTransfer.pq, .hlg])
    func `between its corners a cube tells what the tone map does`(_ transfer: MediaReport.HDRTransfer) {
        let toneMap = ToneMap(transfer: transfer, gamut: .bt2020)
        let cube = ColorCube(toneMap, peak: 1_000)
        var (far, sum, count) = (0, 0, 0)
        var state: UInt32 = 7
        for _ in 0..<5_000 {
            var numbers = SIMD3<UInt16>()
            for index in 0..<3 {
                state = state &* 1_664_525 &+ 1_013_904_223
                numbers[index] = UInt16(truncatingIfNeeded: state >> 16)
            }
            let number = SIMD3<Float>(Float(numbers.x), Float(numbers.y), Float(numbers.z)) / 65_535
            let exact = toneMap.color(of: toneMap.light(of: number), peak: 1_000) * 255
            let shown = Self.mapped(numbers, cube)
            for index in 0..<3 {
                let off = abs(shown[index] - Int(exact[index].rounded()))
                if off > 8 { far += 1 }
                sum += off
                count += 1
            }
        }
        #expect(Double(sum) / Double(count) < 1)
        // Colours that no screen shows are cut to what it can: there the tone map has edges, which a grid rounds off.
        #expect(Double(far) / Double(count) < 0.02)
    }

    @Test func `grey stays grey, and gets no darker`() {
        let cube = ColorCube(ToneMap(transfer: .pq, gamut: .bt2020), peak: 1_000)
        var last = -1
        for number in stride(from: UInt16(0), through: 65_000, by: 500) {
            let shown = Self.mapped(SIMD3(number, number, number), cube)
            #expect(abs(shown.x - shown.y) <= 1 && abs(shown.y - shown.z) <= 1)
            #expect(shown.y >= last)
            last = shown.y
        }
    }
}

struct FramePacerTests {
    /// How many of `count` pictures at a rate are kept.
    private static func kept(_ count: Int, at rate: Int, most: Double) -> Int {
        var pacer = FramePacer(ticks: 90_000, maxFrameRate: most)
        return (0..<count).filter { pacer.keeps(Int64($0 * 90_000 / rate)) }.count
    }

    @Test func `pictures are thinned out to the rate, and not below it`() {
        #expect(Self.kept(1_200, at: 120, most: 60) == 600)
        #expect(Self.kept(600, at: 60, most: 60) == 600)
        #expect(Self.kept(300, at: 30, most: 60) == 300)
        #expect((299...301).contains(Self.kept(500, at: 50, most: 30)))
    }

    @Test func `after a pause nothing is made up for`() {
        var pacer = FramePacer(ticks: 1_000, maxFrameRate: 10)
        let kept = [0, 5_000, 5_020, 5_040, 5_100].filter { pacer.keeps($0) }
        #expect(kept == [0, 5_000, 5_100])
    }
}
