import Media
import TestSupport
import Testing

struct StripMovieTests {
    private static let position = "+48.1964+011.5733/"
    private static let tags = ["-metadata", "location=\(position)", "-metadata", "title=A title to keep"]

    /// How a file is laid out; the index comes last unless said otherwise.
    private static let layouts: [(name: String, options: [String])] = [
        ("plain.mov", []), ("plain.mp4", []), ("early.mp4", ["-movflags", "+faststart"]),
        ("keys.mp4", ["-movflags", "+use_metadata_tags"]), ("keys.mov", ["-movflags", "+use_metadata_tags+faststart"]),
        ("fragments.mp4", ["-movflags", "+frag_keyframe+empty_moov"]), ("mobile.3gp", []),
    ]

    private static func movie(_ bench: MediaBench, _ name: String, _ options: [String] = []) throws -> String {
        let size = name.hasSuffix("3gp") ? ["-s", "176x144", "-c:v", "h263", "-an"] : []
        return try bench.fixtures.video(
            name,
            width: 64,
            height: 48,
            seconds: 1,
            hasAudio: true,
            options: tags + options + size
        )
    }

    @Test(arguments: 0..<7, [StripMode.location, .all])
    func `the place leaves a film, which plays as before and keeps its size`(
        _ index: Int,
        _ mode: StripMode
    ) async throws {
        try await MediaBench.with { bench in
            let layout = Self.layouts[index]
            let path = try Self.movie(bench, layout.name, layout.options)
            let input = try bench.fixtures.bytes(of: path)
            // As a text, or in 3GPP's way as numbers.
            #expect(input.holds("+48.1964") || input.holds("loci"))
            let output = try await bench.strip(path, mode)
            let bytes = try bench.fixtures.bytes(of: output)
            #expect(bytes.count == input.count)
            #expect(!bytes.holds("48.1964") && !bytes.holds("loci"))
            let tags = try bench.fixtures.output("ffprobe", ["-v", "error", "-show_entries", "format_tags", output])
            #expect(!tags.contains("location"))
            #expect(bytes.holds("A title to keep") == (mode == .location))
            #expect(!(mode == .all && bytes.holds("Lavf")))
            #expect(try bench.showSame(path, output))
        }
    }

    @Test func `times go with all metadata`() async throws {
        try await MediaBench.with { bench in
            let made = ["-metadata", "creation_time=2025-01-15T10:30:00Z"]
            let path = try Self.movie(bench, "timed.mov", made)
            let arguments = ["-v", "error", "-show_entries", "format_tags:stream_tags"]
            #expect(try bench.fixtures.output("ffprobe", arguments + [path]).contains("2025-01-15"))
            let output = try await bench.strip(path, .all)
            #expect(!(try bench.fixtures.output("ffprobe", arguments + [output]).contains("creation_time")))
            #expect(try bench.showSame(path, output))
        }
    }

    @Test(arguments: ["uuid", "XMP_"]) func `XMP in a film loses its places`(_ kind: String) async throws {
        try await MediaBench.with { bench in
            let path = try Self.movie(bench, "packet.mov")
            let input = try bench.fixtures.bytes(of: path)
            // The user type of XMP (ISO 16684-3), here behind the index.
            let userType: [UInt8] = [
                0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8, 0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF, 0xAC,
            ]
            let content = (kind == "uuid" ? userType : []) + XMPSample.packet
            let packet = ISOSample.box(kind, content)
            let added = kind == "uuid" ? packet : ISOSample.box("udta", packet)
            _ = try bench.fixtures.write(input + added, to: "packet.mov")
            let freed = try bench.fixtures.bytes(of: try await bench.strip(path, .location))
            for place in XMPSample.places { #expect(!freed.holds(place)) }
            #expect(freed.holds(XMPSample.title) && freed.count == input.count + added.count)
            let bare = try bench.fixtures.bytes(of: try await bench.strip(path, .all))
            #expect(!bare.holds(XMPSample.title) && bare.count == freed.count)
            #expect(ISOSample.types(bare).last == "free")
        }
    }

    @Test func `makers' boxes, names of handlers and records behind the film go with all metadata`() async throws {
        try await MediaBench.with { bench in
            let path = try Self.movie(bench, "maker.mov")
            let input = try bench.fixtures.bytes(of: path)
            let trailer = [UInt8](repeating: 7, count: 100) + [0, 0, 0, 0] + [140, 0, 0, 0, 0, 0, 0, 0]
            let mark = [UInt8]("8db42d694ccc418790edff439fe026bf".utf8)
            // The length of the records stands 40 bytes before the end, in little-endian order.
            let records = [UInt8](trailer.prefix(100)) + [140, 0, 0, 0, 0, 0, 0, 0] + mark
            let boxes = ISOSample.box("CNTH", ExifSample.maker) + ISOSample.box("free", ExifSample.maker)
            _ = try bench.fixtures.write(input + boxes + records, to: "maker.mov")
            let output = try await bench.strip(path, .all)
            let bytes = try bench.fixtures.bytes(of: output)
            #expect(bytes.count == input.count + boxes.count + records.count)
            #expect(!bytes.holds(ExifSample.maker) && !bytes.holds("VideoHandler") && !bytes.holds(mark))
            #expect(bytes.suffix(records.count).allSatisfy { $0 == 0 })
            let freed = try bench.fixtures.bytes(of: try await bench.strip(path, .location))
            #expect(freed.holds(ExifSample.maker) && !freed.holds(mark))
            #expect(try bench.showSame(path, output))
        }
    }

    @Test func `a cover keeps its picture and loses its place`() async throws {
        try await MediaBench.with { bench in
            let sound = try bench.fixtures.audio("plain.m4a", seconds: 0.5)
            let exif = ExifSample()
            let jpeg = try bench.fixtures.bytes(of: try bench.fixtures.jpeg("cover.jpg", width: 64, height: 48))
            let block = ExifSample.prefix + exif.tiff
            let marked = [UInt8](jpeg[..<2] + [0xFF, 0xE1] + .bigEndian(block.count + 2, 2) + block + jpeg[2...])
            let cover = try bench.fixtures.write(marked, to: "cover.jpg")
            let arguments = ["-i", sound, "-i", cover, "-map", "0", "-map", "1", "-c", "copy"]
            let path = try bench.fixtures.ffmpeg(arguments + ["-disposition:v", "attached_pic"], to: "song.m4a")
            #expect(try bench.fixtures.bytes(of: path).holds(exif.place))
            let output = try await bench.strip(path, .location)
            #expect(!(try bench.fixtures.bytes(of: output).holds(exif.place)))
            #expect(try bench.showSame(path, output))
        }
    }

    @Test func `an index that contradicts itself is refused`() async throws {
        try await MediaBench.with { bench in
            let path = try Self.movie(bench, "early.mp4", ["-movflags", "+faststart"])
            var bytes = try bench.fixtures.bytes(of: path)
            let track = try #require(bytes.offset(of: [UInt8]("trak".utf8)))
            bytes.replaceSubrange(track - 4..<track, with: [0x7F, 0xFF, 0xFF, 0xFF])
            for mode in [StripMode.location, .all] {
                let broken = try bench.fixtures.write(bytes, to: "broken.mp4")
                let result = try await bench.stripResult(broken, mode)
                #expect(result.stripPlan == nil && result.failure?.code == "invalid_data")
            }
        }
    }
}
