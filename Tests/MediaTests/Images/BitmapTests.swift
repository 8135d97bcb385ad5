import Media
import TestSupport
import Testing

/// Windows bitmaps, and icons of them; 4x2 pixels: a red one at the top left, a blue one at the bottom right, white ones.
struct BitmapTests {
    private static let colors: [[UInt8]] = [[255, 0, 0], [255, 255, 255], [0, 0, 255]]
    /// Indices of colours, rows from the top.
    private static let picture = [[0, 1, 1, 1], [1, 1, 1, 2]]

    /// A file with the longer header of 40 bytes; a palette and the rows are the caller's.
    private static func bmp(
        bitCount: Int,
        compression: Int = 0,
        height: Int = 2,
        masks: [Int] = [],
        palette: [[UInt8]] = [],
        data: [UInt8]
    ) -> [UInt8] {
        var extra: [UInt8] = masks.flatMap { ImageSamples.little($0, 4) }
        for color in palette { extra += [color[2], color[1], color[0], 0] }
        var header: [UInt8] = []
        for (number, byteCount) in [
            (40, 4), (4, 4), (height, 4), (1, 2), (bitCount, 2), (compression, 4), (data.count, 4), (0, 8),
            (palette.count, 4), (0, 4),
        ] { header += ImageSamples.little(number, byteCount) }
        let offset = 14 + header.count + extra.count
        var file: [UInt8] = [0x42, 0x4D]
        for number in [offset + data.count, 0, offset] { file += ImageSamples.little(number, 4) }
        return file + header + extra + data
    }

    /// The rows from the bottom, each padded to four bytes.
    private static func rows(_ row: ([Int]) -> [UInt8]) -> [UInt8] {
        picture.reversed()
            .flatMap { indices in
                let bytes = row(indices)
                return bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
            }
    }

    private static func packed(_ color: [UInt8], _ bits: (Int, Int, Int)) -> Int {
        let red = Int(color[0]) >> (8 - bits.0)
        let green = Int(color[1]) >> (8 - bits.1)
        let blue = Int(color[2]) >> (8 - bits.2)
        return red << (bits.1 + bits.2) | green << bits.2 | blue
    }

    private static func reversed(_ indices: [Int], padding: [UInt8] = []) -> [UInt8] {
        indices.flatMap { index -> [UInt8] in [colors[index][2], colors[index][1], colors[index][0]] + padding }
    }

    private static let files: [String: [UInt8]] = [
        "24": bmp(bitCount: 24, data: rows { reversed($0) }),
        "32": bmp(bitCount: 32, data: rows { reversed($0, padding: [0]) }),
        "555": bmp(bitCount: 16, data: rows { $0.flatMap { ImageSamples.little(packed(colors[$0], (5, 5, 5)), 2) } }),
        "565": bmp(
            bitCount: 16,
            compression: 3,
            masks: [0xF800, 0x07E0, 0x001F],
            data: rows { $0.flatMap { ImageSamples.little(packed(colors[$0], (5, 6, 5)), 2) } }
        ),
        "8": bmp(bitCount: 8, palette: colors, data: rows { $0.map { UInt8($0) } }),
        "4": bmp(bitCount: 4, palette: colors, data: rows { [UInt8($0[0] << 4 | $0[1]), UInt8($0[2] << 4 | $0[3])] }),
        // From the bottom: three of colour 1, one of colour 2, end of row; one of 0, a stretch of three, end.
        "rle8": bmp(
            bitCount: 8,
            compression: 1,
            palette: colors,
            data: [3, 1, 1, 2, 0, 0, 1, 0, 0, 3, 1, 1, 1, 0, 0, 1]
        ),
        "rle4": bmp(
            bitCount: 4,
            compression: 2,
            palette: colors,
            data: [3, 0x11, 1, 0x20, 0, 0, 1, 0x00, 0, 3, 0x11, 0x10, 0, 1]
        ),
        // A negative height: rows from the top.
        "top": bmp(
            bitCount: 24,
            height: -2,
            data: picture.flatMap { reversed($0) }
        ),
    ]

    private func expectPicture(_ file: [UInt8], _ name: String, in bench: MediaBench) async throws {
        let specification = RenditionSpecification(name: "kept", bound: .width, pixels: 4, format: .webp, quality: 100)
        let path = try bench.fixtures.write(file, to: name)
        let result = try await bench.run(path, renditions: [specification])
        #expect(result.report?.width == 4)
        #expect(result.report?.height == 2)
        let picture = try bench.fixtures.decode(try #require(result.renditions.first).bytes)
        let (first, last) = (picture.color(0.1, 0.2), picture.color(0.9, 0.8))
        #expect(first.red > first.blue + 60, "\(name): \(first)")
        #expect(last.blue > last.red + 60, "\(name): \(last)")
        let between = picture.color(0.1, 0.8)
        #expect(between.red > 180 && between.green > 180 && between.blue > 180, "\(name): \(between)")
    }

    @Test(arguments: files.keys.sorted())
    func `a bitmap is shown`(_ kind: String) async throws {
        try await MediaBench.with { bench in
            try await expectPicture(try #require(Self.files[kind]), "\(kind).bmp", in: bench)
        }
    }

    @Test func `an icon's mask makes it transparent`() async throws {
        try await MediaBench.with { bench in
            // 24 bits, twice the height, and a mask from the bottom whose top row has its last pixel set.
            let file = Self.bmp(
                bitCount: 24,
                height: 4,
                data: try #require(Self.files["24"]).suffix(24) + [0, 0, 0, 0, 0x10, 0, 0, 0]
            )
            let bitmap = Array(file.dropFirst(14))
            let icon: [UInt8] =
                [0, 0, 1, 0, 1, 0, 4, 2, 0, 0, 1, 0, 24, 0] + ImageSamples.little(bitmap.count, 4)
                + ImageSamples.little(22, 4) + bitmap
            let specification = RenditionSpecification(
                name: "kept",
                bound: .width,
                pixels: 4,
                format: .webp,
                quality: 100,
                alpha: .kept
            )
            let path = try bench.fixtures.write(icon, to: "icon.ico")
            let result = try await bench.run(path, renditions: [specification])
            #expect(result.report?.format == "ico")
            #expect(result.report?.hasAlpha == true)
            let picture = try bench.fixtures.decode(try #require(result.renditions.first).bytes)
            #expect(picture.alpha(0.9, 0.2) == 0)
            #expect(picture.alpha(0.9, 0.8) == 255)
            #expect(picture.alpha(0.1, 0.2) == 255)
        }
    }

    @Test func `icons in icons are no pictures`() async throws {
        try await MediaBench.with { bench in
            // Each one's only entry is all that lies behind it.
            let level: [UInt8] =
                [0, 0, 1, 0, 1, 0, 4, 2, 0, 0, 1, 0, 24, 0] + ImageSamples.little(1 << 30, 4)
                + ImageSamples.little(22, 4)
            let file = [[UInt8]](repeating: level, count: 20_000).flatMap { $0 }
            let result = try await bench.run(try bench.fixtures.write(file, to: "deep.ico"))
            #expect(result.failure?.code == "unsupported_format")
            #expect(await bench.runner.checkAlive() == nil)
        }
    }

    @Test func `a bitmap without all its rows is not shown`() async throws {
        try await MediaBench.with { bench in
            let file = try #require(Self.files["24"])
            let result = try await bench.run(try bench.fixtures.write(file.dropLast(13), to: "cut.bmp"))
            #expect(result.report?.width == 4)
            #expect(result.thumbnail == nil)
            #expect(result.reason?.code == "no_frame")
        }
    }

    @Test func `a header that declares trillions of pixels is refused by the declared size`() async throws {
        try await MediaBench.with { bench in
            var file = try #require(Self.files["24"])
            file.replaceSubrange(18..<26, with: ImageSamples.little(3_000_000, 4) + ImageSamples.little(2_000_000, 4))
            let result = try await bench.run(try bench.fixtures.write(file, to: "bomb.bmp"))
            #expect(result.report?.width == 3_000_000)
            #expect(result.reason?.code == "too_many_pixels")
        }
    }
}
