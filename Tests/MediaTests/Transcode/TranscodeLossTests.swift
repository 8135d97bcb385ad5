import Foundation
import Media
import TestSupport
import Testing

/// What the worker tells of that which does not decode.
struct TranscodeLossTests {
    private static let small = TranscodeSpecification(
        name: "180p",
        container: .mp4,
        shortEdge: 180,
        maxFrameRate: 10,
        preset: "ultrafast"
    )

    private struct Packets: Decodable {
        struct Packet: Decodable {
            var ptsTime: String
            var pos: String
            var size: String
        }

        var packets: [Packet]
    }

    /// A film of six seconds with zeros in the place of one stream's packets from so many seconds on, and how many these are.
    private static func damaged(
        _ fixtures: MediaFixtures,
        _ codec: MediaFixtures.VideoCodec = .h264,
        stream: String,
        from seconds: Double
    ) throws -> (path: String, count: Int) {
        let scene = "testsrc2=size=320x180:rate=25:duration=6"
        let whole = try fixtures.video("whole.mp4", codec: codec, seconds: 6, hasAudio: true, scene: scene)
        let text = try fixtures.output(
            "ffprobe",
            [
                "-v", "error", "-select_streams", stream, "-show_entries", "packet=pts_time,pos,size", "-of", "json",
                whole,
            ]
        )
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let packets = try decoder.decode(Packets.self, from: Data(text.utf8)).packets
            .filter { (Double($0.ptsTime) ?? 0) >= seconds }
        var bytes = try fixtures.bytes(of: whole)
        for packet in packets {
            let start = try #require(Int(packet.pos))
            let size = try #require(Int(packet.size))
            bytes.replaceSubrange(start..<start + size, with: repeatElement(0, count: size))
        }
        return (try fixtures.write(bytes, to: "damaged.mp4"), packets.count)
    }

    @Test(arguments: [MediaFixtures.VideoCodec.h264, .hevc])
    func `pictures that do not decode are counted, and end where the last good one does`(
        codec: MediaFixtures.VideoCodec
    ) async throws {
        try await MediaBench.with { bench in
            let (source, count) = try Self.damaged(bench.fixtures, codec, stream: "v", from: 2)
            let (file, _) = try await bench.transcode(source, Self.small)
            let streams = try #require(file.streams)
            let picture = try #require(streams.picture)
            #expect(count == 100)
            #expect(picture.lossCount == 100)
            #expect(picture.source == .init(begin: 0, end: 6000))
            #expect(try #require(picture.output).end <= 2200)
            let sound = try #require(streams.sound)
            #expect(sound.lossCount == 0)
            #expect(abs(try #require(sound.output).end - 6000) <= 50)
        }
    }

    @Test func `sound that does not decode is counted`() async throws {
        try await MediaBench.with { bench in
            let (source, count) = try Self.damaged(bench.fixtures, stream: "a", from: -1)
            let (file, _) = try await bench.transcode(source, Self.small)
            let sound = try #require(file.streams?.sound)
            #expect(sound.lossCount == count)
            #expect(sound.output == nil)
            #expect(abs(try #require(sound.source).end - 6000) <= 50)
            #expect(file.streams?.picture?.lossCount == 0)
        }
    }

    @Test(arguments: ["film.mp4", "film.mkv", "film.ts"])
    func `nothing of a whole file is lost, also where pictures are thinned out`(name: String) async throws {
        try await MediaBench.with { bench in
            let scene = "testsrc2=size=320x180:rate=50:duration=3"
            let source = try bench.fixtures.video(name, seconds: 3, hasAudio: true, scene: scene)
            let (file, _) = try await bench.transcode(source, Self.small)
            #expect(file.streams?.leftOut == [])
            for stream in [file.streams?.picture, file.streams?.sound] {
                let stream = try #require(stream)
                #expect(stream.lossCount == 0)
                #expect(stream.gapCount == 0)
                #expect(stream.dropCount == 0)
                let (found, made) = (try #require(stream.source), try #require(stream.output))
                #expect(abs(found.milliseconds - 3000) <= 60)
                #expect(abs(found.begin - made.begin) <= 60)
                // A picture that stays lasts a tenth of a second.
                #expect(abs(found.end - made.end) <= 110)
            }
        }
    }

    @Test func `a file that breaks off is shorter than its header says`() async throws {
        try await MediaBench.with { bench in
            let scene = "testsrc2=size=320x180:rate=25:duration=6"
            let whole = try bench.fixtures.video("whole.mp4", scene: scene, options: ["-movflags", "+faststart"])
            let half = try bench.fixtures.bytes(of: whole).count / 2
            let source = try bench.fixtures.truncated(whole, byteCount: half, to: "half.mp4")
            let (file, _) = try await bench.transcode(source, Self.small)
            let picture = try #require(file.streams?.picture)
            #expect(picture.source?.end == 6000)
            #expect(try #require(picture.output).end < 5000)
        }
    }

    @Test func `what a worker tells of streams must be possible, and may be left out`() throws {
        let stream = TranscodedStream(lossCount: 2, source: .init(begin: -20, end: 900), output: nil)
        var file = TranscodedFile(byteCount: 9, milliseconds: 9, width: 2, height: 2, frameRate: 1, codecs: "avc1")
        #expect(file.isPlausible(for: Self.small))
        #expect(TranscodedFile(encoded: file.encoded)?.streams == nil)
        file.streams = TranscodedStreams(picture: stream, sound: nil)
        #expect(file.isPlausible(for: Self.small))
        #expect(TranscodedFile(encoded: file.encoded) == file)
        file.streams?.picture?.lossCount = -1
        #expect(!file.isPlausible(for: Self.small))
        file.streams?.picture = TranscodedStream(lossCount: 0, dropCount: 0, gapCount: -1, source: nil, output: nil)
        #expect(!file.isPlausible(for: Self.small))
        file.streams?.picture = TranscodedStream(lossCount: 0, dropCount: -1, gapCount: 0, source: nil, output: nil)
        #expect(!file.isPlausible(for: Self.small))
        // Whoever hashes the source tells that, not the worker.
        file.streams = TranscodedStreams(picture: stream, sound: nil, sourceSHA256: "5a")
        #expect(!file.isPlausible(for: Self.small))
        file.streams?.picture = TranscodedStream(lossCount: 0, source: .init(begin: 5, end: 4), output: nil)
        #expect(!file.isPlausible(for: Self.small))
        file.streams?.picture = TranscodedStream(lossCount: 0, source: .init(begin: 0, end: .max), output: nil)
        #expect(!file.isPlausible(for: Self.small))
    }
}
