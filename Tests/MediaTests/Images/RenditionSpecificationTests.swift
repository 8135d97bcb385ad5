import Media
import TestSupport
import Testing

struct RenditionSpecificationTests {
    @Test func `a width bounds the width, and the height to eight times as much`() {
        #expect(RenditionSpecification.thumbnail.maxSize == (320, 2_560))
    }

    @Test func `a long edge bounds both sides`() {
        #expect(RenditionSpecification.preview.maxSize == (1_280, 1_280))
    }

    @Test func `numbers out of range are brought into it`() {
        var specification = RenditionSpecification(name: "odd", bound: .longEdge, pixels: 0, quality: 1_000)
        #expect(specification.maxSize == (1, 1))
        #expect(specification.effectiveQuality == 100)
        specification.pixels = .max
        #expect(specification.maxSize == (4_096, 4_096))
        specification.bound = .width
        #expect(specification.maxSize == (4_096, 16_383))
    }

    @Test func `a tower is narrower than the width, and no side becomes nothing`() async throws {
        try await MediaBench.with { bench in
            let rows = [[UInt8]](repeating: [UInt8](repeating: 90, count: 20), count: 6_000)
            let tower = ImageSamples.png(width: 20, colorType: 0, rows: rows)
            let result = try await bench.run(
                try bench.fixtures.write(tower, to: "tower.png"),
                renditions: [.thumbnail, .preview]
            )
            // 20 x 2,560 / 6,000 and 20 x 1,280 / 6,000 are 8.5 and 4.3.
            #expect(result.renditions.map(\.width) == [9, 4])
            #expect(result.renditions.map(\.height) == [2_560, 1_280])
            let line = ImageSamples.png(width: 4_000, colorType: 0, rows: [[UInt8](repeating: 90, count: 4_000)])
            let thin = try await bench.run(try bench.fixtures.write(line, to: "line.png"))
            #expect(thin.thumbnail?.width == 320)
            #expect(thin.thumbnail?.height == 1)
        }
    }
}
