import Media
import TestSupport
import Testing

@testable import satchel_worker

struct VideoReportTests {
    @Test(
        arguments: [
            // Mirrored left to right; upside down; turned by half; transposed; nothing at all; turned by 45 degrees and a bit.
            ([-1, 0, 0, 1], 0, false), ([1, 0, 0, -1], 180, false), ([-1, 0, 0, -1], 180, false),
            ([0, 1, 1, 0], 90, true),
            ([0, 0, 0, 0], 0, false), ([0.6, 0.8, -0.8, 0.6], 90, true),
        ] as [([Double], Int, Bool)]
    )
    func `any display matrix is understood`(_ matrix: [Double], _ rotation: Int, _ isUpended: Bool) throws {
        let fixtures = try MediaFixtures()
        var bytes = try fixtures.bytes(of: try fixtures.video("upright.mp4"))
        // ISO/IEC 14496-12, 8.3.2: a, b, u, c, d, v, x, y, w behind 40 bytes of a version 0 track header.
        let header = try #require(bytes.firstIndex(of: "tkhd")) + 4 + 40
        for (number, place) in zip(matrix, [0, 4, 12, 16]) {
            let fixed = UInt32(bitPattern: Int32(number * 65_536))
            for byte in 0..<4 { bytes[header + place + byte] = UInt8(truncatingIfNeeded: fixed >> (24 - 8 * byte)) }
        }
        let report = try OpenedMedia(try fixtures.write(bytes, to: "turned.mp4")).report
        #expect(report.rotation == rotation)
        #expect(report.width == (isUpended ? 360 : 640))
        #expect(report.height == (isUpended ? 640 : 360))
    }

    @Test func `a track of thumbnails in front is not the video`() throws {
        let fixtures = try MediaFixtures()
        let small = try fixtures.video("small.mp4", width: 160, height: 90)
        let large = try fixtures.video("large.mp4")
        let path = try fixtures.ffmpeg(
            ["-i", small, "-i", large, "-map", "0:v", "-map", "1:v", "-c", "copy"] + ["-disposition:v", "default"],
            to: "both.mp4"
        )
        #expect(try OpenedMedia(path).report.width == 640)
    }

    @Test func `a larger track that is disabled is not the video`() throws {
        let fixtures = try MediaFixtures()
        let small = try fixtures.video("small.mp4", width: 160, height: 90)
        let large = try fixtures.video("large.mp4")
        let path = try fixtures.ffmpeg(
            ["-i", large, "-i", small, "-map", "0:v", "-map", "1:v", "-c", "copy"],
            to: "both.mp4"
        )
        var bytes = try fixtures.bytes(of: path)
        let first = try #require(bytes.firstIndex(of: "tkhd"))
        let second = try #require(Array(bytes[(first + 4)...]).firstIndex(of: "tkhd")) + first + 4
        // Flag 1 of the track header: enabled.
        bytes[first + 7] &= ~1
        bytes[second + 7] |= 1
        #expect(try OpenedMedia(try fixtures.write(bytes, to: "disabled.mp4")).report.width == 160)
    }

    @Test func `a larger track of a few shots is not the video`() throws {
        let fixtures = try MediaFixtures()
        let video = try fixtures.video("video.mp4")
        let shots = try fixtures.video("shots.mp4", scene: "testsrc2=size=1280x720:rate=1:duration=2")
        let path = try fixtures.ffmpeg(
            ["-i", shots, "-i", video, "-map", "0:v", "-map", "1:v", "-c", "copy"],
            to: "both.mp4"
        )
        #expect(try OpenedMedia(path).report.width == 640)
    }

    @Test(arguments: ["even.mp4", "even.mkv", "even.ts", "even.flv", "even.webm"])
    func `an even rate is not variable`(_ name: String) throws {
        let fixtures = try MediaFixtures()
        let scene = "testsrc2=size=320x180:rate=30000/1001:duration=3"
        let path = try fixtures.video(name, codec: name.hasSuffix("webm") ? .vp9 : .h264, scene: scene)
        let report = try OpenedMedia(path).report
        #expect(report.isVariableFrameRate == false)
        #expect(abs((report.frameRate ?? 0) - 29.97) < 0.05)
    }

    @Test(arguments: ["uneven.mp4", "uneven.mkv", "uneven.ts"])
    func `an uneven rate is variable, and its average told`(_ name: String) throws {
        let fixtures = try MediaFixtures()
        // Half a second at 30 a second, half a second at 10, and so on: 20 on average.
        let scene = "testsrc2=size=320x180:rate=30:duration=4,select='lt(mod(t,1),0.5)+not(mod(n,3))'"
        let path = try fixtures.video(name, scene: scene, options: ["-vsync", "vfr", "-bf", "0"])
        let report = try OpenedMedia(path).report
        #expect(report.isVariableFrameRate == true)
        if name.hasSuffix("mp4") { #expect(abs((report.frameRate ?? 0) - 20) < 0.5) }
    }

    @Test(arguments: ["clip.mp4", "clip.mov", "clip.mkv"])
    func `the time of recording is told`(_ name: String) throws {
        let fixtures = try MediaFixtures()
        let options = ["-metadata", "creation_time=2021-05-04T03:02:01Z"]
        #expect(try OpenedMedia(try fixtures.video(name, options: options)).report.capturedAt == "2021-05-04T03:02:01Z")
        #expect(try OpenedMedia(try fixtures.video("plain-\(name)")).report.capturedAt == nil)
    }

    @Test func `Apple's time of recording, with its offset, comes first`() throws {
        let fixtures = try MediaFixtures()
        let times = ["creation_time=2021-05-04T03:02:01Z", "com.apple.quicktime.creationdate=2021-05-04T05:02:00+0200"]
        let options = times.flatMap { ["-metadata", $0] } + ["-movflags", "use_metadata_tags"]
        let path = try fixtures.video("clip.mov", options: options)
        #expect(try OpenedMedia(path).report.capturedAt == "2021-05-04T05:02:00+02:00")
    }

    @Test(
        arguments: [
            ("2021-05-04T03:02:01.000000Z", "2021-05-04T03:02:01Z"), ("2003-03-10 15:04:43", "2003-03-10T15:04:43"),
            ("2020-02-29T23:59:59-0330", "2020-02-29T23:59:59-03:30"),
            ("2020-02-29T23:59:59+09", "2020-02-29T23:59:59+09:00"),
            ("1904-01-01T00:00:00Z", nil), ("1970-01-01T00:00:00Z", nil), ("2021-02-29T00:00:00Z", nil),
            ("2021-05-04T24:00:00Z", nil), ("2021-05-04", nil), ("2021-05-04T03:02:01 UTC", nil), ("", nil),
        ] as [(String, String?)]
    )
    func `a time of recording is read strictly`(_ text: String, _ read: String?) {
        #expect(CaptureTime(text)?.text == read)
    }

    @Test(arguments: [("vbr.mp3", ["-q:a", "4", "-write_xing", "0"]), ("plain.aac", []), ("plain.mp2", [])])
    func `a sound whose header tells no duration is measured`(_ name: String, _ options: [String]) throws {
        let fixtures = try MediaFixtures()
        // Quiet at first: what FFmpeg makes of the first frames' bit rate is wrong.
        let scene = "aevalsrc='if(lt(t,2),0,random(0)-0.5)':d=10:s=44100"
        let path = try fixtures.ffmpeg(["-f", "lavfi", "-i", scene] + options, to: name)
        let report = try OpenedMedia(path).report
        #expect(!report.hasVideo)
        // The encoders add up to two frames of 1,152 samples.
        #expect((9_990...10_100).contains(report.durationMilliseconds ?? 0))
    }

    @Test(arguments: [("memo.caf", "pcm_s16be"), ("take.aiff", "pcm_s16be")])
    func `sounds of Apple's containers are told`(_ name: String, _ codec: String) throws {
        let fixtures = try MediaFixtures()
        let report = try OpenedMedia(try fixtures.audio(name)).report
        #expect(report.hasAudio && !report.hasVideo)
        #expect(report.audioCodec == codec)
        #expect(report.durationMilliseconds == 2_000)
        #expect(report.sampleRate == 44_100)
        #expect(report.channels == 2)
    }

    @Test(arguments: [0, 1])
    func `a fragmented MP4 whose header lies is measured`(_ fragmentation: Int) throws {
        let fixtures = try MediaFixtures()
        let whole = try fixtures.video("whole.mp4", seconds: 3)
        // All in fragments; and the first second in the header, as recorders do that save as they go.
        let flags = ["frag_keyframe+empty_moov+default_base_moof", "frag_keyframe"][fragmentation]
        let path = try fixtures.ffmpeg(["-i", whole, "-c", "copy", "-movflags", flags], to: "fragmented.mp4")
        var bytes = try fixtures.bytes(of: path)
        // ISO/IEC 14496-12, 8.2.2: the duration, behind 16 bytes of a version 0 movie header.
        let header = try #require(bytes.firstIndex(of: "mvhd")) + 4 + 16
        bytes.replaceSubrange(header..<header + 4, with: [0x08, 0x00, 0x00, 0x00])
        let report = try OpenedMedia(try fixtures.write(bytes, to: "lying.mp4")).report
        #expect(report.durationMilliseconds == 3_000)
        #expect(report.frameRate == 25)
        #expect(report.isVariableFrameRate == false)
    }

    @Test func `an MP4 with fragments behind the pictures of its header is measured`() throws {
        let fixtures = try MediaFixtures()
        let whole = try fixtures.video("whole.mp4", seconds: 4)
        let path = try fixtures.ffmpeg(
            ["-i", whole, "-c", "copy", "-movflags", "frag_keyframe", "-frag_duration", "1000000"],
            to: "hybrid.mp4"
        )
        #expect(try OpenedMedia(path).report.durationMilliseconds == 4_000)
    }
}
