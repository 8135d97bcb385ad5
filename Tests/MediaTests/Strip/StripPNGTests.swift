import Media
import TestSupport
import Testing

struct StripPNGTests {
    /// What checks a PNG's structure: names of chunks in order, each with a right CRC.
    private static let reader = """
        import struct, sys, zlib
        data = open(sys.argv[1], "rb").read()
        assert data[:8] == b"\\x89PNG\\r\\n\\x1a\\n"
        place, names = 8, []
        while place < len(data):
            length, name = struct.unpack(">I4s", data[place:place + 8])
            content = data[place + 8:place + 8 + length]
            (check,) = struct.unpack(">I", data[place + 8 + length:place + 12 + length])
            assert check == zlib.crc32(name + content), name
            names.append(name.decode())
            place += 12 + length
        print(" ".join(names))
        """

    /// Puts chunks behind the header, with CRCs by zlib.
    private static let writer = """
        import struct, sys, zlib
        data = open(sys.argv[1], "rb").read()
        for argument in reversed(sys.argv[2:]):
            name, content = argument.split(":")
            name, content = name.encode(), bytes.fromhex(content)
            chunk = struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
            data = data[:33] + chunk + data[33:]
        open(sys.argv[1], "wb").write(data)
        """

    private static func png(_ bench: MediaBench, _ chunks: [(name: String, content: [UInt8])]) throws -> String {
        let path = try bench.fixtures.picture("photo.png", width: 64, height: 48, pixelFormat: "rgb24")
        let arguments = chunks.map { chunk in chunk.name + ":" + chunk.content.map(hexadecimal).joined() }
        _ = try bench.fixtures.output("python3", ["-c", writer, path] + arguments)
        return path
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }

    private static func names(_ bench: MediaBench, _ path: String) throws -> [Substring] {
        try bench.fixtures.output("python3", ["-c", reader, path]).split(whereSeparator: \.isWhitespace)
    }

    private static func chunks(_ exif: ExifSample) -> [(name: String, content: [UInt8])] {
        [
            ("iCCP", [UInt8]("a profile\0\0".utf8) + [0x78, 0x9C, 3, 0, 0, 0, 0, 1]), ("eXIf", exif.tiff),
            ("iTXt", [UInt8]("XML:com.adobe.xmp\0\0\0\0\0".utf8) + XMPSample.packet),
            ("tEXt", [UInt8]("Author\0Somebody".utf8)), ("tEXt", [UInt8]("GPS position\0north of here".utf8)),
            ("zTXt", [UInt8]("Comment\0\0".utf8) + [0x78, 0x9C, 3, 0, 0, 0, 0, 1]), ("tIME", [7, 0xE9, 1, 1, 0, 0, 0]),
            ("prVt", [1, 2, 3]),
        ]
    }

    @Test func `places leave the chunks, whose checks are right`() async throws {
        try await MediaBench.with { bench in
            let exif = ExifSample(orientation: 6)
            let path = try Self.png(bench, Self.chunks(exif))
            let output = try await bench.strip(path, .location)
            let bytes = try bench.fixtures.bytes(of: output)
            #expect(!bytes.holds(exif.place) && !bytes.holds("north of here"))
            for place in XMPSample.places { #expect(!bytes.holds(place)) }
            #expect(bytes.holds(XMPSample.title) && bytes.holds("Somebody") && bytes.holds(ExifSample.makerNote))
            let names = try Self.names(bench, output)
            #expect(names.starts(with: ["IHDR", "iCCP", "eXIf", "iTXt", "tEXt", "tIME", "prVt"]))
            #expect(names.last == "IEND")
            #expect(try bench.showSame(path, output))
        }
    }

    @Test(arguments: StripMode.allCases)
    func `an orientation that XMP alone tells stays`(_ mode: StripMode) async throws {
        try await MediaBench.with { bench in
            let element = "<a tiff:Orientation='6' exif:GPSAltitude='4711'/>"
            let text = "<x:xmpmeta xmlns:x='adobe:ns:meta/'>\(element)</x:xmpmeta>"
            let chunk = (name: "iTXt", content: [UInt8]("XML:com.adobe.xmp\0\0\0\0\0\(text)".utf8))
            let path = try Self.png(bench, [chunk])
            let output = try await bench.strip(path, mode)
            let bytes = try bench.fixtures.bytes(of: output)
            #expect(bytes.holds("4711") == (mode == .off))
            #expect(try Self.names(bench, output).contains("eXIf") == (mode == .all))
            let report = try #require(try await bench.run(output, .probe).report)
            #expect(report.rotation == 90)
            #expect([report.width, report.height] == [48, 64])
            #expect(try bench.showSame(path, output))
        }
    }

    @Test(arguments: [1, 6]) func `of all metadata only what shows the picture is left`(_ orientation: Int) async throws
    {
        try await MediaBench.with { bench in
            let path = try Self.png(bench, Self.chunks(ExifSample(orientation: orientation)))
            let input = try bench.fixtures.bytes(of: path)
            _ = try bench.fixtures.write(input + [1, 2, 3], to: "photo.png")
            let output = try await bench.strip(path, .all)
            let names = try Self.names(bench, output)
            let kept: [Substring] = orientation == 1 ? ["IHDR", "iCCP"] : ["IHDR", "iCCP", "eXIf"]
            #expect(names.starts(with: kept))
            #expect(names.allSatisfy { ["IHDR", "iCCP", "eXIf", "pHYs", "IDAT", "IEND"].contains($0) })
            #expect(names.contains("eXIf") == (orientation != 1))
            let bytes = try bench.fixtures.bytes(of: output)
            #expect(!bytes.holds(ExifSample.maker) && !bytes.holds("Somebody"))
            // The smallest block, written out from its definition.
            let smallest: [UInt8] = [
                0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
            ]
            #expect(bytes.holds([UInt8]("eXIf".utf8) + smallest) == (orientation == 6))
            #expect(try bench.showSame(path, output))
        }
    }

    @Test(arguments: [StripMode.location, .all])
    func `an animation keeps its frames`(_ mode: StripMode) async throws {
        try await MediaBench.with { bench in
            let scene = ["-f", "lavfi", "-i", "testsrc=size=32x32:rate=4:duration=1", "-f", "apng"]
            let path = try bench.fixtures.ffmpeg(scene, to: "moving.png")
            let bytes = try bench.fixtures.bytes(of: path)
            let remark = [UInt8]("tEXt".utf8) + [UInt8]("Location\0here".utf8)
            // A wrong check is not looked at in a chunk that goes.
            let input = bytes[..<33] + .bigEndian(remark.count - 4) + remark + [0, 0, 0, 0] + bytes[33...]
            _ = try bench.fixtures.write([UInt8](input), to: "moving.png")
            let output = try await bench.strip(path, mode)
            #expect(try bench.fixtures.bytes(of: output) == bytes)
            #expect(try bench.showSame(path, output))
        }
    }

    @Test func `a file with broken chunks is refused`() async throws {
        try await MediaBench.with { bench in
            var bytes = try bench.fixtures.bytes(of: try Self.png(bench, []))
            bytes.replaceSubrange(37..<41, with: [1, 2, 3, 4])
            let result = try await bench.stripResult(try bench.fixtures.write(bytes, to: "broken.png"), .location)
            #expect(result.stripPlan == nil && result.failure?.code == "invalid_data")
        }
    }
}
