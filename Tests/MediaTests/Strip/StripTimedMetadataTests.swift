import Media
import TestSupport
import Testing

/// Tracks in which cameras write where they are, moment by moment.
struct StripTimedMetadataTests {
    private static let samples = [[UInt8]("GPS5 first place".utf8), [UInt8]("GPS5 second".utf8), [UInt8]("third".utf8)]

    /// A track box for three samples in two chunks (ISO/IEC 14496-12, chapter 8).
    private static func track(id: Int, handler: String, entry: [UInt8], offsets: [Int], sizes: [Int]) -> [UInt8] {
        let header = ISOSample.fullBox(
            "tkhd",
            flags: 3,
            ISOSample.numbers([0, 0, id]) + [UInt8](repeating: 0, count: 68)
        )
        let mediaHeader = ISOSample.fullBox("mdhd", ISOSample.numbers([0, 0, 1_000, 1_000, 0]))
        let name = [UInt8](repeating: 0, count: 12) + [UInt8]("SECRET MAKER\0".utf8)
        let handlerBox = ISOSample.fullBox("hdlr", ISOSample.numbers([0]) + [UInt8](handler.utf8) + name)
        let reference = ISOSample.fullBox("dref", ISOSample.numbers([1]) + ISOSample.fullBox("url ", flags: 1, []))
        let isEmpty = sizes.isEmpty
        let tables = [
            ISOSample.fullBox("stsd", ISOSample.numbers([1]) + entry),
            ISOSample.fullBox("stts", ISOSample.numbers(isEmpty ? [0] : [1, 3, 300])),
            ISOSample.fullBox("stsc", ISOSample.numbers(isEmpty ? [0] : [2, 1, 2, 1, 2, 1, 1])),
            ISOSample.fullBox("stsz", ISOSample.numbers([0, sizes.count] + sizes)),
            ISOSample.fullBox("stco", ISOSample.numbers([offsets.count] + offsets)),
        ]
        let information = ISOSample.box(
            "minf",
            ISOSample.fullBox("nmhd", []) + ISOSample.box("dinf", reference)
                + ISOSample.box("stbl", [UInt8](tables.joined()))
        )
        return ISOSample.box("trak", header + ISOSample.box("mdia", mediaHeader + handlerBox + information))
    }

    private static func entry(_ type: String, _ content: [UInt8] = []) -> [UInt8] {
        ISOSample.box(type, [0, 0, 0, 0, 0, 0, 0, 1] + content)
    }

    /// The key that QuickTime's timed metadata names in its description.
    private static func keyed(_ key: String) -> [UInt8] {
        entry(
            "mebx",
            ISOSample.box("keys", ISOSample.box("\0\0\0\u{1}", ISOSample.box("keyd", [UInt8]("mdta\(key)".utf8))))
        )
    }

    /// A film whose index comes last gets one more track, and the track's samples in a box of their own.
    private static func film(_ bench: MediaBench, _ name: String, handler: String, entry: [UInt8]) throws -> String {
        let path = try bench.fixtures.video(name, width: 64, height: 48, seconds: 1, hasAudio: true)
        let bytes = try bench.fixtures.bytes(of: path)
        let movie = try #require(ISOSample.boxes(bytes).last { $0.has("moov") })
        // Two samples, a gap, one sample.
        let gap: [UInt8] = [1, 2, 3]
        let media = ISOSample.box("mdat", samples[0] + samples[1] + gap + samples[2])
        let start = movie.range.lowerBound + 8
        let track = track(
            id: 9,
            handler: handler,
            entry: entry,
            offsets: [start, start + samples[0].count + samples[1].count + gap.count],
            sizes: samples.map(\.count)
        )
        let output = bytes[..<movie.range.lowerBound] + media + ISOSample.box("moov", movie.content + track)
        return try bench.fixtures.write([UInt8](output), to: name)
    }

    private static let locations: [(handler: String, entry: [UInt8])] = [
        ("meta", entry("gpmd")), ("camm", entry("camm")), ("meta", entry("rtmd")),
        ("meta", keyed("com.apple.quicktime.location.ISO6709")), ("text", entry("text")),
    ]

    @Test(arguments: 0..<5, [StripMode.location, .all])
    func `a track of places becomes room, and its samples zeros`(_ index: Int, _ mode: StripMode) async throws {
        try await MediaBench.with { bench in
            let (handler, entry) = Self.locations[index]
            // Subtitles are judged by what they say.
            let path = try Self.film(bench, "camera.mov", handler: handler, entry: entry)
            let input = try bench.fixtures.bytes(of: path)
            let output = try await bench.strip(path, mode)
            let bytes = try bench.fixtures.bytes(of: output)
            #expect(bytes.count == input.count)
            for sample in Self.samples { #expect(input.holds(sample) && !bytes.holds(sample)) }
            let movie = ISOSample.boxes(bytes).content("moov")
            #expect(ISOSample.types(movie).count { $0 == "trak" } == 2)
            // The bytes between the samples are nobody's metadata.
            let media = try #require(ISOSample.boxes(bytes).last { $0.has("mdat") })
            #expect(media.content.filter { $0 != 0 } == [1, 2, 3])
            #expect(!bytes.holds("SECRET MAKER"))
            #expect(try bench.showSame(path, output))
        }
    }

    @Test(arguments: [("meta", keyed("com.apple.quicktime.still-image-time")), ("text", entry("tx3g"))])
    func `a track of something else stays where only places go`(_ handler: String, _ entry: [UInt8]) async throws {
        try await MediaBench.with { bench in
            let path = try Self.film(bench, "camera.mov", handler: handler, entry: entry)
            var input = try bench.fixtures.bytes(of: path)
            // Without its one telling word, the text is an ordinary subtitle.
            while let place = input.offset(of: [UInt8]("GPS5".utf8)) {
                input.replaceSubrange(place..<place + 4, with: [UInt8]("Well".utf8))
            }
            _ = try bench.fixtures.write(input, to: "camera.mov")
            #expect(try bench.fixtures.bytes(of: try await bench.strip(path, .location)) == input)
        }
    }

    @Test func `the same samples in fragments become zeros, and the fragments stay`() async throws {
        try await MediaBench.with { bench in
            let flags = ["-movflags", "+frag_keyframe+empty_moov+default_base_moof"]
            let path = try bench.fixtures.video("live.mp4", width: 64, height: 48, seconds: 1, options: flags)
            let bytes = try bench.fixtures.bytes(of: path)
            var output: [UInt8] = []
            for box in ISOSample.boxes(bytes) where !box.has("mfra") {
                guard box.has("moov") else {
                    output += bytes[box.range]
                    continue
                }
                let track = Self.track(id: 9, handler: "meta", entry: Self.entry("gpmd"), offsets: [], sizes: [])
                let defaults = ISOSample.fullBox("trex", ISOSample.numbers([9, 1, 100, 0, 0]))
                var content: [UInt8] = []
                for child in ISOSample.boxes(box.content) {
                    let old = [UInt8](box.content[child.range])
                    content += child.has("mvex") ? track + ISOSample.box("mvex", child.content + defaults) : old
                }
                output += ISOSample.box("moov", content)
            }
            let sizes = Self.samples.map(\.count)
            func fragment(_ offset: Int) -> [UInt8] {
                let header = ISOSample.fullBox("tfhd", flags: 0x02_0000, ISOSample.numbers([9]))
                let run = ISOSample.fullBox("trun", flags: 0x201, ISOSample.numbers([3, offset] + sizes))
                let sequence = ISOSample.fullBox("mfhd", ISOSample.numbers([99]))
                return ISOSample.box("moof", sequence + ISOSample.box("traf", header + run))
            }
            output += fragment(fragment(0).count + 8) + ISOSample.box("mdat", [UInt8](Self.samples.joined()))
            _ = try bench.fixtures.write(output, to: "live.mp4")
            for mode in [StripMode.location, .all] {
                let stripped = try await bench.strip(path, mode)
                let after = try bench.fixtures.bytes(of: stripped)
                for sample in Self.samples { #expect(output.holds(sample) && !after.holds(sample)) }
                #expect(ISOSample.types(after) == ISOSample.types(output))
                #expect(try bench.showSame(path, stripped))
            }
        }
    }

    @Test func `samples outside of the media's bytes are refused`() async throws {
        try await MediaBench.with { bench in
            let path = try Self.film(bench, "camera.mov", handler: "meta", entry: Self.entry("gpmd"))
            var bytes = try bench.fixtures.bytes(of: path)
            let media = try #require(ISOSample.boxes(bytes).last { $0.has("mdat") })
            // The index points at the file's own first box.
            let place = try #require(
                bytes.offset(of: .bigEndian(media.range.lowerBound + 8), from: media.range.upperBound)
            )
            bytes.replaceSubrange(place..<place + 4, with: [0, 0, 0, 8])
            let result = try await bench.stripResult(try bench.fixtures.write(bytes, to: "camera.mov"), .location)
            #expect(result.stripPlan == nil && result.failure?.code == "invalid_data")
        }
    }
}
