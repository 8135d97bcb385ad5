import Foundation
import Media
import TestSupport
import Testing

/// What the worker tells of that which a demuxer passes over in silence, and of what a rendition has no place for.
struct TranscodeGapTests {
    private static let small = TranscodeSpecification(
        name: "180p",
        container: .mp4,
        shortEdge: 180,
        preset: "ultrafast"
    )
    private static let scene = "testsrc2=size=320x180:rate=25:duration=6"

    private func streams(_ bench: MediaBench, _ path: String) async throws -> TranscodedStreams {
        let (file, _) = try await bench.transcode(path, Self.small)
        return try #require(file.streams)
    }

    /// Nothing that would keep an original is told of either stream.
    private func expectWhole(_ streams: TranscodedStreams, sourceLocation: SourceLocation = #_sourceLocation) {
        for stream in [streams.picture, streams.sound].compactMap({ $0 }) {
            #expect(stream.lossCount == 0, sourceLocation: sourceLocation)
            #expect(stream.gapCount == 0, sourceLocation: sourceLocation)
            #expect(stream.dropCount == 0, sourceLocation: sourceLocation)
        }
        #expect(streams.leftOut == [], sourceLocation: sourceLocation)
    }

    /// Where some bytes are in a file.
    private func places(of mark: [UInt8], in bytes: [UInt8]) -> [Int] {
        guard let first = mark.first else { return [] }
        return bytes.indices.dropLast(mark.count - 1)
            .filter { bytes[$0] == first && bytes[$0...].starts(with: mark) }
    }

    // MARK: - What is missing

    @Test(arguments: [false, true])
    func `a transport stream of two films whose clock goes back loses pictures`(hasAudio: Bool) async throws {
        try await MediaBench.with { bench in
            var joined: [UInt8] = []
            for (name, offset) in [("a.ts", "10"), ("b.ts", "10.04")] {
                let options = ["-output_ts_offset", offset, "-mpegts_flags", "+initial_discontinuity"]
                let part = try bench.fixtures.video(
                    name,
                    seconds: 6,
                    hasAudio: hasAudio,
                    scene: Self.scene,
                    options: options
                )
                joined += try bench.fixtures.bytes(of: part)
            }
            let streams = try await streams(bench, try bench.fixtures.write(joined, to: "joined.ts"))
            let picture = try #require(streams.picture)
            #expect(try #require(picture.gapCount) > 0)
            // All that comes again.
            #expect(try #require(picture.dropCount) >= 148)
            if hasAudio { #expect(try #require(streams.sound?.dropCount) > 0) }
        }
    }

    @Test func `a cluster that a Matroska file has lost is missing`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.video(
                "film.mkv",
                seconds: 6,
                hasAudio: true,
                scene: Self.scene,
                options: ["-cluster_time_limit", "1000"]
            )
            var bytes = try bench.fixtures.bytes(of: path)
            // Matroska's Cluster.
            let clusters = places(of: [0x1F, 0x43, 0xB6, 0x75], in: bytes)
            // Others are named by the index before and behind.
            let inner = try #require(clusters.count > 4 ? clusters[clusters.count / 2] : nil)
            bytes.replaceSubrange(inner..<inner + 4, with: [0, 0, 0, 0])
            let streams = try await streams(bench, try bench.fixtures.write(bytes, to: "bad.mkv"))
            #expect(streams.picture?.lossCount == 0)
            #expect(try #require(streams.picture?.gapCount) > 0)
            #expect(try #require(streams.sound?.gapCount) > 0)
        }
    }

    // Nothing tells how many packets these have: one that lost some looks like a whole one.
    @Test(arguments: [
        ("fragments.mp4", ["-movflags", "frag_keyframe", "-bf", "3", "-preset", "medium"]),
        ("dash.mp4", ["-movflags", "frag_keyframe+empty_moov+default_base_moof"]),
        ("film.avi", []),
    ])
    func `whether a file of fragments or an AVI is whole cannot be told`(name: String, options: [String]) async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.video(
                name,
                seconds: 6,
                hasAudio: true,
                scene: Self.scene,
                options: ["-preset", "ultrafast"] + options
            )
            #expect(try await streams(bench, path).leftOut == [.untold])
        }
    }

    @Test func `the picture that a fragment has lost, and chunks that an AVI has lost, are in doubt`() async throws {
        try await MediaBench.with { bench in
            let options = ["-movflags", "frag_keyframe+empty_moov+default_base_moof"]
            let film = try bench.fixtures.video(
                "film.mp4",
                seconds: 6,
                hasAudio: true,
                scene: Self.scene,
                options: options
            )
            var bytes = try bench.fixtures.bytes(of: film)
            let track = try #require(places(of: [UInt8]("traf".utf8), in: bytes).dropFirst(4).first)
            bytes.replaceSubrange(track..<track + 4, with: "free".utf8)
            let fragments = try bench.fixtures.write(bytes, to: "bad.mp4")
            #expect(try #require(try await streams(bench, fragments).leftOut).contains(.untold))

            let other = try bench.fixtures.video("film.avi", seconds: 6, hasAudio: true, scene: Self.scene)
            bytes = try bench.fixtures.bytes(of: other)
            for chunk in places(of: [UInt8]("00dc".utf8), in: bytes)[40..<80] {
                bytes.replaceSubrange(chunk..<chunk + 4, with: [0, 0, 0, 0])
            }
            let chunks = try bench.fixtures.write(bytes, to: "bad.avi")
            #expect(try #require(try await streams(bench, chunks).leftOut).contains(.untold))
        }
    }

    @Test func `bytes of an MP4 that no stream has are told`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.video("film.mp4", seconds: 6, hasAudio: true, scene: Self.scene)
            let whole = try bench.fixtures.bytes(of: path)
            expectWhole(try await streams(bench, path))

            let twice = try bench.fixtures.write(whole + whole, to: "twice.mp4")
            #expect(try #require(try await streams(bench, twice).leftOut).contains(.unread))

            // The sound's track is the second one.
            var bytes = whole
            let track = try #require(places(of: [UInt8]("trak".utf8), in: bytes).last)
            bytes.replaceSubrange(track..<track + 4, with: "free".utf8)
            let silent = try await streams(bench, try bench.fixtures.write(bytes, to: "silent.mp4"))
            #expect(silent.sound == nil)
            #expect(silent.leftOut == [.unread])

            // Data of a type that is none, and what is no box at all.
            let strange = [0, 0, 0x80, 0] + [UInt8]("what".utf8) + [UInt8](repeating: 1, count: 32_760)
            let more = try bench.fixtures.write(whole + strange, to: "more.mp4")
            #expect(try await streams(bench, more).leftOut == [.unread])
            let broken = try bench.fixtures.write(whole + [UInt8](repeating: 0xFF, count: 16), to: "broken.mp4")
            #expect(try await streams(bench, broken).leftOut == [.unread])
            // Room that is kept free is nothing.
            let room = [0, 0, 0x80, 0] + [UInt8]("free".utf8) + [UInt8](repeating: 0, count: 32_760)
            expectWhole(try await streams(bench, try bench.fixtures.write(whole + room, to: "room.mp4")))
        }
    }

    @Test func `what an edit list hides is told, but for a moment`() async throws {
        try await MediaBench.with { bench in
            let whole = try bench.fixtures.video("whole.mp4", seconds: 6, hasAudio: true, scene: Self.scene)
            // From the middle of a group of pictures, which its edit list hides up to there.
            let late = try bench.fixtures.ffmpeg(["-ss", "1.9", "-i", whole, "-c", "copy"], to: "late.mp4")
            #expect(try #require(try await streams(bench, late).leftOut).contains(.hidden))

            // Of six seconds the edit lists show one: the number behind their type, version, flags and count (8.6.6).
            var bytes = try bench.fixtures.bytes(of: whole)
            let lists = places(of: [UInt8]("elst".utf8), in: bytes)
            #expect(lists.count == 2)
            for list in lists { bytes.replaceSubrange(list + 12..<list + 16, with: [0, 0, 0x03, 0xE8]) }
            let short = try await streams(bench, try bench.fixtures.write(bytes, to: "short.mp4"))
            #expect(try #require(short.leftOut).contains(.hidden))
            #expect(try #require(short.leftOut).contains(.unread))
        }
    }

    @Test func `a sound that ends before the file's header says is missing`() async throws {
        try await MediaBench.with { bench in
            let options = ["-af", "atrim=end=3"]
            let path = try bench.fixtures.video(
                "film.mkv",
                seconds: 6,
                hasAudio: true,
                scene: Self.scene,
                options: options
            )
            #expect(try #require(try await streams(bench, path).sound?.gapCount) > 0)
        }
    }

    @Test(arguments: ["first", "inner", "last", "cut out"])
    func `a fragment that an MP4 has lost is missing`(which: String) async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.video(
                "film.mp4",
                seconds: 6,
                hasAudio: true,
                scene: Self.scene,
                options: ["-movflags", "frag_keyframe+empty_moov+default_base_moof"]
            )
            let whole = try await streams(bench, path)
            #expect(whole.picture?.gapCount == 0)
            #expect(whole.sound?.gapCount == 0)
            var bytes = try bench.fixtures.bytes(of: path)
            let fragments = places(of: [UInt8]("moof".utf8), in: bytes)
            #expect(fragments.count >= 5)
            let index = which == "first" ? 0 : which == "last" ? fragments.count - 1 : 2
            if which == "cut out" {
                bytes.removeSubrange(fragments[2] - 4..<fragments[3] - 4)
            } else {
                bytes.replaceSubrange(fragments[index]..<fragments[index] + 4, with: "free".utf8)
            }
            let streams = try await streams(bench, try bench.fixtures.write(bytes, to: "bad.mp4"))
            #expect(try #require(streams.picture?.gapCount) > 0)
            #expect(try #require(streams.sound?.gapCount) > 0)
        }
    }

    @Test func `the tail that a Matroska file has lost is missing however long it is`() async throws {
        try await MediaBench.with { bench in
            // Half a second is less than a hundredth of a minute.
            let scene = "testsrc2=size=160x90:rate=10:duration=60"
            let path = try bench.fixtures.video("film.mkv", seconds: 60, scene: scene, options: ["-g", "5"])
            expectWhole(try await streams(bench, path))
            let text = try bench.fixtures.output(
                "ffprobe",
                ["-v", "error", "-show_entries", "packet=pos", "-of", "csv=p=0", path]
            )
            let positions = text.split(whereSeparator: { "\n,".contains($0) }).compactMap { Int($0) }
            #expect(positions.count == 600)
            let cut = try bench.fixtures.truncated(path, byteCount: positions[595], to: "cut.mkv")
            #expect(try #require(try await streams(bench, cut).picture?.gapCount) > 0)
        }
    }

    @Test(arguments: ["libopus", "libmp3lame"])
    func `sound whose packets hold less than they should is missing`(codec: String) async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.video(
                "film.mp4",
                seconds: 6,
                hasAudio: true,
                scene: Self.scene,
                options: ["-c:a", codec]
            )
            expectWhole(try await streams(bench, path))
            let text = try bench.fixtures.output(
                "ffprobe",
                ["-v", "error", "-select_streams", "a", "-show_entries", "packet=pos,size", "-of", "csv=p=0", path]
            )
            var bytes = try bench.fixtures.bytes(of: path)
            for line in text.split(separator: "\n")[100..<110] {
                let numbers = line.split(separator: ",").compactMap { Int($0) }
                let (size, start) = (try #require(numbers.first), try #require(numbers.dropFirst().first))
                bytes.replaceSubrange(start..<start + size, with: repeatElement(0, count: size))
            }
            let sound = try #require(try await streams(bench, try bench.fixtures.write(bytes, to: "bad.mp4")).sound)
            #expect(try #require(sound.gapCount) + sound.lossCount > 0)
        }
    }

    // MARK: - What is whole

    /// Names and options of files that are as they should be.
    @Test(arguments: [
        // A screen that stands still for three seconds.
        ("pause.mp4", ["-vf", "select='not(between(n,30,104))'", "-vsync", "vfr"]),
        // A phone's clock.
        ("jitter.mp4", ["-vf", "setpts='PTS+0.013*mod(N,3)/TB'", "-vsync", "vfr", "-video_track_timescale", "90000"]),
        ("bframes.mp4", ["-bf", "3", "-preset", "medium"]),
        ("bframes.mkv", ["-bf", "3", "-preset", "medium"]),
        ("bframes.ts", ["-bf", "3", "-preset", "medium"]),
        ("ntsc.mkv", ["-vf", "fps=30000/1001"]),
        ("mp3.mp4", ["-c:a", "libmp3lame"]),
        ("late.mp4", ["-af", "adelay=300|300"]),
        ("opus.webm", ["-c:v", "libvpx-vp9", "-cpu-used", "8", "-deadline", "realtime", "-c:a", "libopus"]),
        (
            "vp8.webm",
            ["-c:v", "libvpx", "-cpu-used", "8", "-auto-alt-ref", "1", "-lag-in-frames", "10", "-c:a", "libvorbis"]
        ),
        ("hevc.mov", ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-tag:v", "hvc1"]),
        ("time.mov", ["-timecode", "10:00:00:00"]),
        ("film.flv", ["-ar", "44100"]),
    ])
    func `nothing is missing of a whole file`(name: String, options: [String]) async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.video(
                name,
                seconds: 6,
                hasAudio: true,
                scene: Self.scene,
                options: ["-preset", "ultrafast"] + options
            )
            expectWhole(try await streams(bench, path))
        }
    }

    @Test func `nothing is missing where an edit list hides a moment`() async throws {
        try await MediaBench.with { bench in
            let whole = try bench.fixtures.video("whole.mp4", seconds: 6, hasAudio: true, scene: Self.scene)
            let path = try bench.fixtures.ffmpeg(["-ss", "0.3", "-i", whole, "-c", "copy"], to: "edited.mp4")
            expectWhole(try await streams(bench, path))
        }
    }

    // MARK: - What is left out

    @Test func `what a rendition has no place for is told`() async throws {
        try await MediaBench.with { bench in
            let fixtures = bench.fixtures
            let film = try fixtures.video("film.mp4", seconds: 2, hasAudio: true)
            let text = try fixtures.write([UInt8]("1\n00:00:00,500 --> 00:00:01,500\nHello\n".utf8), to: "text.srt")
            let marks =
                ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=1\ntitle=a\n[CHAPTER]\nTIMEBASE=1/1\nSTART=1\nEND=2\n"
            let chapters = try fixtures.write([UInt8](marks.utf8), to: "chapters.txt")
            let cover = try fixtures.jpeg("cover.jpg")
            let copy = ["-c", "copy"]
            let cases: [(name: String, arguments: [String], leftOut: [TranscodedStreams.Remainder])] = [
                ("two.mp4", ["-i", film, "-map", "0:v", "-map", "0:a", "-map", "0:a"] + copy, [.sounds]),
                ("views.mp4", ["-i", film, "-map", "0:v", "-map", "0:v", "-map", "0:a"] + copy, [.pictures]),
                (
                    "sub.mp4", ["-i", film, "-i", text, "-map", "0", "-map", "1"] + copy + ["-c:s", "mov_text"],
                    [.subtitles]
                ),
                ("sub.mkv", ["-i", film, "-i", text, "-map", "0", "-map", "1"] + copy, [.subtitles]),
                ("chapters.mkv", ["-i", film, "-i", chapters, "-map", "0", "-map_metadata", "1"] + copy, [.chapters]),
                (
                    "font.mkv",
                    ["-i", film, "-attach", text, "-metadata:s:t", "mimetype=application/x-font"] + copy,
                    [.attachments]
                ),
                (
                    "cover.mp4",
                    ["-i", film, "-i", cover, "-map", "0", "-map", "1"] + copy + ["-disposition:v:1", "attached_pic"],
                    []
                ),
                ("time.mp4", ["-i", film] + copy + ["-timecode", "01:00:00:00"], []),
            ]
            // A track of time codes whose name and handler are another's.
            let timed = Data(try fixtures.bytes(of: try fixtures.ffmpeg(cases[cases.count - 1].arguments, to: "t.mov")))
            for (tag, leftOut) in [("mebx", []), ("gpmd", []), ("what", [.data])]
                as [(String, [TranscodedStreams.Remainder])]
            {
                var bytes = timed
                while let found = bytes.range(of: Data("tmcd".utf8)) {
                    bytes.replaceSubrange(found, with: Data(tag.utf8))
                }
                let path = try fixtures.write([UInt8](bytes), to: "\(tag).mov")
                #expect(try await streams(bench, path).leftOut == leftOut, "\(tag)")
            }
            for (name, arguments, leftOut) in cases {
                let path = try fixtures.ffmpeg(arguments, to: name)
                #expect(try await streams(bench, path).leftOut == leftOut, "\(name)")
            }
        }
    }
}
