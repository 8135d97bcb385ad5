import Media
import TestSupport
import Testing

struct StillImageTests {
    /// Where the stored top left corner is displayed, for EXIF orientations 1 to 8.
    private static let corners = ["tl", "tr", "br", "bl", "tl", "tr", "br", "bl"]
    private static let rotations = [0, 0, 180, 180, 90, 90, 270, 270]

    @Test(arguments: 1...8)
    func `a JPEG is shown the way its EXIF orientation says`(_ orientation: Int) async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.jpeg("turned.jpg", orientation: orientation)
            let result = try await bench.run(path)
            let report = try #require(result.report)
            let isUpended = orientation >= 5
            #expect(report.isStillImage)
            #expect(!report.hasVideo)
            #expect(report.durationMilliseconds == nil)
            #expect(report.frameRate == nil)
            #expect(report.bitrate == nil)
            #expect(report.width == (isUpended ? 360 : 640))
            #expect(report.height == (isUpended ? 640 : 360))
            #expect(report.rotation == Self.rotations[orientation - 1])
            let picture = try bench.fixtures.decode(try #require(result.thumbnail).bytes)
            #expect(picture.width == 320)
            #expect(picture.height == (isUpended ? 569 : 180))
            #expect(picture.redCorners == [Self.corners[orientation - 1]])
        }
    }

    @Test func `a mirrored JPEG on its side is not only turned`() async throws {
        try await MediaBench.with { bench in
            // The long side of the red block tells a transposition from a turn: both leave this corner where it is.
            let path = try bench.fixtures.jpeg("transposed.jpg", width: 600, height: 600, orientation: 5)
            let thumbnail = try #require(try await bench.run(path).thumbnail)
            let picture = try bench.fixtures.decode(thumbnail.bytes)
            // The stored block is a quarter wide and a third high; transposed it is a third wide and a quarter high.
            #expect(picture.color(0.29, 0.1).red > 180 && picture.color(0.29, 0.1).green < 90)
            #expect(picture.color(0.1, 0.29).green > 90)
        }
    }

    @Test func `a transparent PNG is laid on white`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.transparentPNG("clear.png")
            let result = try await bench.run(path)
            #expect(result.report?.videoCodec == "png")
            let picture = try bench.fixtures.decode(try #require(result.thumbnail).bytes)
            let (left, right) = (picture.color(0.2, 0.5), picture.color(0.8, 0.5))
            #expect(left.blue > 200 && left.red < 60 && left.green < 60)
            #expect(right.red > 240 && right.green > 240 && right.blue > 240)
        }
    }

    @Test(arguments: [("rgb24", "rgb.png"), ("gray", "gray.png"), ("rgb8", "palette.gif"), ("rgb48be", "deep.png")])
    func `pictures of several pixel formats have thumbnails`(_ format: String, _ name: String) async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.picture(name, width: 400, height: 200, pixelFormat: format)
            let result = try await bench.run(path)
            #expect(result.report?.width == 400)
            #expect(result.report?.height == 200)
            let thumbnail = try #require(result.thumbnail)
            #expect(thumbnail.width == 320)
            #expect(thumbnail.height == 160)
            let grey = try bench.fixtures.decode(thumbnail.bytes).color(0.7, 0.7)
            // A GIF has only eight shades of green here.
            #expect((100...156).contains(grey.green))
        }
    }

    @Test func `a large JPEG comes out as the same picture`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.jpeg("large.jpg", width: 4_000, height: 3_000, orientation: 6)
            let result = try await bench.run(path)
            #expect(result.report?.width == 3_000)
            #expect(result.report?.height == 4_000)
            let picture = try bench.fixtures.decode(try #require(result.thumbnail).bytes)
            #expect(picture.width == 320)
            #expect(picture.height == 427)
            #expect(picture.redCorners == ["tr"])
        }
    }

    @Test(arguments: [(1, 1), (2, 1), (17, 9), (641, 361), (1_283, 721)])
    func `a tiny or odd picture keeps its colour up to its edges`(width: Int, height: Int) async throws {
        try await MediaBench.with { bench in
            let scene = ["-f", "lavfi", "-i", "color=red:size=64x64,format=rgb24", "-frames:v", "1"]
            let path = try bench.fixtures.ffmpeg(scene + ["-vf", "scale=\(width):\(height)"], to: "red.png")
            let thumbnail = try #require(try await bench.run(path).thumbnail)
            #expect(thumbnail.width == min(width, 320))
            #expect(thumbnail.height == min(height, 180))
            // As the file has it: FFmpeg's own way from YUV to RGB is not exact at such sizes.
            let encoded = try bench.fixtures.write(thumbnail.bytes, to: "red.jpg")
            let raw = try bench.fixtures.ffmpeg(
                ["-i", encoded, "-f", "rawvideo", "-pix_fmt", "yuvj420p"],
                to: "red.yuv"
            )
            let planes = try bench.fixtures.bytes(of: raw).map { Int($0) }
            let luma = thumbnail.width * thumbnail.height
            let chroma = ((thumbnail.width + 1) / 2) * ((thumbnail.height + 1) / 2)
            try #require(planes.count == luma + 2 * chroma)
            // Red is 76, 85, 255 in the full-range BT.601 of JFIF.
            #expect(planes[..<luma].allSatisfy { abs($0 - 76) <= 4 })
            #expect(planes[luma..<luma + chroma].allSatisfy { abs($0 - 85) <= 4 })
            #expect(planes[(luma + chroma)...].allSatisfy { abs($0 - 255) <= 4 })
        }
    }

    @Test func `a picture over the pixel limit is reported and not decoded`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.jpeg("over.jpg", width: 640, height: 360)
            let result = try await bench.run(path, limits: MediaLimits(maxPixels: 640 * 360 - 1))
            #expect(result.report?.width == 640)
            #expect(result.thumbnail == nil)
            #expect(result.reason?.code == "too_many_pixels")
            let within = try await bench.run(path, limits: MediaLimits(maxPixels: 640 * 360))
            #expect(within.thumbnail != nil)
        }
    }

    @Test func `a header that declares billions of pixels is refused by the declared size`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.picture("bomb.png", width: 64, height: 64, pixelFormat: "rgb24")
            var bytes = try bench.fixtures.bytes(of: path)
            // IHDR's width and height: 65,536 each, whose product does not fit 32 bits.
            bytes.replaceSubrange(16..<24, with: [0, 1, 0, 0, 0, 1, 0, 0])
            let bomb = try bench.fixtures.write(bytes, to: "bomb.png")
            let result = try await bench.run(bomb)
            #expect(result.thumbnail == nil)
            #expect(result.reason?.code == "too_many_pixels")
        }
    }

    @Test func `a PNG without its pixels is no crash`() async throws {
        try await MediaBench.with { bench in
            let whole = try bench.fixtures.picture("whole.png", width: 640, height: 360, pixelFormat: "rgb24")
            let path = try bench.fixtures.truncated(whole, byteCount: 60, to: "cut.png")
            let result = try await bench.run(path)
            #expect(result.report?.width == 640)
            #expect(result.thumbnail == nil)
            #expect(result.reason?.code == "no_frame")
        }
    }
}
