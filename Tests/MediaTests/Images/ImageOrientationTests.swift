import Media
import TestSupport
import Testing

/// The turns that formats other than JPEG declare.
struct ImageOrientationTests {
    /// Where the stored top left corner is displayed, for EXIF orientations 1 to 8.
    private static let corners = ["tl", "tr", "br", "bl", "tl", "tr", "br", "bl"]

    /// 60x40 in grey, the top left quarter red.
    private static func rows() -> [[UInt8]] {
        (0..<40)
            .map { y in
                (0..<60).flatMap { x -> [UInt8] in x < 15 && y < 13 ? [255, 0, 0] : [128, 128, 128] }
            }
    }

    private func expect(_ path: String, _ orientation: Int, in bench: MediaBench) async throws {
        let result = try await bench.run(path)
        let isUpended = orientation >= 5
        #expect(result.report?.width == (isUpended ? 40 : 60))
        #expect(result.report?.height == (isUpended ? 60 : 40))
        let picture = try bench.fixtures.decode(try #require(result.thumbnail).bytes)
        #expect(picture.width == (isUpended ? 40 : 60))
        #expect(picture.redCorners == [Self.corners[orientation - 1]])
    }

    @Test(arguments: 1...8)
    func `a PNG is shown the way its eXIf chunk says`(_ orientation: Int) async throws {
        try await MediaBench.with { bench in
            let exif = ImageSamples.chunk("eXIf", ImageSamples.exif([(0x0112, 3, [orientation])]))
            let png = ImageSamples.png(width: 60, colorType: 2, rows: Self.rows(), chunks: [exif])
            try await expect(try bench.fixtures.write(png, to: "turned.png"), orientation, in: bench)
        }
    }

    @Test(arguments: 1...8)
    func `a PNG without EXIF is shown the way its XMP says, and with EXIF as that says`(_ orientation: Int) async throws
    {
        try await MediaBench.with { bench in
            for property in ["tiff:Orientation=\"\(orientation)\"", "><tiff:Orientation>\(orientation)<"] {
                let packet = [UInt8]("XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta \(property)".utf8)
                let xmp = ImageSamples.chunk("iTXt", packet)
                let png = ImageSamples.png(width: 60, colorType: 2, rows: Self.rows(), chunks: [xmp])
                try await expect(try bench.fixtures.write(png, to: "turned.png"), orientation, in: bench)
                let exif = ImageSamples.chunk("eXIf", ImageSamples.exif([(0x0112, 3, [3])]))
                for chunks in [[xmp, exif], [exif, xmp]] {
                    let both = ImageSamples.png(width: 60, colorType: 2, rows: Self.rows(), chunks: chunks)
                    try await expect(try bench.fixtures.write(both, to: "both.png"), 3, in: bench)
                }
            }
        }
    }

    @Test(arguments: 1...8)
    func `a TIFF is shown the way its tag says`(_ orientation: Int) async throws {
        try await MediaBench.with { bench in
            let tiff = ImageSamples.tiff(
                width: 60,
                height: 40,
                photometric: 2,
                samplesPerPixel: 3,
                pixels: Self.rows().flatMap { $0 },
                tags: [(0x0112, 3, [orientation])]
            )
            try await expect(try bench.fixtures.write(tiff, to: "turned.tiff"), orientation, in: bench)
        }
    }

    @Test(arguments: 1...8)
    func `a WebP picture is shown the way its EXIF chunk says`(_ orientation: Int) async throws {
        try await MediaBench.with { bench in
            let png = try bench.fixtures.write(
                ImageSamples.png(width: 60, colorType: 2, rows: Self.rows()),
                to: "up.png"
            )
            let plain = try bench.fixtures.bytes(of: try bench.fixtures.ffmpeg(["-i", png], to: "up.webp"))
            var exif = ImageSamples.exif([(0x0112, 3, [orientation])])
            if exif.count % 2 == 1 { exif.append(0) }
            // RFC 9649, 2.7: the extended format, with nothing but EXIF beside the picture.
            let extended: [UInt8] =
                [UInt8]("VP8X".utf8) + ImageSamples.little(10, 4) + [0x08, 0, 0, 0]
                + ImageSamples.little(59, 3) + ImageSamples.little(39, 3)
            let metadata = [UInt8]("EXIF".utf8) + ImageSamples.little(exif.count, 4) + exif
            // What ffmpeg wrote may be extended already; its picture chunk is what is wanted.
            let start = try #require(Self.pictureChunk(of: plain))
            let body = [UInt8]("WEBP".utf8) + extended + plain[start...] + metadata
            let file = [UInt8]("RIFF".utf8) + ImageSamples.little(body.count, 4) + body
            try await expect(try bench.fixtures.write(file, to: "turned.webp"), orientation, in: bench)
        }
    }

    private static func pictureChunk(of file: [UInt8]) -> Int? {
        var offset = 12
        while offset + 8 <= file.count {
            if file[offset..<offset + 4].elementsEqual("VP8 ".utf8)
                || file[offset..<offset + 4].elementsEqual("VP8L".utf8)
            {
                return offset
            }
            let length = (0..<4).reduce(0) { $0 | Int(file[offset + 4 + $1]) << (8 * $1) }
            offset += 8 + length + length % 2
        }
        return nil
    }
}
