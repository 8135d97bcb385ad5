import Foundation
import Media
import TestSupport
import Testing

struct ImageColorTests {
    /// A picture of one colour.
    private static func png(_ color: [UInt8], bitDepth: Int = 8, chunks: [[UInt8]] = []) -> [UInt8] {
        let row = [[UInt8]](repeating: color, count: 16).flatMap { $0 }
        return ImageSamples.png(
            width: 16,
            colorType: 2,
            bitDepth: bitDepth,
            rows: [[UInt8]](repeating: row, count: 16),
            chunks: chunks
        )
    }

    private func expect(
        _ wanted: [Int],
        of file: [UInt8],
        _ name: String,
        tolerance: Int = 3,
        in bench: MediaBench
    ) async throws {
        let webP = RenditionSpecification(name: "exact", bound: .width, pixels: 16, quality: 100)
        let result = try await bench.run(try bench.fixtures.write(file, to: name), renditions: [webP])
        let found = try bench.fixtures.decode(try #require(result.renditions.first).bytes).color(0.5, 0.5)
        for (found, wanted) in zip([found.red, found.green, found.blue], wanted) {
            #expect(abs(found - wanted) <= tolerance, "\(name): \(found), not \(wanted)")
        }
    }

    /// The sRGB colour of an Adobe RGB colour: through XYZ with white D50, by the matrices that both are defined with.
    private static func sRGB(ofAdobe color: [UInt8]) -> [Int] {
        let light = color.map { pow(Double($0) / 255, 2.199_218_75) }
        let toXYZ = [[0.609_74, 0.205_28, 0.149_19], [0.311_11, 0.625_67, 0.063_22], [0.019_47, 0.060_87, 0.744_57]]
        let toSRGB = [
            [3.133_856, -1.616_867, -0.490_615], [-0.978_768, 1.916_142, 0.033_454],
            [0.071_945, -0.228_991, 1.405_243],
        ]
        func times(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
            matrix.map { zip($0, vector).reduce(0) { $0 + $1.0 * $1.1 } }
        }
        return times(toSRGB, times(toXYZ, light)).map(encoded)
    }

    /// IEC 61966-2-1.
    private static func encoded(_ light: Double) -> Int {
        let light = min(max(light, 0), 1)
        return Int((255 * (light <= 0.003_130_8 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055)).rounded())
    }

    @Test(arguments: [[150, 180, 120], [120, 120, 120], [180, 140, 150]] as [[UInt8]])
    func `a colour in Adobe RGB is shown as its profile says`(_ color: [UInt8]) async throws {
        try await MediaBench.with { bench in
            let wanted = Self.sRGB(ofAdobe: color)
            let profile = ImageSamples.chunk("iCCP", [UInt8]("p\0\0".utf8) + ImageSamples.zlib(ImageSamples.adobeRGB))
            try await expect(wanted, of: Self.png(color, chunks: [profile]), "adobe.png", in: bench)
            let tiff = ImageSamples.tiff(
                width: 16,
                height: 16,
                photometric: 2,
                samplesPerPixel: 3,
                pixels: [[UInt8]](repeating: color, count: 256).flatMap { $0 },
                tags: [(34_675, 7, ImageSamples.adobeRGB.map { Int($0) })]
            )
            try await expect(wanted, of: tiff, "adobe.tiff", in: bench)
            let png = try bench.fixtures.write(Self.png(color), to: "plain.png")
            let options = ["-i", png, "-pix_fmt", "yuvj444p", "-q:v", "1"]
            var jpeg = try bench.fixtures.bytes(of: try bench.fixtures.ffmpeg(options, to: "plain.jpg"))
            let segment = [UInt8]("ICC_PROFILE\0".utf8) + [1, 1] + ImageSamples.adobeRGB
            jpeg.insert(contentsOf: [0xFF, 0xE2] + ImageSamples.big(segment.count + 2, 2) + segment, at: 2)
            try await expect(wanted, of: jpeg, "adobe.jpg", tolerance: 5, in: bench)
            let report = try await bench.run(try bench.fixtures.write(jpeg, to: "adobe.jpg"), .probe).report
            #expect(report?.colorProfile == "Adobe RGB (1998)")
        }
    }

    @Test func `a broken profile is passed over`() async throws {
        try await MediaBench.with { bench in
            let broken = ImageSamples.zlib(Array(ImageSamples.adobeRGB.prefix(200)))
            let profile = ImageSamples.chunk("iCCP", [UInt8]("p\0\0".utf8) + broken)
            try await expect(
                [150, 180, 120],
                of: Self.png([150, 180, 120], chunks: [profile]),
                "broken.png",
                in: bench
            )
        }
    }

    @Test func `sixteen bits a channel are shown as eight would be`() async throws {
        try await MediaBench.with { bench in
            let color = [150, 180, 120].flatMap { ImageSamples.big($0 * 257, 2) }
            try await expect([150, 180, 120], of: Self.png(color, bitDepth: 16), "deep.png", in: bench)
        }
    }

    @Test func `inks are mixed: none is white, all black is dark, magenta with yellow is red`() async throws {
        try await MediaBench.with { bench in
            for (inks, isRight) in [
                ([0, 0, 0, 0], { (c: [Int]) in c.allSatisfy { $0 > 245 } }),
                ([0, 0, 0, 255], { c in c.allSatisfy { $0 < 70 } }),
                ([0, 255, 255, 0], { c in c[0] > 180 && c[1] < 90 && c[2] < 90 }),
            ] as [([UInt8], ([Int]) -> Bool)] {
                let tiff = ImageSamples.tiff(
                    width: 16,
                    height: 16,
                    photometric: 5,
                    samplesPerPixel: 4,
                    pixels: [[UInt8]](repeating: inks, count: 256).flatMap { $0 }
                )
                let result = try await bench.run(try bench.fixtures.write(tiff, to: "inks.tiff"))
                let color = try bench.fixtures.decode(try #require(result.thumbnail).bytes).color(0.5, 0.5)
                #expect(isRight([color.red, color.green, color.blue]), "\(inks): \(color)")
            }
        }
    }

    @Test(arguments: [(5, 5, 8), (2, 6, 8), (1, 1, 32)])
    func `what has other channels than pictures have is not shown`(
        _ photometric: Int,
        _ samplesPerPixel: Int,
        _ bitDepth: Int
    ) async throws {
        try await MediaBench.with { bench in
            let tiff = ImageSamples.tiff(
                width: 400,
                height: 4,
                photometric: photometric,
                samplesPerPixel: samplesPerPixel,
                bitDepth: bitDepth,
                pixels: [UInt8](repeating: 9, count: 1_600 * samplesPerPixel * bitDepth / 8)
            )
            let result = try await bench.run(try bench.fixtures.write(tiff, to: "data.tiff"))
            #expect(result.report?.width == 400)
            #expect(result.thumbnail == nil)
            #expect(result.reason?.code == "unsupported_format")
        }
    }

    /// The PQ number (SMPTE ST 2084) of light in cd/m2, as sixteen bits.
    private static func pq(_ light: Double) -> [UInt8] {
        let power = pow(light / 10_000, 2_610.0 / 16_384)
        let number = pow((3_424.0 / 4_096 + 2_413.0 / 128 * power) / (1 + 2_392.0 / 128 * power), 2_523.0 / 32)
        return ImageSamples.big(Int((number * 65_535).rounded()), 2)
    }

    @Test func `light of high dynamic range is counted from its white, 203 cd/m2`() async throws {
        try await MediaBench.with { bench in
            // BT.2020 and PQ, RGB, full range.
            let chunk = ImageSamples.chunk("cICP", [9, 16, 0, 1])
            for share in [0.05, 0.2, 1] {
                let grey = [[UInt8]](repeating: Self.pq(203 * share), count: 3).flatMap { $0 }
                let wanted = [Int](repeating: Self.encoded(share), count: 3)
                let file = Self.png(grey, bitDepth: 16, chunks: [chunk])
                try await expect(wanted, of: file, "pq.png", tolerance: 4, in: bench)
            }
            let path = try bench.fixtures.write(
                Self.png(Self.pq(1) + Self.pq(1) + Self.pq(1), bitDepth: 16, chunks: [chunk]),
                to: "pq.png"
            )
            let report = try await bench.run(path, .probe).report
            #expect(report?.hdrTransfer == .pq)
            #expect(report?.colorProfile == "BT.2020 PQ")
        }
    }

    @Test func `what is brighter than white stays apart from it, and grey`() async throws {
        try await MediaBench.with { bench in
            let chunk = ImageSamples.chunk("cICP", [9, 16, 0, 1])
            // Left 100, right 1,000 cd/m2.
            let row = (0..<16)
                .flatMap { x in [[UInt8]](repeating: Self.pq(x < 8 ? 100 : 1_000), count: 3).flatMap { $0 } }
            let rows = [[UInt8]](repeating: row, count: 16)
            let png = ImageSamples.png(width: 16, colorType: 2, bitDepth: 16, rows: rows, chunks: [chunk])
            let result = try await bench.run(try bench.fixtures.write(png, to: "pq.png"))
            let picture = try bench.fixtures.decode(try #require(result.thumbnail).bytes)
            let (left, right) = (picture.color(0.2, 0.5), picture.color(0.8, 0.5))
            #expect((120...200).contains(left.green))
            #expect(right.green > left.green + 30)
            for color in [left, right] {
                #expect(abs(color.red - color.green) <= 3 && abs(color.blue - color.green) <= 3)
            }
        }
    }

    @Test func `a colour in Display P3 by code points is shown as it is`() async throws {
        try await MediaBench.with { bench in
            // In P3 (1, 0.5, 0.5) linear; in sRGB red is beyond what can be shown, the rest follows from the matrix.
            let chunk = ImageSamples.chunk("cICP", [12, 13, 0, 1])
            let number = UInt8(Self.encoded(0.5))
            let (red, other) = (1.224_940 - 0.224_940 * 0.5, -0.042_057 + 1.042_057 * 0.5)
            let blue = -0.019_638 + (-0.078_636 + 1.098_274) * 0.5
            let wanted = [red, other, blue].map(Self.encoded)
            try await expect(wanted, of: Self.png([255, number, number], chunks: [chunk]), "p3.png", in: bench)
        }
    }
}
