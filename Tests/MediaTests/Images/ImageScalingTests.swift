import Media
import TestSupport
import Testing

struct ImageScalingTests {
    @Test(arguments: ["png", "jpg", "webp"])
    func `a fine pattern comes out even, without a coarse one in its place`(_ type: String) async throws {
        try await MediaBench.with { bench in
            // Columns of black and white, one pixel each: a rendition of a seventh shows grey.
            let row = (0..<2_244).map { UInt8($0 % 2 * 255) }
            let png = ImageSamples.png(width: 2_244, colorType: 0, rows: [[UInt8]](repeating: row, count: 700))
            var path = try bench.fixtures.write(png, to: "columns.png")
            if type != "png" {
                path = try bench.fixtures.ffmpeg(
                    ["-i", path, "-q:v", "2", "-pix_fmt", "yuv444p"],
                    to: "columns.\(type)"
                )
            }
            let result = try await bench.run(path)
            let picture = try bench.fixtures.decode(try #require(result.thumbnail).bytes)
            let shades = (8..<312).map { picture.color((Double($0) + 0.5) / 320, 0.5).green }
            #expect(shades.allSatisfy { (116...140).contains($0) }, "\(shades.min() ?? 0)...\(shades.max() ?? 0)")
            #expect((shades.max() ?? 0) - (shades.min() ?? 0) <= 8)
        }
    }

    @Test func `an edge stays where it was, and sharp`() async throws {
        try await MediaBench.with { bench in
            // The left 60 % black, the rest white.
            let row = (0..<1_600).map { UInt8($0 < 960 ? 0 : 255) }
            let png = ImageSamples.png(width: 1_600, colorType: 0, rows: [[UInt8]](repeating: row, count: 400))
            let result = try await bench.run(try bench.fixtures.write(png, to: "edge.png"))
            let picture = try bench.fixtures.decode(try #require(result.thumbnail).bytes)
            let shades = (0..<320).map { picture.color((Double($0) + 0.5) / 320, 0.5).green }
            #expect(shades[188] < 40)
            #expect(shades[195] > 215)
        }
    }
}
