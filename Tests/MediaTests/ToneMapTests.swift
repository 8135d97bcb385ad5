import Media
import Testing

@testable import satchel_worker

/// The numbers were computed with numpy in double precision from the formulas of ITU-R BT.2100-2 (PQ, HLG), BT.2390-8
/// (EETF), BT.709, BT.2020 and SMPTE EG 432-1 (chromaticities, white D65; the matrices from them) and IEC 61966-2-1 (sRGB).
struct ToneMapTests {
    @Test(
        arguments: [
            (0, 0), (0.1, 0.3246), (0.25, 5.1542), (0.5, 92.2457), (0.58, 201.6663), (0.75, 983.3779),
            (0.9, 3_905.6447),
            (1, 10_000),
        ] as [(Float, Float)]
    )
    func `PQ's numbers are its light`(_ number: Float, _ light: Float) {
        #expect(isClose(ToneMap.pqLight(number), light, 0.001))
        #expect(isClose(ToneMap.pqNumber(light), number, 0.001))
    }

    @Test(
        arguments: [
            (SIMD3(0.25, 0.25, 0.25), SIMD3(9.6053, 9.6053, 9.6053)),
            (SIMD3(0.5, 0.5, 0.5), SIMD3(50.697, 50.697, 50.697)),
            (SIMD3(0.75, 0.75, 0.75), SIMD3(203.1521, 203.1521, 203.1521)),
            (SIMD3(1, 1, 1), SIMD3(1_000, 1_000, 1_000)),
            (SIMD3(0.9, 0.2, 0.1), SIMD3(404.3441, 9.2659, 2.3165)),
            (SIMD3(0, 0.6, 0.3), SIMD3(0, 78.8216, 18.4744)),
        ] as [(SIMD3<Float>, SIMD3<Float>)]
    )
    func `HLG's numbers are the light of a display of 1,000 candelas`(_ color: SIMD3<Float>, _ light: SIMD3<Float>) {
        let found = ToneMap(transfer: .hlg, gamut: .bt2020).light(of: color)
        for index in 0..<3 { #expect(isClose(found[index], light[index], 0.001)) }
    }

    @Test(
        arguments: [
            (203, 50, 50), (203, 203, 203), (203, 400, 203),
            (400, 100, 100), (400, 203, 183.288), (400, 400, 203),
            (1_000, 50, 50), (1_000, 100, 99.361), (1_000, 203, 159.042), (1_000, 400, 193.609), (1_000, 1_000, 203),
            (1_000, 4_000, 203),
            (4_000, 20, 20), (4_000, 50, 49.549), (4_000, 203, 127.934), (4_000, 1_000, 193.696),
            (10_000, 50, 46.27), (10_000, 1_000, 179.4), (10_000, 4_000, 201.492),
        ] as [(Float, Float, Float)]
    )
    func `bright light is rolled off`(_ peak: Float, _ light: Float, _ shown: Float) {
        #expect(isClose(ToneMap.rolledOff(light, peak: peak), shown, 0.002))
    }

    @Test(
        arguments: [
            (.pq, .bt2020, 1_000, SIMD3(0.5, 0.5, 0.5), SIMD3(0.7042, 0.7042, 0.7042)),
            (.pq, .bt2020, 1_000, SIMD3(0.58, 0.58, 0.58), SIMD3(0.89682, 0.89682, 0.89682)),
            (.pq, .bt2020, 1_000, SIMD3(0.15, 0.15, 0.15), SIMD3(0.06034, 0.06034, 0.06034)),
            (.pq, .bt2020, 4_000, SIMD3(0.4, 0.6, 0.2), SIMD3(0, 0.8867, 0)),
            (.pq, .bt2020, 1_000, SIMD3(0.2, 0.2, 0.75), SIMD3(0, 0, 1)),
            (.hlg, .bt2020, 1_000, SIMD3(0.5, 0.5, 0.5), SIMD3(0.53684, 0.53684, 0.53684)),
            (.hlg, .bt2020, 1_000, SIMD3(0.75, 0.75, 0.75), SIMD3(0.89813, 0.89813, 0.89813)),
            (.hlg, .bt2020, 1_000, SIMD3(0.8, 0.4, 0.3), SIMD3(1, 0.22625, 0.25442)),
            (.hlg, .bt2020, 1_000, SIMD3(0.2, 0.7, 0.9), SIMD3(0, 0.64508, 1)),
            (nil, .bt2020, 203, SIMD3(0.5, 0.5, 0.5), SIMD3(0.5, 0.5, 0.5)),
            (nil, .bt2020, 203, SIMD3(0.6, 0.5, 0.4), SIMD3(0.66027, 0.48644, 0.38311)),
            (nil, .bt2020, 203, SIMD3(0.7, 0.3, 0.2), SIMD3(0.85346, 0.17887, 0.15818)),
            (nil, .p3, 203, SIMD3(0.6, 0.5, 0.4), SIMD3(0.61972, 0.49522, 0.38536)),
            (nil, .p3, 203, SIMD3(0.2, 0.8, 0.3), SIMD3(0, 0.814, 0.19741)),
        ] as [(MediaReport.HDRTransfer?, ToneMap.Gamut, Float, SIMD3<Float>, SIMD3<Float>)]
    )
    func `colours become sRGB's`(
        _ transfer: MediaReport.HDRTransfer?,
        _ gamut: ToneMap.Gamut,
        _ peak: Float,
        _ color: SIMD3<Float>,
        _ shown: SIMD3<Float>
    ) {
        let map = ToneMap(transfer: transfer, gamut: gamut)
        let found = map.color(of: map.light(of: color), peak: peak)
        // A fifth of a step of 8 bits.
        for index in 0..<3 { #expect(abs(found[index] - shown[index]) < 0.0008) }
    }

    @Test func `a picture's peak leaves glints out`() {
        let scene = [SIMD3<Float>](repeating: SIMD3(400, 300, 200), count: 10_000)
        let glints = [SIMD3<Float>](repeating: SIMD3(9_000, 9_000, 9_000), count: 9)
        let peak = ToneMap.peak(of: scene + glints)
        // To within one of PQ's 1,024 steps, which is a hundredth of the light or so there.
        #expect(peak >= 400 && peak < 406)
        #expect(ToneMap.peak(of: [SIMD3(50, 50, 50)]) == 203)
        #expect(ToneMap.peak(of: []) == 203)
    }

    @Test func `rows are mapped whatever their strides`() {
        let map = ToneMap(transfer: nil, gamut: .bt709)
        // Two rows of one pixel, 8 bytes apart, the last two of them padding.
        let rows: [UInt16] = [0, 32_768, 65_535, 7, 65_535, 0, 257, 7]
        var target = [UInt8](repeating: 9, count: 12)
        rows.withUnsafeBytes { source in
            target.withUnsafeMutableBufferPointer { target in
                guard let from = source.assumingMemoryBound(to: UInt8.self).baseAddress, let to = target.baseAddress
                else { return }
                map.map(from, stride: 8, to: to, stride: 6, width: 1, height: 2)
            }
        }
        #expect(target == [0, 128, 255, 255, 9, 9, 255, 0, 1, 255, 9, 9])
    }

    private func isClose(_ found: Float, _ wanted: Float, _ share: Float) -> Bool {
        abs(found - wanted) <= max(share * wanted, 0.001)
    }
}
