import Media
import TestSupport
import Testing

@Suite(.enabled(if: MediaFixtures.hasEncoder("libx265"), "ffmpeg here encodes no HEVC"))
struct HEIFTests {
    private func run(
        properties: [[UInt8]] = [],
        grid: (columns: Int, rows: Int, width: Int, height: Int)? = nil,
        _ check: (MediaResult, DecodedPicture) throws -> Void
    ) async throws {
        try await MediaBench.with { bench in
            let file = try HEIFSample(bench.fixtures).file(properties: properties, grid: grid)
            let result = try await bench.run(try bench.fixtures.write(file, to: "picture.heic"))
            #expect(result.reason == nil)
            try check(result, try bench.fixtures.decode(try #require(result.thumbnail).bytes))
        }
    }

    @Test func `a HEIC picture is shown`() async throws {
        try await run { result, picture in
            let report = try #require(result.report)
            #expect(report.format == "heif")
            #expect(report.isStillImage)
            #expect(!report.hasVideo)
            #expect(report.videoCodec == "hevc")
            #expect(report.width == HEIFSample.width)
            #expect(report.height == HEIFSample.height)
            #expect(report.rotation == 0)
            #expect(report.hasAlpha == false)
            #expect(picture.redCorners == ["tl"])
            let grey = picture.color(0.7, 0.7)
            for component in [grey.red, grey.green, grey.blue] { #expect((122...134).contains(component)) }
        }
    }

    @Test(arguments: [(1, "bl", 270), (2, "br", 180), (3, "tr", 90)])
    func `it is turned as its container says`(_ quarters: Int, _ corner: String, _ rotation: Int) async throws {
        try await run(properties: [HEIFSample.turn(quarters)]) { result, picture in
            #expect(result.report?.width == (quarters == 2 ? HEIFSample.width : HEIFSample.height))
            #expect(result.report?.height == (quarters == 2 ? HEIFSample.height : HEIFSample.width))
            #expect(result.report?.rotation == rotation)
            #expect(picture.redCorners == [corner])
        }
    }

    @Test(arguments: [(0, "bl"), (1, "tr")])
    func `it is mirrored as its container says`(_ axis: Int, _ corner: String) async throws {
        try await run(properties: [HEIFSample.mirroring(axis)]) { result, picture in
            #expect(result.report?.width == HEIFSample.width)
            #expect(picture.redCorners == [corner])
        }
    }

    @Test func `the tiles of a grid are put together, and cut to its size`() async throws {
        try await run(grid: (columns: 2, rows: 2, width: 500, height: 300)) { result, picture in
            #expect(result.report?.width == 500)
            #expect(result.report?.height == 300)
            #expect(picture.width == 320)
            #expect(picture.height == 192)
            // Each tile has a red corner: the second column begins at 256 of 500, the second row at 192 of 300.
            for place in [(0.02, 0.02), (0.54, 0.02), (0.02, 0.67), (0.54, 0.67)] {
                let color = picture.color(place.0, place.1)
                #expect(color.red > 180 && color.green < 90)
            }
            #expect(picture.color(0.4, 0.5).green > 110)
        }
    }

    @Test func `a grid without a tile has a report and no picture`() async throws {
        try await MediaBench.with { bench in
            let file = try HEIFSample(bench.fixtures).file(grid: (columns: 2, rows: 2, width: 512, height: 384))
            let path = try bench.fixtures.write(Array(file.dropLast(3_000)), to: "cut.heic")
            let result = try await bench.run(path)
            #expect(result.thumbnail == nil)
            #expect(result.reason != nil || result.failure != nil)
            #expect(result.failure?.code != "crashed")
        }
    }
}

struct AVIFTests {
    @Test(.enabled(if: MediaFixtures.hasEncoder("libsvtav1"), "ffmpeg here encodes no AV1"))
    func `an AVIF picture is shown`() async throws {
        try await MediaBench.with { bench in
            let png = try bench.fixtures.picture("picture.png", width: 320, height: 240, pixelFormat: "rgb24")
            let options = ["-i", png, "-c:v", "libsvtav1", "-frames:v", "1", "-pix_fmt", "yuv420p"]
            let result = try await bench.run(try bench.fixtures.ffmpeg(options, to: "picture.avif"))
            #expect(result.report?.format == "avif")
            #expect(result.report?.videoCodec == "av1")
            #expect(result.report?.width == 320)
            #expect(try bench.fixtures.decode(try #require(result.thumbnail).bytes).redCorners == ["tl"])
        }
    }

    @Test(.enabled(if: MediaFixtures.hasEncoder("libjxl"), "ffmpeg here encodes no JPEG XL"))
    func `a JPEG XL picture is shown`() async throws {
        try await MediaBench.with { bench in
            let png = try bench.fixtures.picture("picture.png", width: 320, height: 240, pixelFormat: "rgb24")
            let path = try bench.fixtures.ffmpeg(["-i", png, "-c:v", "libjxl", "-f", "image2"], to: "picture.jxl")
            let result = try await bench.run(path)
            #expect(result.report?.format == "jxl")
            #expect(result.report?.videoCodec == "jpegxl")
            #expect(result.report?.hasAlpha == false)
            #expect(try bench.fixtures.decode(try #require(result.thumbnail).bytes).redCorners == ["tl"])
        }
    }
}
