import Media
import TestSupport
import Testing

struct MediaReportTests {
    @Test(arguments: MediaFixtures.VideoCodec.allCases)
    func `a video is reported with size, time, rate and codec`(_ codec: MediaFixtures.VideoCodec) async throws {
        guard MediaFixtures.hasEncoder(codec.encoder) else { return }
        try await MediaBench.with { bench in
            let name = codec == .vp9 ? "video.webm" : codec == .av1 ? "video.mkv" : "video.mp4"
            let path = try bench.fixtures.video(name, codec: codec, seconds: 2)
            let report = try #require(try await bench.run(path, .probe).report)
            #expect(report.hasVideo)
            #expect(!report.hasAudio)
            #expect(!report.isStillImage)
            #expect(report.width == 640)
            #expect(report.height == 360)
            #expect(report.rotation == 0)
            #expect(report.frameRate == 25)
            #expect(report.videoCodec == codec.rawValue)
            #expect(report.audioCodec == nil)
            #expect((1_950...2_050).contains(report.durationMilliseconds ?? 0))
            #expect(report.bitrate ?? 0 > 0)
        }
    }

    @Test func `the sound of a video is reported`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.video("sound.mp4", hasAudio: true)
            let report = try #require(try await bench.run(path, .probe).report)
            #expect(report.hasVideo)
            #expect(report.hasAudio)
            #expect(report.audioCodec == "aac")
            #expect(report.sampleRate == 48_000)
            #expect(report.channels == 2)
        }
    }

    @Test(arguments: [90, 180, 270])
    func `a turned video is reported as displayed`(_ degrees: Int) async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.rotatedVideo("turned.mp4", clockwise: degrees)
            let report = try #require(try await bench.run(path, .probe).report)
            #expect(report.rotation == degrees)
            #expect(report.width == (degrees == 180 ? 640 : 360))
            #expect(report.height == (degrees == 180 ? 360 : 640))
        }
    }

    @Test func `pixels that are not square widen the picture`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.anamorphicVideo("wide.mp4")
            let report = try #require(try await bench.run(path, .probe).report)
            #expect(report.width == 640)
            #expect(report.height == 360)
        }
    }

    @Test(arguments: ["sound.mp3", "sound.m4a", "sound.ogg", "sound.flac", "sound.wav", "sound.aac"])
    func `a sound file has no picture and no size`(_ name: String) async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.audio(name)
            let result = try await bench.run(path)
            let report = try #require(result.report)
            #expect(report.hasAudio)
            #expect(!report.hasVideo)
            #expect(report.width == nil)
            #expect(report.height == nil)
            #expect(report.rotation == nil)
            #expect(report.frameRate == nil)
            #expect(report.videoCodec == nil)
            #expect((1_900...2_150).contains(report.durationMilliseconds ?? 0))
            #expect(result.thumbnail == nil)
            #expect(result.reason == nil)
        }
    }

    @Test func `an MP3 with a cover is no video`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.audioWithCover("cover.mp3")
            let report = try #require(try await bench.run(path).report)
            #expect(!report.hasVideo)
            #expect(report.audioCodec == "mp3")
            #expect(report.videoCodec == nil)
            #expect(report.width == nil)
        }
    }

    @Test func `a recording without a duration in its header is measured`() async throws {
        try await MediaBench.with { bench in
            let whole = try bench.fixtures.video("whole.webm", codec: .vp9, seconds: 2)
            let live = try bench.fixtures.ffmpeg(
                ["-i", whole, "-c", "copy", "-f", "webm", "-live", "1"],
                to: "live.webm"
            )
            let report = try #require(try await bench.run(live, .probe).report)
            #expect((1_900...2_100).contains(report.durationMilliseconds ?? 0))
        }
    }

    @Test func `a fragmented MP4 is measured, not believed`() async throws {
        try await MediaBench.with { bench in
            // Without sound: beside it, FFmpeg's muxer puts the first picture 21 ms early, and the file is no 25 a second.
            let whole = try bench.fixtures.video("whole.mp4", seconds: 3)
            let path = try bench.fixtures.ffmpeg(
                ["-i", whole, "-c", "copy", "-movflags", "frag_keyframe+empty_moov+default_base_moof"],
                to: "fragmented.mp4"
            )
            let report = try #require(try await bench.run(path, .probe).report)
            #expect(report.durationMilliseconds == 3_000)
            #expect(report.frameRate == 25)
        }
    }

    @Test func `a fragmented MP4 with sound is measured too`() async throws {
        try await MediaBench.with { bench in
            let whole = try bench.fixtures.video("whole.mp4", seconds: 3, hasAudio: true)
            let path = try bench.fixtures.ffmpeg(
                ["-i", whole, "-c", "copy", "-movflags", "frag_keyframe+empty_moov+default_base_moof"],
                to: "fragmented.mp4"
            )
            let report = try #require(try await bench.run(path, .probe).report)
            #expect(report.hasVideo)
            #expect(report.hasAudio)
            #expect((3_000...3_050).contains(report.durationMilliseconds ?? 0))
            // The muxer moves all pictures but the first behind the sound's priming samples, by 21 ms: the average over the
            // file is in truth 24.82 a second.
            #expect((24.8...25).contains(report.frameRate ?? 0))
        }
    }

    @Test func `a transport stream that begins late has its own duration`() async throws {
        try await MediaBench.with { bench in
            let whole = try bench.fixtures.video("whole.mp4", seconds: 3)
            let path = try bench.fixtures.ffmpeg(
                ["-i", whole, "-c", "copy", "-output_ts_offset", "500"],
                to: "late.ts"
            )
            let result = try await bench.run(path)
            #expect((2_800...3_200).contains(result.report?.durationMilliseconds ?? 0))
            let thumbnail = try #require(result.thumbnail)
            #expect(try bench.fixtures.decode(thumbnail.bytes).redCorners == ["tl"])
        }
    }

    @Test func `what is no media file is an unsupported format`() async throws {
        try await MediaBench.with { bench in
            for path in [
                try bench.fixtures.garbage("garbage.mp4"),
                try bench.fixtures.write([], to: "empty.mp4"),
                try bench.fixtures.write([0xFF], to: "byte.jpg"),
                try bench.fixtures.write([UInt8]("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8), to: "vector.svg"),
            ] {
                let result = try await bench.run(path)
                #expect(result.report == nil)
                #expect(result.failure?.code == "unsupported_format")
            }
        }
    }

    @Test func `an MP4 that ends before its index is invalid`() async throws {
        try await MediaBench.with { bench in
            let whole = try bench.fixtures.video("whole.mp4", seconds: 3)
            let path = try bench.fixtures.truncated(whole, byteCount: 2_000, to: "cut.mp4")
            let result = try await bench.run(path)
            #expect(result.report == nil)
            #expect(result.failure?.code == "invalid_data")
        }
    }
}
