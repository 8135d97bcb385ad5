import Foundation
import Media
import TestSupport
import Testing

struct TranscodeTests {
    private static let small = TranscodeSpecification(
        name: "240p",
        container: .mp4,
        shortEdge: 240,
        preset: "veryfast"
    )

    @Test func `a video becomes H264 and AAC with its index in front`() async throws {
        try await MediaBench.with { bench in
            let source = try bench.fixtures.video("video.mkv", codec: .vp9, seconds: 2, hasAudio: true)
            let (file, path) = try await bench.transcode(source, Self.small)
            let probed = try ProbedOutput(path, bench.fixtures)
            #expect(probed.video?.codecName == "h264")
            #expect(probed.video?.pixFmt == "yuv420p")
            #expect(probed.video?.colorRange == "tv")
            #expect(probed.audio?.codecName == "aac")
            #expect(probed.audio?.channels == 2)
            // 240 * 640 / 360 is 426 2/3: the next even number.
            #expect(probed.video?.width == 426 && probed.video?.height == 240)
            #expect(file.width == 426 && file.height == 240)
            #expect(abs(file.milliseconds - 2_000) <= 60)
            #expect(file.frameRate.map { abs($0 - 25) < 0.2 } == true)
            #expect(file.codecs.hasPrefix("avc1.64") && file.codecs.hasSuffix(",mp4a.40.2"))
            #expect(file.byteCount == Int64(try bench.fixtures.bytes(of: path).count))
            #expect(file.segments.isEmpty && file.headerByteCount == 0)
            let boxes = try bench.fixtures.boxes(of: path)
            #expect(boxes.first == "ftyp")
            #expect(try #require(boxes.firstIndex(of: "moov")) < #require(boxes.firstIndex(of: "mdat")))
            #expect(try bench.fixtures.picture(of: path, at: 1).redCorners == ["tl"])
        }
    }

    @Test(arguments: [(0, "tl"), (90, "tr"), (180, "br"), (270, "bl")])
    func `a turned video is upright in its pixels`(_ degrees: Int, _ corner: String) async throws {
        try await MediaBench.with { bench in
            let source = try bench.fixtures.rotatedVideo("turned.mp4", clockwise: degrees)
            let (file, path) = try await bench.transcode(source, Self.small)
            let isUpright = degrees % 180 == 0
            #expect(file.width == (isUpright ? 426 : 240) && file.height == (isUpright ? 240 : 426))
            #expect(try ProbedOutput(path, bench.fixtures).video?.sideDataList == nil)
            #expect(try bench.fixtures.picture(of: path, at: 0.5).redCorners == [corner])
        }
    }

    @Test func `pixels become square`() async throws {
        try await MediaBench.with { bench in
            let (_, path) = try await bench.transcode(try bench.fixtures.anamorphicVideo("wide.mp4"), Self.small)
            let video = try ProbedOutput(path, bench.fixtures).video
            // 480 x 360 in pixels of 4:3.
            #expect(video?.width == 426 && video?.height == 240)
            #expect(video?.sampleAspectRatio == "1:1")
        }
    }

    @Test func `a smaller video is not enlarged, and an odd row or column goes`() async throws {
        try await MediaBench.with { bench in
            let source = try bench.fixtures.video(
                "odd.mp4",
                width: 321,
                height: 181,
                seconds: 1,
                options: ["-pix_fmt", "yuv444p"]
            )
            let (file, _) = try await bench.transcode(source, Self.small)
            #expect(file.width == 320 && file.height == 180)
        }
    }

    @Test(arguments: [("medium", 2), ("slow", 2), ("veryfast", 1)])
    func `the places of B-frames are weighed unless the preset is chosen for its time, and key frames stay on time`(
        _ preset: String,
        _ placing: Int
    ) async throws {
        try await MediaBench.with { bench in
            let scene = "testsrc2=size=320x180:rate=25:duration=3"
            let source = try bench.fixtures.video("video.mp4", scene: scene)
            var specification = Self.small
            specification.preset = preset
            specification.keyFrameSeconds = 1
            let (_, path) = try await bench.transcode(source, specification)
            // x264 writes into the stream what it goes by.
            let bytes = try bench.fixtures.bytes(of: path)
            #expect(bytes.firstRange(of: Array(" b_adapt=\(placing) ".utf8)) != nil)
            #expect(bytes.firstRange(of: Array(" open_gop=0 ".utf8)) != nil)
            let pictures = try bench.fixtures.pictures(of: path)
            #expect(pictures.count == 75)
            let keys = pictures.filter(\.isKey).map(\.seconds) + [3]
            #expect(keys.first.map { abs($0) < 0.001 } == true)
            #expect(zip(keys, keys.dropFirst()).allSatisfy { $1 - $0 <= 1.001 })
        }
    }

    @Test func `more frames than wanted are thinned out evenly`() async throws {
        try await MediaBench.with { bench in
            let scene = "testsrc2=size=320x180:rate=120:duration=2"
            let source = try bench.fixtures.video("fast.mp4", scene: scene)
            var specification = Self.small
            specification.maxFrameRate = 30
            let (_, path) = try await bench.transcode(source, specification)
            let times = try bench.fixtures.pictures(of: path).map(\.seconds)
            #expect(times.count == 60)
            #expect(zip(times, times.dropFirst()).allSatisfy { abs($1 - $0 - 1.0 / 30) < 0.001 })
        }
    }

    @Test func `pictures of a variable rate keep their times, and none is made up`() async throws {
        try await MediaBench.with { bench in
            // Thirty pictures of a second, a pause of two and a half, then half a second more.
            let scene = "testsrc2=size=320x180:rate=30:duration=4,select='lt(n,30)+gte(n,105)'"
            let source = try bench.fixtures.video("pause.mp4", scene: scene, options: ["-vsync", "vfr"])
            let (file, path) = try await bench.transcode(source, Self.small)
            let before = try bench.fixtures.pictures(of: source).map(\.seconds)
            let after = try bench.fixtures.pictures(of: path).map(\.seconds)
            #expect(before.count == 45)
            #expect(after.count == 45)
            let (first, other) = (before.first ?? 0, after.first ?? 0)
            #expect(zip(before, after).allSatisfy { abs($0 - first - ($1 - other)) < 0.002 })
            #expect(abs(file.milliseconds - 4_000) <= 60)
        }
    }

    @Test func `sound that begins late stays late`() async throws {
        try await MediaBench.with { bench in
            let silent = try bench.fixtures.video("silent.mp4", seconds: 3)
            let source = try bench.fixtures.ffmpeg(
                [
                    "-i", silent, "-itsoffset", "1", "-f", "lavfi", "-i",
                    "sine=frequency=440:sample_rate=48000:duration=2",
                ]
                    + ["-c:v", "copy", "-c:a", "aac"],
                to: "late.mp4"
            )
            let (_, path) = try await bench.transcode(source, Self.small)
            let log = try bench.fixtures.output(
                "ffmpeg",
                ["-hide_banner", "-nostats", "-i", path, "-af", "silencedetect=noise=-50dB:d=0.3", "-f", "null", "-"]
            )
            let end = try #require(log.split(separator: "silence_end: ").dropFirst().first)
            let seconds = try #require(Double(end.prefix { "0123456789.".contains($0) }))
            #expect(abs(seconds - 1) < 0.06)
        }
    }

    @Test func `six channels become two, and an unusual rate 48 kHz`() async throws {
        try await MediaBench.with { bench in
            let source = try bench.fixtures.ffmpeg(
                ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=32000:duration=1", "-ac", "6", "-c:a", "ac3"],
                to: "surround.mkv"
            )
            let (file, path) = try await bench.transcode(source, Self.small)
            let probed = try ProbedOutput(path, bench.fixtures)
            #expect(probed.video == nil && file.width == nil && file.codecs == "mp4a.40.2")
            #expect(probed.audio?.channels == 2)
            #expect(probed.audio?.sampleRate == "48000")
        }
    }

    @Test(arguments: [(TranscodeSpecification.Container.m4a, "aac"), (.opus, "opus")])
    func `a sound alone is encoded, its cover left out`(
        _ container: TranscodeSpecification.Container,
        _ codec: String
    ) async throws {
        try await MediaBench.with { bench in
            let source = try bench.fixtures.audioWithCover("song.mp3")
            let specification = TranscodeSpecification(name: "sound", container: container, shortEdge: nil)
            let (file, path) = try await bench.transcode(source, specification)
            let probed = try ProbedOutput(path, bench.fixtures)
            #expect(probed.streams.map(\.codecName) == [codec])
            #expect(abs(file.milliseconds - 2_000) <= 80)
            #expect(file.height == nil && file.frameRate == nil)
        }
    }

    @Test func `an edit list's cut is heeded`() async throws {
        try await MediaBench.with { bench in
            let whole = try bench.fixtures.video("whole.mp4", seconds: 3, options: ["-g", "100"])
            // Copied from the key frame at 0 on, with an edit list that shows it from 1.2 s.
            let source = try bench.fixtures.ffmpeg(["-ss", "1.2", "-i", whole, "-c", "copy"], to: "cut.mp4")
            let (file, path) = try await bench.transcode(source, Self.small)
            #expect(abs(file.milliseconds - 1_800) <= 60)
            #expect(try bench.fixtures.pictures(of: path).first.map { $0.seconds < 0.05 } == true)
        }
    }

    @Test(
        .enabled(if: MediaFixtures.hasEncoder("libx265"), "this ffmpeg has no HEVC encoder"),
        arguments: ["smpte2084", "arib-std-b67"]
    )
    func `high dynamic range becomes standard range of 8 bits, and white stays white`(_ transfer: String) async throws {
        try await MediaBench.with { bench in
            // Limited range of ten bits: 58 % of PQ, 75 % of HLG are the white of ITU-R BT.2408.
            let white = transfer == "smpte2084" ? 64 + Int(0.58 * 876) : 64 + Int(0.75 * 876)
            let scene =
                "color=black:size=320x180:rate=25:duration=1,format=yuv420p10le,geq=lum='if(lt(X,160),\(white),64)':cb=512:cr=512"
            let color = "colorprim=bt2020:transfer=\(transfer):colormatrix=bt2020nc"
            let source = try bench.fixtures.ffmpeg(
                ["-f", "lavfi", "-i", scene, "-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1"]
                    + ["-x265-params", "log-level=none:\(color)", "-pix_fmt", "yuv420p10le"],
                to: "hdr.mp4"
            )
            let (_, path) = try await bench.transcode(source, Self.small)
            let video = try ProbedOutput(path, bench.fixtures).video
            #expect(video?.colorTransfer == "bt709" && video?.colorSpace == "bt709")
            #expect(video?.pixFmt == "yuv420p")
            let picture = try bench.fixtures.picture(of: path, at: 0.4)
            let (bright, dark) = (picture.color(0.25, 0.5), picture.color(0.75, 0.5))
            #expect([bright.red, bright.green, bright.blue].allSatisfy { $0 >= 235 })
            #expect([dark.red, dark.green, dark.blue].allSatisfy { $0 <= 12 })
        }
    }

    @Test func `a file that breaks off gives what there is`() async throws {
        try await MediaBench.with { bench in
            let whole = try bench.fixtures.video(
                "whole.mp4",
                scene: "testsrc2=size=320x180:rate=25:duration=4",
                options: ["-movflags", "faststart"]
            )
            let size = try bench.fixtures.bytes(of: whole).count
            let source = try bench.fixtures.truncated(whole, byteCount: size / 2, to: "half.mp4")
            let (file, path) = try await bench.transcode(source, Self.small)
            #expect((800...3_200).contains(file.milliseconds))
            #expect(try ProbedOutput(path, bench.fixtures).video?.codecName == "h264")
        }
    }
}
