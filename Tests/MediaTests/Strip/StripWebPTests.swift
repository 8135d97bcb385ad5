import Media
import TestSupport
import Testing

struct StripWebPTests {
    private static let profile = [UInt8](repeating: 0xA5, count: 33)

    private static func littleEndian(_ number: Int) -> [UInt8] { .bigEndian(number).reversed() }

    private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        [UInt8](name.utf8) + littleEndian(content.count) + content + [UInt8](repeating: 0, count: content.count % 2)
    }

    private static func file(_ chunks: [[UInt8]]) -> [UInt8] {
        let body = [UInt8]("WEBP".utf8) + chunks.joined()
        return [UInt8]("RIFF".utf8) + littleEndian(body.count) + body
    }

    /// The extended header of a picture of 64x48 (RFC 9649, 2.7.1.2).
    private static func header(_ flags: UInt8) -> [UInt8] { chunk("VP8X", [flags, 0, 0, 0, 63, 0, 0, 47, 0, 0]) }

    private static func picture(_ bench: MediaBench) throws -> [UInt8] {
        let scene = ["-f", "lavfi", "-i", "testsrc=size=64x48:duration=1:rate=1", "-frames:v", "1"]
        let path = try bench.fixtures.ffmpeg(scene + ["-c:v", "libwebp", "-lossless", "1"], to: "plain.webp")
        return [UInt8](try bench.fixtures.bytes(of: path)[12...])
    }

    @Test(.enabled(if: MediaFixtures.hasEncoder("libwebp")), arguments: [1, 6])
    func `of all metadata only orientation and colour profile are left`(_ orientation: Int) async throws {
        try await MediaBench.with { bench in
            let picture = try Self.picture(bench)
            let exif = ExifSample(orientation: orientation)
            let input = Self.file([
                Self.header(0x2C), Self.chunk("ICCP", Self.profile), picture, Self.chunk("EXIF", exif.tiff),
                Self.chunk("XMP ", XMPSample.packet), Self.chunk("note", [1, 2, 3]),
            ])
            let path = try bench.fixtures.write(input + [9, 9], to: "photo.webp")
            let output = try await bench.strip(path, .all)
            // The smallest block, written out from its definition.
            let smallest: [UInt8] = [
                0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
            ]
            let expected =
                orientation == 1
                ? Self.file([Self.header(0x20), Self.chunk("ICCP", Self.profile), picture])
                : Self.file([
                    Self.header(0x28), Self.chunk("ICCP", Self.profile), picture, Self.chunk("EXIF", smallest),
                ])
            #expect(try bench.fixtures.bytes(of: output) == expected)
            #expect(try bench.showSame(path, output))
        }
    }

    @Test(.enabled(if: MediaFixtures.hasEncoder("libwebp")), arguments: [true, false])
    func `places leave EXIF and XMP, and no byte moves`(_ hasPrefix: Bool) async throws {
        try await MediaBench.with { bench in
            let picture = try Self.picture(bench)
            let exif = ExifSample(isBigEndian: false)
            let block = (hasPrefix ? ExifSample.prefix : []) + exif.tiff
            let chunks = [Self.header(0x0C), picture, Self.chunk("EXIF", block), Self.chunk("XMP ", XMPSample.packet)]
            let path = try bench.fixtures.write(Self.file(chunks), to: "photo.webp")
            let output = try await bench.strip(path, .location)
            let bytes = try bench.fixtures.bytes(of: output)
            #expect(bytes.count == Self.file(chunks).count)
            #expect(!bytes.holds(exif.place) && bytes.holds(ExifSample.makerNote))
            for place in XMPSample.places { #expect(!bytes.holds(place)) }
            #expect(bytes.holds(XMPSample.title))
            #expect(bytes[20] == 0x0C)
            #expect(try bench.showSame(path, output))
        }
    }

    @Test func `frames of an animation stay, and what hides in them goes`() async throws {
        try await MediaBench.with { bench in
            // No picture is decoded here: the frame's chunks are what is looked at.
            let pixels = Self.chunk("VP8L", [0x2F, 0, 0, 0, 0])
            let frame = [UInt8](repeating: 0, count: 16) + pixels
            let hidden = Self.chunk("ANMF", frame + Self.chunk("note", [UInt8]("GPSLatitude here".utf8)))
            let blank = Self.chunk("ANMF", frame + Self.chunk("note", [UInt8](repeating: 0, count: 16)))
            let start = [Self.header(0x02), Self.chunk("ANIM", [UInt8](repeating: 0, count: 6))]
            let path = try bench.fixtures.write(Self.file(start + [Self.chunk("ANMF", frame), hidden]), to: "a.webp")
            for mode in [StripMode.location, .all] {
                let bytes = try bench.fixtures.bytes(of: try await bench.strip(path, mode))
                #expect(bytes == Self.file(start + [Self.chunk("ANMF", frame), blank]))
            }
        }
    }
}
