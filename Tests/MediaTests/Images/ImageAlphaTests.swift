import Media
import TestSupport
import Testing

struct ImageAlphaTests {
    /// 64x64: the left half opaque blue, the right half invisible green.
    private static let halves: [UInt8] = ImageSamples.png(
        width: 64,
        colorType: 6,
        rows: (0..<64)
            .map { _ in
                (0..<64).flatMap { x -> [UInt8] in x < 32 ? [0, 0, 255, 255] : [0, 255, 0, 0] }
            }
    )

    private static let kept = RenditionSpecification(
        name: "kept",
        bound: .width,
        pixels: 16,
        format: .webp,
        alpha: .kept
    )

    @Test func `transparency is kept where that is asked for`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.write(Self.halves, to: "halves.png")
            let result = try await bench.run(path, renditions: [Self.kept])
            #expect(result.report?.hasAlpha == true)
            let rendition = try #require(result.renditions.first)
            #expect(rendition.mediaType == "image/webp")
            let picture = try bench.fixtures.decode(rendition.bytes)
            #expect(picture.alpha(0.2, 0.5) == 255)
            #expect(picture.alpha(0.8, 0.5) == 0)
            #expect(picture.color(0.2, 0.5).blue > 240)
        }
    }

    @Test func `a transparent picture is no JPEG if its transparency is to be kept`() async throws {
        try await MediaBench.with { bench in
            var specification = Self.kept
            specification.format = .jpeg
            let clear = try bench.fixtures.write(Self.halves, to: "halves.png")
            let result = try await bench.run(clear, renditions: [specification])
            #expect(result.renditions.first?.mediaType == "image/webp")
            let opaque = try await bench.run(try bench.fixtures.jpeg("opaque.jpg"), renditions: [specification])
            #expect(opaque.renditions.first?.mediaType == "image/jpeg")
        }
    }

    @Test func `a channel for transparency in which nothing is transparent makes no difference`() async throws {
        try await MediaBench.with { bench in
            let rows = [[UInt8]](repeating: [200, 30, 40, 255, 200, 30, 40, 255], count: 2)
            let png = ImageSamples.png(width: 2, colorType: 6, rows: rows)
            var specification = Self.kept
            specification.format = .jpeg
            let path = try bench.fixtures.write(png, to: "opaque.png")
            let result = try await bench.run(path, renditions: [specification])
            #expect(result.report?.hasAlpha == true)
            #expect(result.renditions.first?.mediaType == "image/jpeg")
        }
    }

    @Test func `invisible colours do not bleed into visible ones`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.write(Self.halves, to: "halves.png")
            let result = try await bench.run(
                path,
                renditions: [RenditionSpecification(name: "small", bound: .width, pixels: 15, quality: 100)]
            )
            let picture = try bench.fixtures.decode(try #require(result.renditions.first).bytes)
            // Between blue and white, red and green are alike all the way.
            for column in 0..<15 {
                let color = picture.color((Double(column) + 0.5) / 15, 0.5)
                #expect(abs(color.red - color.green) <= 6)
            }
        }
    }

    @Test(arguments: [8, 16])
    func `grey with transparency is laid on white`(_ bitDepth: Int) async throws {
        try await MediaBench.with { bench in
            let most = 1 << bitDepth - 1
            // Grey 64 of 255, opaque by half: over white that is 255 - 0.5 * 191 = 159.5.
            let pixel = ImageSamples.big(most * 64 / 255, bitDepth / 8) + ImageSamples.big(most / 2, bitDepth / 8)
            let rows = [[UInt8]](repeating: [[UInt8]](repeating: pixel, count: 8).flatMap { $0 }, count: 8)
            let png = ImageSamples.png(width: 8, colorType: 4, bitDepth: bitDepth, rows: rows)
            let result = try await bench.run(try bench.fixtures.write(png, to: "veil.png"))
            let color = try bench.fixtures.decode(try #require(result.thumbnail).bytes).color(0.5, 0.5)
            for component in [color.red, color.green, color.blue] { #expect((157...162).contains(component)) }
        }
    }

    @Test func `of an animation the first frame that shows something is shown`() async throws {
        try await MediaBench.with { bench in
            // Two frames of 8x8 in two colours: the first has the transparent one throughout, the second the red one.
            var gif = [UInt8]("GIF89a".utf8) + [8, 0, 8, 0, 0x80, 0, 0, 255, 0, 0, 0, 0, 0]
            for color in [1, 0] {
                gif += [0x21, 0xF9, 4, 0x09, 10, 0, 1, 0]
                gif += [0x2C, 0, 0, 0, 0, 8, 0, 8, 0, 0] + Self.lzw(color: color, count: 64)
            }
            let result = try await bench.run(try bench.fixtures.write(gif + [0x3B], to: "late.gif"))
            #expect(result.report?.isAnimated == true)
            #expect(result.report?.frameCount == 2)
            #expect(result.report?.hasAlpha == true)
            let color = try bench.fixtures.decode(try #require(result.thumbnail).bytes).color(0.5, 0.5)
            #expect(color.red > 240 && color.green < 20)
        }
    }

    /// GIF's coding of pixels of one colour, of two: each pixel after a clear code, so that codes stay three bits wide.
    private static func lzw(color: Int, count: Int) -> [UInt8] {
        let codes = (0..<count).flatMap { _ in [4, color] } + [5]
        var bytes: [UInt8] = []
        var (bits, bitCount) = (0, 0)
        for code in codes {
            bits |= code << bitCount
            bitCount += 3
            while bitCount >= 8 {
                bytes.append(UInt8(bits & 0xFF))
                bits >>= 8
                bitCount -= 8
            }
        }
        if bitCount > 0 { bytes.append(UInt8(bits)) }
        return [2, UInt8(bytes.count)] + bytes + [0]
    }
}
