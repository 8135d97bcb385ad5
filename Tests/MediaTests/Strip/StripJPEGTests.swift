import Media
import TestSupport
import Testing

struct StripJPEGTests {
    private static let profile = [UInt8]("ICC_PROFILE\0".utf8) + [1, 1] + [UInt8](repeating: 0xA5, count: 300)

    /// A JPEG of one colour whose segments are all known.
    private static func plain(_ bench: MediaBench) throws -> [UInt8] {
        try bench.fixtures.bytes(of: try bench.fixtures.jpeg("plain.jpg", width: 64, height: 48))
    }

    private static func segment(_ marker: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [0xFF, marker] + .bigEndian(payload.count + 2, 2) + payload
    }

    /// The JPEG with segments behind its SOI.
    private static func jpeg(_ bench: MediaBench, _ segments: [[UInt8]]) throws -> [UInt8] {
        let plain = try plain(bench)
        return [UInt8](plain[..<2] + segments.joined() + plain[2...])
    }

    /// An EXIF segment as it is written from its definition: big-endian, one entry, the orientation.
    private static func smallestExif(_ orientation: UInt8) -> [UInt8] {
        segment(
            0xE1,
            ExifSample.prefix + [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation]
                + [0, 0, 0, 0, 0, 0]
        )
    }

    @Test(arguments: 1...8, [true, false])
    func `only the place leaves the EXIF block, and no byte moves`(_ orientation: Int, _ isBigEndian: Bool) async throws
    {
        try await MediaBench.with { bench in
            let exif = ExifSample(orientation: orientation, isBigEndian: isBigEndian)
            let input = try Self.jpeg(bench, [Self.segment(0xE1, ExifSample.prefix + exif.tiff)])
            let path = try bench.fixtures.write(input, to: "photo.jpg")
            let output = try await bench.strip(path, .location)
            let bytes = try bench.fixtures.bytes(of: output)
            #expect(input.holds(exif.place))
            #expect(!bytes.holds(exif.place))
            #expect(bytes.count == input.count)
            #expect(bytes.holds(ExifSample.makerNote) && bytes.holds(ExifSample.maker))
            let (before, after) = (try await bench.run(path, .probe), try await bench.run(output, .probe))
            #expect(before.report != nil && after.report == before.report)
            #expect(try bench.showSame(path, output))
        }
    }

    @Test(arguments: [1, 3, 6, 8] as [UInt8])
    func `of all metadata only orientation and colour profile are left`(_ orientation: UInt8) async throws {
        try await MediaBench.with { bench in
            let exif = ExifSample(orientation: Int(orientation), isBigEndian: false)
            let profile = Self.segment(0xE2, Self.profile)
            let adobe = Self.segment(0xEE, [UInt8]("Adobe".utf8) + [0, 100, 0, 0, 0, 0, 1])
            let segments = [
                Self.segment(0xE1, ExifSample.prefix + exif.tiff),
                Self.segment(0xE1, XMPSample.prefix + XMPSample.packet),
                profile, Self.segment(0xE2, [UInt8]("MPF\0".utf8) + [0, 0]), Self.segment(0xEB, [1, 2, 3]),
                Self.segment(0xED, [UInt8]("Photoshop 3.0\0".utf8)), adobe,
                Self.segment(0xFE, [UInt8]("a remark".utf8)),
            ]
            let path = try bench.fixtures.write(try Self.jpeg(bench, segments) + [1, 2, 3], to: "photo.jpg")
            let output = try await bench.strip(path, .all)
            let kept = (orientation == 1 ? [] : [Self.smallestExif(orientation)]) + [profile, adobe]
            #expect(try bench.fixtures.bytes(of: output) == Self.withoutRemarks(try Self.jpeg(bench, kept)))
            #expect(try bench.showSame(path, output))
        }
    }

    /// ffmpeg puts a comment of its own into each JPEG.
    private static func withoutRemarks(_ jpeg: [UInt8]) -> [UInt8] {
        guard let start = jpeg.offset(of: [0xFF, 0xFE]) else { return jpeg }
        let length = Int(jpeg[start + 2]) << 8 | Int(jpeg[start + 3])
        return [UInt8](jpeg[..<start] + jpeg[(start + 2 + length)...])
    }

    @Test func `places leave XMP, and it stays XML`() async throws {
        try await MediaBench.with { bench in
            let segments = [Self.segment(0xE1, XMPSample.prefix + XMPSample.packet)]
            let path = try bench.fixtures.write(try Self.jpeg(bench, segments), to: "photo.jpg")
            let bytes = try bench.fixtures.bytes(of: try await bench.strip(path, .location))
            for place in XMPSample.places { #expect(!bytes.holds(place)) }
            #expect(bytes.holds(XMPSample.title))
            let start = try #require(bytes.offset(of: [UInt8]("<x:xmpmeta".utf8)))
            let end = try #require(bytes.offset(of: [UInt8]("</x:xmpmeta>".utf8))) + 12
            let xml = try bench.fixtures.write([UInt8](bytes[start..<end]), to: "packet.xml")
            let script = "import sys, xml.etree.ElementTree as e; e.parse(sys.argv[1])"
            _ = try bench.fixtures.output("python3", ["-c", script, xml])
        }
    }

    @Test func `an extended packet that tells a place goes, also where the word is cut in two`() async throws {
        try await MediaBench.with { bench in
            let text = [UInt8]("<a drone:GpsLatitude='48.19642'/>".utf8)
            let name = [UInt8]("http://ns.adobe.com/xmp/extension/\0".utf8) + [UInt8](repeating: 0x41, count: 32)
            let segments = [text[..<12], text[12...]]
                .map { part in
                    Self.segment(0xE1, name + .bigEndian(text.count) + .bigEndian(part.startIndex) + part)
                }
            let input = try Self.jpeg(bench, segments)
            let bytes = try bench.fixtures.bytes(
                of: try await bench.strip(try bench.fixtures.write(input, to: "photo.jpg"), .location)
            )
            #expect(!bytes.holds("48.19642"))
            #expect(bytes.count == input.count)
        }
    }

    @Test func `the city leaves IPTC's records, and the headline stays`() async throws {
        try await MediaBench.with { bench in
            func record(_ number: UInt8, _ text: String) -> [UInt8] {
                [0x1C, 2, number] + .bigEndian(text.utf8.count, 2) + [UInt8](text.utf8)
            }
            let records = record(105, "A headline") + record(90, "Gotham City") + record(101, "Freedonia")
            let resource = [UInt8]("8BIM".utf8) + [4, 4, 0, 0] + .bigEndian(records.count) + records
            let padded = resource + [UInt8](repeating: 0, count: records.count % 2)
            let segments = [Self.segment(0xED, [UInt8]("Photoshop 3.0\0".utf8) + padded)]
            let input = try Self.jpeg(bench, segments)
            let path = try bench.fixtures.write(input, to: "photo.jpg")
            let bytes = try bench.fixtures.bytes(of: try await bench.strip(path, .location))
            #expect(!bytes.holds("Gotham City") && !bytes.holds("Freedonia"))
            #expect(bytes.holds("A headline"))
            #expect(bytes.count == input.count)
        }
    }

    @Test func `an EXIF block that is broken gives way to its orientation`() async throws {
        try await MediaBench.with { bench in
            let exif = ExifSample(orientation: 6)
            var tiff = exif.tiff
            // The directory of the position announces more entries than there is room for.
            let table = try #require(tiff.offset(of: [0, 2, 0, 1, 0, 2, 0, 0, 0, 2]))
            tiff[table] = 0x7F
            let input = try Self.jpeg(bench, [Self.segment(0xE1, ExifSample.prefix + tiff)])
            let path = try bench.fixtures.write(input, to: "photo.jpg")
            let output = try await bench.strip(path, .location)
            let bytes = try bench.fixtures.bytes(of: output)
            #expect(!bytes.holds(exif.place) && !bytes.holds(ExifSample.makerNote))
            #expect(bytes.count == input.count)
            #expect(try await bench.run(output, .probe).report?.rotation == 90)
        }
    }

    @Test func `what is appended loses its place where it lies, or goes with all metadata`() async throws {
        try await MediaBench.with { bench in
            let exif = ExifSample()
            let image = try Self.jpeg(bench, [Self.segment(0xE1, ExifSample.prefix + exif.tiff)])
            let place = ["-metadata", "location=+48.1964+011.5733/"]
            let film = try bench.fixtures.bytes(
                of: try bench.fixtures.video("motion.mov", width: 64, height: 48, seconds: 0.2, options: place)
            )
            #expect(film.holds("+48.1964"))
            let padding = [UInt8](repeating: 0, count: 50)
            let path = try bench.fixtures.write(image + image + padding + image + film, to: "motion.jpg")
            let freed = try bench.fixtures.bytes(of: try await bench.strip(path, .location))
            #expect(freed.count == 3 * image.count + padding.count + film.count)
            #expect(!freed.holds(exif.place) && !freed.holds("48.1964"))
            let inner = try bench.fixtures.write([UInt8](freed[(freed.count - film.count)...]), to: "inner.mov")
            #expect(try bench.showSame(bench.fixtures.directory.file("motion.mov"), inner))
            let second = try bench.fixtures.write([UInt8](freed[image.count..<2 * image.count]), to: "second.jpg")
            #expect(try bench.showSame(bench.fixtures.directory.file("plain.jpg"), second))
            let bare = try bench.fixtures.bytes(of: try await bench.strip(path, .all))
            #expect(bare.suffix(2) == [0xFF, 0xD9])
            #expect(bare.count < image.count)
        }
    }

    @Test(arguments: [true, false])
    func `what is appended and not understood is blanked only if it tells a place`(_ tellsPlace: Bool) async throws {
        try await MediaBench.with { bench in
            let image = try Self.plain(bench)
            let unknown = [UInt8]("SEFT \(tellsPlace ? "GPSLatitude" : "remark of a maker") 48.1964".utf8)
            let path = try bench.fixtures.write(image + unknown + image, to: "photo.jpg")
            let freed = try bench.fixtures.bytes(of: try await bench.strip(path, .location))
            let rest = tellsPlace ? [UInt8](repeating: 0, count: unknown.count + image.count) : unknown + image
            #expect(freed == image + rest)
        }
    }

    @Test func `a remark behind the scan is blanked where it is`() async throws {
        try await MediaBench.with { bench in
            let plain = try Self.plain(bench)
            let input = plain.dropLast(2) + Self.segment(0xFE, [UInt8]("a remark".utf8)) + [0xFF, 0xD9]
            let path = try bench.fixtures.write([UInt8](input), to: "photo.jpg")
            let output = try await bench.strip(path, .all)
            let expected = plain.dropLast(2) + Self.segment(0xFE, [UInt8](repeating: 0, count: 8)) + [0xFF, 0xD9]
            #expect(try bench.fixtures.bytes(of: output) == Self.withoutRemarks([UInt8](expected)))
            #expect(try bench.showSame(path, output))
        }
    }

    @Test func `a JPEG without a picture is refused`() async throws {
        try await MediaBench.with { bench in
            let exif = Self.segment(0xE1, ExifSample.prefix + ExifSample().tiff)
            let path = try bench.fixtures.write([0xFF, 0xD8] + exif + [0xFF, 0xD9], to: "photo.jpg")
            let result = try await bench.stripResult(path, .all)
            #expect(result.stripPlan == nil)
            #expect(result.failure?.code == "invalid_data")
        }
    }
}
