import Media
import TestSupport
import Testing

/// Videos of four patches whose numbers are known, and what a screen of standard range should show of them.
///
/// The expected colours were computed with numpy as those of ToneMapTests, with the brightest patch as the picture's peak.
struct WideColorTests {
    /// Red, green and blue of ITU-R BT.2020, as numbers of the transfer in question.
    private static let patches: [SIMD3<Double>] = [
        SIMD3(0.5, 0.5, 0.5), SIMD3(0.25, 0.25, 0.25), SIMD3(0.75, 0.75, 0.75), SIMD3(0.55, 0.5, 0.45),
    ]

    struct Case: Sendable, CustomTestStringConvertible {
        let transfer: String
        let reported: String?
        let shown: [SIMD3<Int>]
        var testDescription: String { transfer }
    }

    static let cases = [
        Case(
            transfer: "smpte2084",
            reported: "pq",
            shown: [SIMD3(180, 180, 180), SIMD3(44, 44, 44), SIMD3(255, 255, 255), SIMD3(238, 165, 130)]
        ),
        Case(
            transfer: "arib-std-b67",
            reported: "hlg",
            shown: [SIMD3(137, 137, 137), SIMD3(61, 61, 61), SIMD3(255, 255, 255), SIMD3(160, 136, 123)]
        ),
        Case(
            transfer: "bt2020-10",
            reported: nil,
            shown: [SIMD3(128, 128, 128), SIMD3(64, 64, 64), SIMD3(191, 191, 191), SIMD3(149, 126, 113)]
        ),
    ]

    @Test(arguments: cases)
    func `a video of wide colours is shown in sRGB`(_ wanted: Case) throws {
        guard MediaFixtures.hasEncoder("libx265") else { return }
        let fixtures = try MediaFixtures()
        let media = try OpenedMedia(try video("wide.mp4", transfer: wanted.transfer, fixtures))
        #expect(media.report.hdrTransfer?.rawValue == wanted.reported)
        let pixels = try media.pixels()
        for (index, shown) in wanted.shown.enumerated() {
            let (x, y) = (80 + 160 * (index % 2), 45 + 90 * (index / 2))
            #expect(
                pixels.isColor(shown.x, shown.y, shown.z, within: 3, x, y),
                "patch \(index): \(pixels.color(x, y)), not \(shown)"
            )
        }
    }

    @Test func `high dynamic range is told from the codec's header where the container is silent`() throws {
        guard MediaFixtures.hasEncoder("libx265") else { return }
        let fixtures = try MediaFixtures()
        var bytes = try fixtures.bytes(of: try video("wide.mp4", transfer: "smpte2084", fixtures))
        let place = try #require(bytes.firstIndex(of: "colr"))
        bytes.replaceSubrange(place..<place + 4, with: "free".utf8)
        let media = try OpenedMedia(try fixtures.write(bytes, to: "silent.mp4"))
        #expect(media.report.hdrTransfer == .pq)
        #expect(try media.pixels().isColor(180, 180, 180, within: 3, 80, 45))
    }

    /// An HEVC of 10 bits, 320x180, without loss.
    private func video(_ name: String, transfer: String, _ fixtures: MediaFixtures) throws -> String {
        var planes: [[UInt16]] = [[], [], []]
        for y in 0..<180 {
            for x in 0..<320 {
                let color = Self.patches[(y < 90 ? 0 : 2) + (x < 160 ? 0 : 1)]
                // BT.2020's matrix for non-constant luminance, limited range.
                let luma = 0.2627 * color.x + 0.6780 * color.y + 0.0593 * color.z
                planes[0].append(UInt16((64 + 876 * luma).rounded()))
                guard x % 2 == 0, y % 2 == 0 else { continue }
                planes[1].append(UInt16((512 + 896 * (color.z - luma) / 1.8814).rounded()))
                planes[2].append(UInt16((512 + 896 * (color.x - luma) / 1.4746).rounded()))
            }
        }
        let frame = planes.joined().flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        let raw = try fixtures.write(frame + frame, to: "\(name).yuv")
        let input = ["-f", "rawvideo", "-pix_fmt", "yuv420p10le", "-s", "320x180", "-r", "2", "-i", raw]
        let x265 = "log-level=none:lossless=1:colorprim=bt2020:colormatrix=bt2020nc:transfer=\(transfer)"
        let tags = ["-color_primaries", "bt2020", "-colorspace", "bt2020nc", "-color_trc", transfer]
        return try fixtures.ffmpeg(
            input + ["-c:v", "libx265", "-x265-params", x265] + tags + ["-tag:v", "hvc1"],
            to: name
        )
    }
}

extension [UInt8] {
    /// Where an ASCII text first occurs.
    func firstIndex(of text: String) -> Int? {
        let wanted = [UInt8](text.utf8)
        return indices.first { self[$0...].starts(with: wanted) }
    }
}
