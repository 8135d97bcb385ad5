import Glibc
import Media
import TestSupport
import Testing

struct ThumbnailTests {
    @Test(arguments: MediaFixtures.VideoCodec.allCases)
    func `a video's thumbnail is a JPEG, 320 wide, that shows its picture`(
        _ codec: MediaFixtures.VideoCodec
    ) async throws {
        guard MediaFixtures.hasEncoder(codec.encoder) else { return }
        try await MediaBench.with { bench in
            let path = try bench.fixtures.video(codec == .vp9 ? "video.webm" : "video.mp4", codec: codec)
            let result = try await bench.run(path)
            #expect(result.reason == nil)
            let thumbnail = try #require(result.thumbnail)
            #expect(thumbnail.mediaType == "image/jpeg")
            #expect(thumbnail.width == 320)
            #expect(thumbnail.height == 180)
            let picture = try bench.fixtures.decode(thumbnail.bytes)
            #expect(picture.width == 320)
            #expect(picture.height == 180)
            #expect(picture.redCorners == ["tl"])
            // A mid-grey stays one: range and matrix are right.
            let grey = picture.color(0.7, 0.7)
            for component in [grey.red, grey.green, grey.blue] { #expect((122...134).contains(component)) }
        }
    }

    @Test(arguments: [(90, "tr"), (180, "br"), (270, "bl")])
    func `a turned video's thumbnail is upright`(_ degrees: Int, _ corner: String) async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.rotatedVideo("turned.mp4", clockwise: degrees)
            let thumbnail = try #require(try await bench.run(path).thumbnail)
            let picture = try bench.fixtures.decode(thumbnail.bytes)
            #expect(picture.width == 320)
            #expect(picture.height == (degrees == 180 ? 180 : 569))
            #expect(picture.redCorners == [corner])
        }
    }

    @Test func `pixels that are not square are shown square`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.anamorphicVideo("wide.mp4")
            let thumbnail = try #require(try await bench.run(path).thumbnail)
            #expect(thumbnail.width == 320)
            #expect(thumbnail.height == 180)
        }
    }

    @Test func `a black beginning is skipped`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.blackStartVideo("black.mp4")
            let thumbnail = try #require(try await bench.run(path).thumbnail)
            let picture = try bench.fixtures.decode(thumbnail.bytes)
            let samples = (0..<100).map { picture.color(Double($0 % 10) / 10, Double($0 / 10) / 10) }
            #expect(samples.contains { $0.red > 100 || $0.green > 100 || $0.blue > 100 })
        }
    }

    @Test func `a video that is black throughout still has a thumbnail`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.video("black.mp4", scene: "color=black:size=640x360:rate=25:duration=3")
            let thumbnail = try #require(try await bench.run(path).thumbnail)
            #expect(thumbnail.width == 320)
        }
    }

    @Test(arguments: ["short.mp4", "short.mkv", "short.ts"])
    func `a clip of a fifth of a second has a thumbnail`(_ name: String) async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.video(name, seconds: 0.2)
            let thumbnail = try #require(try await bench.run(path).thumbnail)
            #expect(try bench.fixtures.decode(thumbnail.bytes).redCorners == ["tl"])
        }
    }

    @Test func `the thumbnail is taken at the wanted position`() async throws {
        try await MediaBench.with { bench in
            // A key frame each second; blue from the first second on.
            let scene =
                "testsrc2=size=640x360:rate=25:duration=4,drawbox=x=0:y=0:w=320:h=360:t=fill:color=blue:enable='gte(t,1)'"
                + ",drawbox=x=0:y=0:w=320:h=360:t=fill:color=red:enable='lt(t,1)'"
            let path = try bench.fixtures.video("change.mp4", scene: scene, options: ["-force_key_frames", "0,1,2,3"])
            let thumbnail = try #require(try await bench.run(path).thumbnail)
            let color = try bench.fixtures.decode(thumbnail.bytes).color(0.25, 0.5)
            #expect(color.blue > 180)
            #expect(color.red < 80)
        }
    }

    @Test(arguments: ["change.mp4", "change.mov", "change.mkv", "change.ts", "change.avi", "change.flv"])
    func `the wanted position is reached from a key frame far before it`(_ name: String) async throws {
        try await MediaBench.with { bench in
            // One key frame in ten seconds, as encoders do by default, and B-frames; blue from a fifth of a second on.
            let scene =
                "testsrc2=size=640x360:rate=25:duration=10,drawbox=x=0:y=0:w=320:h=360:t=fill:color=blue"
                + ",drawbox=x=0:y=0:w=320:h=360:t=fill:color=red:enable='lt(t,0.2)'"
            let options = ["-preset", "veryfast", "-g", "250", "-keyint_min", "250", "-sc_threshold", "0", "-bf", "3"]
            let path = try bench.fixtures.video(name, scene: scene, options: options)
            let thumbnail = try #require(try await bench.run(path).thumbnail)
            let color = try bench.fixtures.decode(thumbnail.bytes).color(0.25, 0.5)
            #expect(color.blue > 180)
            #expect(color.red < 80)
        }
    }

    @Test func `of a video that is all of one shade at any time, the wanted position is shown`() async throws {
        try await MediaBench.with { bench in
            let scene = "color=blue:size=640x360:rate=25:duration=10,drawbox=t=fill:color=red:enable='lt(t,0.2)'"
            let options = ["-g", "250", "-keyint_min", "250", "-sc_threshold", "0"]
            let path = try bench.fixtures.video("plain.mp4", scene: scene, options: options)
            let thumbnail = try #require(try await bench.run(path).thumbnail)
            let color = try bench.fixtures.decode(thumbnail.bytes).color(0.5, 0.5)
            #expect(color.blue > 180)
            #expect(color.red < 80)
        }
    }

    @Test func `a position that is dark gives way to a good picture of another moment`() async throws {
        try await MediaBench.with { bench in
            let scene =
                "testsrc2=size=640x360:rate=25:duration=4,drawbox=t=fill:color=black:enable='between(t,0.8,1.2)'"
            let options = ["-g", "250", "-keyint_min", "250", "-sc_threshold", "0"]
            let path = try bench.fixtures.video("dark.mp4", scene: scene, options: options)
            let thumbnail = try #require(try await bench.run(path).thumbnail)
            let picture = try bench.fixtures.decode(thumbnail.bytes)
            let samples = (0..<100).map { picture.color(Double($0 % 10) / 10, Double($0 / 10) / 10) }
            #expect(samples.contains { $0.red > 100 || $0.green > 100 || $0.blue > 100 })
        }
    }

    @Test func `a video larger than a job's memory has its picture`() async throws {
        try await MediaBench.with { bench in
            var bytes = try bench.fixtures.bytes(of: try bench.fixtures.video("small.mp4"))
            // A box of free space behind it, whose 4 GiB take no room on the disk (ISO/IEC 14496-12, 8.1.2).
            let padding: UInt64 = 4 << 30
            bytes += [0, 0, 0, 1] + "free".utf8 + (0..<8).map { UInt8(truncatingIfNeeded: padding >> (56 - 8 * $0)) }
            let byteCount = Int(padding) + bytes.count - 16
            let path = try bench.fixtures.write(bytes, to: "huge.mp4")
            try #require(truncate(path, byteCount) == 0)
            let result = try await bench.run(path)
            #expect(result.report?.width == 640)
            #expect(result.thumbnail?.width == 320)
        }
    }

    @Test func `a picture smaller than a thumbnail is not enlarged`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.video("small.mp4", width: 64, height: 48, seconds: 1)
            let thumbnail = try #require(try await bench.run(path).thumbnail)
            #expect(thumbnail.width == 64)
            #expect(thumbnail.height == 48)
        }
    }

    @Test func `a wanted width is kept to`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.video("video.mp4")
            var specification = RenditionSpecification.thumbnail
            specification.pixels = 101
            specification.quality = 30
            let small = try #require(try await bench.run(path, renditions: [specification]).thumbnail)
            #expect(small.width == 101)
            #expect(small.height == 57)
            #expect(try bench.fixtures.decode(small.bytes).width == 101)
        }
    }

    @Test func `a higher quality takes more bytes`() async throws {
        try await MediaBench.with { bench in
            let scene = "testsrc2=size=640x360:rate=25:duration=1"
            let path = try bench.fixtures.video("detail.mp4", scene: scene)
            var sizes: [Int] = []
            for quality in [10, 50, 80, 100] {
                var specification = RenditionSpecification.thumbnail
                specification.quality = quality
                let thumbnail = try await bench.run(path, renditions: [specification]).thumbnail
                sizes.append(try #require(thumbnail).bytes.count)
            }
            #expect(sizes == sizes.sorted())
            #expect(Set(sizes).count == sizes.count)
        }
    }

    @Test func `a recording that cannot be sought in has a thumbnail`() async throws {
        try await MediaBench.with { bench in
            let whole = try bench.fixtures.video("whole.webm", codec: .vp9, seconds: 2)
            let live = try bench.fixtures.ffmpeg(
                ["-i", whole, "-c", "copy", "-f", "webm", "-live", "1"],
                to: "live.webm"
            )
            let thumbnail = try #require(try await bench.run(live).thumbnail)
            #expect(try bench.fixtures.decode(thumbnail.bytes).redCorners == ["tl"])
        }
    }

    @Test func `a thumbnail over the byte limit is that failure, and the report stands`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.video("video.mp4")
            let result = try await bench.run(path, limits: MediaLimits(maxAnswerBytes: 100))
            #expect(result.report?.width == 640)
            #expect(result.thumbnail == nil)
            #expect(result.reason?.code == "answer_too_large")
        }
    }
}
