import Media
import TestSupport
import Testing

struct ImageReportTests {
    private static func png(_ chunks: [[UInt8]], colorType: Int = 2) -> [UInt8] {
        let row: [UInt8] = colorType == 2 ? [1, 2, 3, 4, 5, 6] : [0, 0]
        return ImageSamples.png(width: 2, colorType: colorType, rows: [row, row], chunks: chunks)
    }

    @Test(arguments: [
        ("2024:05:06 07:08:09", nil, nil, "2024-05-06T07:08:09"),
        ("2024:05:06 07:08:09", "12", "+02:00", "2024-05-06T07:08:09.12+02:00"),
        ("2024:13:06 07:08:09", nil, nil, nil), ("    :  :     :  :  ", nil, nil, nil),
        ("0000:00:00 00:00:00", nil, nil, nil), ("2024:05:06 07:08:09", "x", "somewhere", "2024-05-06T07:08:09"),
    ])
    func `the moment that EXIF tells is told as ISO 8601`(
        _ taken: String,
        _ fraction: String?,
        _ offset: String?,
        _ wanted: String?
    ) async throws {
        try await MediaBench.with { bench in
            var tags = [(tag: 0x9003, text: taken)]
            if let fraction { tags.append((0x9291, fraction)) }
            if let offset { tags.append((0x9011, offset)) }
            let exif = ImageSamples.exif([(0x0112, 3, [6])], camera: tags)
            let file = Self.png([ImageSamples.chunk("eXIf", exif)])
            let report = try await bench.run(try bench.fixtures.write(file, to: "moment.png"), .probe).report
            #expect(report?.capturedAt == wanted)
            #expect(report?.rotation == 90)
        }
    }

    @Test func `an animated PNG tells its frames`() async throws {
        try await MediaBench.with { bench in
            let scene = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=5", "-frames:v", "3", "-f", "apng"]
            let report = try #require(
                try await bench.run(try bench.fixtures.ffmpeg(scene, to: "moving.png"), .probe).report
            )
            #expect(report.isAnimated == true)
            #expect(report.frameCount == 3)
            #expect(report.videoCodec == "apng")
            #expect(report.isStillImage && !report.hasVideo)
            #expect(report.durationMilliseconds == nil)
        }
    }

    @Test(.enabled(if: MediaFixtures.hasEncoder("libwebp_anim"), "ffmpeg here encodes no animated WebP"))
    func `an animated WebP tells its frames and shows the first`() async throws {
        try await MediaBench.with { bench in
            let scene = "color=red:size=64x48:rate=5:duration=0.6,drawbox=t=fill:color=blue:enable='gte(t,0.2)'"
            let options = ["-f", "lavfi", "-i", scene, "-c:v", "libwebp_anim", "-lossless", "1"]
            let result = try await bench.run(try bench.fixtures.ffmpeg(options, to: "moving.webp"))
            #expect(result.report?.isAnimated == true)
            #expect((result.report?.frameCount ?? 0) >= 2)
            let color = try bench.fixtures.decode(try #require(result.thumbnail).bytes).color(0.5, 0.5)
            #expect(color.red > 230 && color.blue < 30)
        }
    }

    @Test func `a picture that stands still says so, and whether it may be transparent`() async throws {
        try await MediaBench.with { bench in
            for (file, hasAlpha) in [
                (Self.png([]), false), (Self.png([ImageSamples.chunk("tRNS", [0, 1, 0, 2, 0, 3])]), true),
                (ImageSamples.png(width: 1, colorType: 6, rows: [[1, 2, 3, 4]]), true),
            ] {
                let report = try await bench.run(try bench.fixtures.write(file, to: "still.png"), .probe).report
                #expect(report?.isAnimated == false)
                #expect(report?.frameCount == nil)
                #expect(report?.hasAlpha == hasAlpha)
                #expect(report?.hdrTransfer == nil)
                #expect(report?.colorProfile == nil)
                #expect(report?.capturedAt == nil)
            }
        }
    }

    @Test func `of a raw photograph there is the size and no picture`() async throws {
        try await MediaBench.with { bench in
            // A preview of 8x8 first, the photograph of 3516x2328 below it.
            let photograph = ImageSamples.tiff([(254, 4, [0]), (256, 4, [3_516]), (257, 4, [2_328])])
            let preview: [(tag: Int, type: Int, values: [Int])] = [
                (254, 4, [1]), (256, 4, [8]), (257, 4, [8]), (330, 4, [8]), (50_706, 1, [1, 4, 0, 0]),
            ]
            let file = ImageSamples.tiff(preview, behind: Array(photograph.dropFirst(8)))
            let result = try await bench.run(try bench.fixtures.write(file, to: "raw.dng"))
            #expect(result.report?.width == 3_516)
            #expect(result.report?.height == 2_328)
            #expect(result.thumbnail == nil)
            #expect(result.reason?.code == "unsupported_format")
        }
    }

    @Test func `a picture that is cut off has a report and no picture`() async throws {
        try await MediaBench.with { bench in
            let whole = try bench.fixtures.picture("whole.png", width: 640, height: 360, pixelFormat: "rgb24")
            for name in ["cut.png", "cut.webp"] {
                let path = try bench.fixtures.ffmpeg(["-i", whole], to: "whole-\(name)")
                let half = try bench.fixtures.bytes(of: path).count / 2
                let cut = try bench.fixtures.truncated(path, byteCount: half, to: name)
                let result = try await bench.run(cut)
                #expect(result.report?.width == 640)
                #expect(result.thumbnail == nil)
                #expect(result.reason?.code == "no_frame")
            }
        }
    }

    // The larger one is decoded at an eighth of its size.
    @Test(arguments: [640, 3_840])
    func `a JPEG that is cut off shows what there is of it`(_ width: Int) async throws {
        try await MediaBench.with { bench in
            let whole = try bench.fixtures.jpeg("whole.jpg", width: width, height: width * 9 / 16)
            let half = try bench.fixtures.bytes(of: whole).count / 2
            let cut = try bench.fixtures.truncated(whole, byteCount: half, to: "cut.jpg")
            let thumbnail = try #require(try await bench.run(cut).thumbnail)
            #expect(try bench.fixtures.decode(thumbnail.bytes).redCorners == ["tl"])
        }
    }

    @Test func `the first page of a TIFF counts`() async throws {
        try await MediaBench.with { bench in
            let png = try bench.fixtures.picture("page.png", width: 64, height: 48, pixelFormat: "rgb24")
            let path = try bench.fixtures.ffmpeg(["-i", png], to: "page.tiff")
            let result = try await bench.run(path)
            #expect(result.report?.format == "tiff")
            #expect(result.report?.width == 64)
            #expect(try bench.fixtures.decode(try #require(result.thumbnail).bytes).redCorners == ["tl"])
        }
    }
}
