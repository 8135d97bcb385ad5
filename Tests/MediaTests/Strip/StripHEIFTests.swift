import Media
import TestSupport
import Testing

struct StripHEIFTests {
    /// Bytes of a file's items: one picture that ffmpeg encodes as AVIF, an EXIF block and an XMP packet.
    private struct Items {
        var exif: [UInt8]
        /// The packet lies in a box inside the index, and EXIF in one piece, which is all that ffmpeg understands.
        var isPlain = true
    }

    private static let canEncode = MediaFixtures.hasEncoder("libaom-av1")

    private static func picture(_ bench: MediaBench) throws -> String {
        let scene = ["-f", "lavfi", "-i", "testsrc=size=64x48:duration=1:rate=1", "-frames:v", "1"]
        return try bench.fixtures.ffmpeg(
            scene + ["-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8"],
            to: "plain.avif"
        )
    }

    private static func entry(_ id: Int, _ type: String, _ names: String) -> [UInt8] {
        ISOSample.fullBox("infe", version: 2, .bigEndian(id, 2) + [0, 0] + [UInt8](type.utf8) + [UInt8](names.utf8))
    }

    /// An item's place: the file's bytes, or those of the box inside the index (8.11.3).
    private static func place(_ id: Int, isInIndex: Bool = false, _ extents: [(Int, Int)]) -> [UInt8] {
        let numbers = [id, isInIndex ? 1 : 0, 0, extents.count].map { [UInt8].bigEndian($0, 2) }
        let bounds = extents.flatMap { [$0.0, $0.1] }.map { [UInt8].bigEndian($0) }
        return [UInt8]((numbers + bounds).joined())
    }

    /// The picture's file with two more items; where it is not plain, EXIF begins behind the picture and ends before it.
    private static func file(_ bench: MediaBench, _ items: Items) throws -> [UInt8] {
        let plain = try bench.fixtures.bytes(of: try picture(bench))
        let boxes = ISOSample.boxes(plain)
        let children = ISOSample.boxes(boxes.content("meta"), from: 4)
        let start = [UInt8](plain[try #require(boxes.first).range])
        let pixels = boxes.content("mdat")
        let cut = items.isPlain ? items.exif.count : 10
        let media = items.exif[cut...] + pixels + items.exif[..<cut]
        let kept = children.filter { !$0.has("iloc") && !$0.has("iinf") }
            .flatMap { ISOSample.box(String(decoding: $0.type, as: UTF8.self), $0.content) }
        let names =
            entry(1, "av01", "\0") + entry(2, "Exif", "\0") + entry(3, "mime", "packet\0application/rdf+xml\0")
        let information = ISOSample.fullBox("iinf", .bigEndian(3, 2) + names)
        func index(_ offset: Int) -> [UInt8] {
            let exif = items.exif.count
            let packet = offset + media.count
            let first = (offset + exif - cut + pixels.count, cut)
            let places = [
                place(1, [(offset + exif - cut, pixels.count)]),
                place(2, items.isPlain ? [first] : [first, (offset, exif - cut)]),
                place(3, isInIndex: !items.isPlain, [(items.isPlain ? packet : 0, XMPSample.packet.count)]),
            ]
            .joined()
            let data = items.isPlain ? [] : ISOSample.box("idat", XMPSample.packet)
            let table = ISOSample.fullBox("iloc", version: 1, [0x44, 0x00] + .bigEndian(3, 2) + places)
            return ISOSample.fullBox("meta", kept + information + table + data)
        }
        let offset = start.count + index(0).count + 8
        let packet = items.isPlain ? XMPSample.packet : []
        return start + index(offset) + ISOSample.box("mdat", media + packet)
    }

    @Test(.enabled(if: canEncode), arguments: [true, false], [StripMode.location, .all])
    func `EXIF and XMP are freed where they lie`(_ isPlain: Bool, _ mode: StripMode) async throws {
        try await MediaBench.with { bench in
            let sample = ExifSample(orientation: 6)
            let exif = [0, 0, 0, 6] + ExifSample.prefix + sample.tiff
            let input = try Self.file(bench, Items(exif: exif, isPlain: isPlain))
            let path = try bench.fixtures.write(input, to: "photo.avif")
            let output = try await bench.strip(path, mode)
            let bytes = try bench.fixtures.bytes(of: output)
            #expect(bytes.count == input.count)
            #expect(!bytes.holds([UInt8](sample.place[..<20])) && !bytes.holds(XMPSample.places[0]))
            #expect(bytes.holds(ExifSample.makerNote) == (mode == .location))
            #expect(bytes.holds(XMPSample.title) == (mode == .location))
            if isPlain { #expect(try bench.showSame(path, output)) }
            let media = ISOSample.boxes(bytes).content("mdat")
            let cut = isPlain ? exif.count : 10
            let end = media.count - (isPlain ? XMPSample.packet.count : 0)
            let block = media[(end - cut)..<end] + media[..<(exif.count - cut)]
            // Orientation 6 in a directory entry, as it is written in big-endian order.
            #expect([UInt8](block).holds([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]))
            #expect([UInt8](block).starts(with: [0, 0, 0, 6] + ExifSample.prefix))
        }
    }

    @Test(.enabled(if: canEncode)) func `bytes that are also the picture's are not touched`() async throws {
        try await MediaBench.with { bench in
            let exif = [0, 0, 0, 6] + ExifSample.prefix + ExifSample().tiff
            var input = try Self.file(bench, Items(exif: exif))
            let table = try #require(input.offset(of: [UInt8]("iloc".utf8)))
            // The picture now ends inside of the EXIF block: version, sizes, count, four numbers of two bytes, the offset.
            let place = table + 4 + 4 + 2 + 2 + 8
            let first = try #require(ISOSample.boxes(input).first { $0.has("mdat") }).range.lowerBound + 8
            input.replaceSubrange(place..<place + 4, with: [UInt8].bigEndian(first + 20))
            let result = try await bench.stripResult(try bench.fixtures.write(input, to: "photo.avif"), .all)
            #expect(result.stripPlan == nil && result.failure?.code == "invalid_data")
        }
    }
}
