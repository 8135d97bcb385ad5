import Testing

@testable import satchel_worker

/// The hashes that are expected were made by the reference implementation in JavaScript (evanw/thumbhash, commit
/// a652ce6).
///
/// It made them from the same pictures, which take integer arithmetic alone. In none of these does a step lie so near
/// to the next that the last digit of a cosine decides.
struct ThumbHashTests {
    struct Sample: CustomTestStringConvertible, Sendable {
        let name: String
        let width: Int
        let height: Int
        let hash: [UInt8]
        let pixel: @Sendable (_ x: Int, _ y: Int) -> [Int]

        var testDescription: String { name }

        var rgba: [UInt8] {
            var bytes: [UInt8] = []
            for y in 0..<height {
                for x in 0..<width { bytes += pixel(x, y).map { UInt8($0) } }
            }
            return bytes
        }
    }

    static let samples: [Sample] = [
        Sample(
            name: "a landscape of gradients",
            width: 100,
            height: 56,
            hash: [16, 88, 18, 28, 134, 144, 135, 135, 147, 135, 135, 136, 136, 135, 211, 79, 9, 169, 146],
            pixel: { x, y in [(x * x + y * y) * 255 / 12_826, x * x * y * 255 / 539_055, x * y * 255 / 5445, 255] }
        ),
        Sample(
            name: "a portrait of gradients",
            width: 37,
            height: 83,
            hash: [96, 24, 6, 19, 4, 56, 117, 11, 151, 99, 151, 51, 175, 151, 213, 181, 248],
            pixel: { x, y in [255 - (x * x * 7 + y) % 256, (y * y * 3 + x) % 256, x * y * 5 % 256, 255] }
        ),
        Sample(
            name: "a square with a disc",
            width: 64,
            height: 64,
            hash: [
                88, 229, 1, 71, 14, 192, 157, 152, 173, 86, 119, 190, 86, 39, 149, 136, 120, 119, 249, 35, 21, 63, 82,
                1,
            ],
            pixel: { x, y in
                (x - 20) * (x - 20) + (y - 40) * (y - 40) < 300 ? [230, 40, 10, 255] : [12, 90, 200, 255]
            }
        ),
        Sample(
            name: "a disc on nothing",
            width: 64,
            height: 48,
            hash: [
                102, 78, 130, 4, 128, 35, 179, 157, 103, 152, 191, 166, 41, 124, 246, 77, 153, 224, 3, 165, 121, 6, 164,
                101, 8,
            ],
            pixel: { x, y in (x - 20) * (x - 20) + (y - 20) * (y - 20) < 200 ? [240, 200, 16, 255] : [0, 0, 0, 0] }
        ),
        Sample(
            name: "glass",
            width: 50,
            height: 90,
            hash: [221, 231, 129, 11, 4, 7, 61, 97, 7, 7, 6, 207, 137, 6, 167, 168, 16, 138, 37, 90, 19, 41, 33],
            pixel: { x, y in [x * x * 5 % 256, (y * y + x) % 256, x * y % 256, (x * 3 + y * y) % 256] }
        ),
        Sample(
            name: "a strip",
            width: 100,
            height: 3,
            hash: [30, 248, 5, 33, 132, 102, 22, 102, 4, 53, 73, 183, 118, 249, 77, 52, 143],
            pixel: { x, y in [(x * x + 40 * y) % 256, (x * 5 + y * 70) % 256, (x * 2 + y * 90) % 256, 255] }
        ),
        Sample(
            name: "a pole",
            width: 5,
            height: 97,
            hash: [223, 7, 6, 25, 10, 53, 6, 102, 197, 102, 117, 102, 54, 7, 149, 132, 128],
            pixel: { x, y in [(y * 2 + x * 50) % 256, (y * y + x * 30) % 256, (x * 99 + y * 11) % 256, 255] }
        ),
        Sample(
            name: "noise",
            width: 31,
            height: 29,
            hash: [
                32, 248, 1, 7, 128, 86, 250, 170, 194, 141, 68, 81, 50, 150, 123, 149, 54, 99, 148, 244, 24, 170, 146,
                0,
            ],
            pixel: { x, y in
                let value = (x * 7919 + y * 104_729 + x * y * 31) % 256
                return [value, (value * 3 + x) % 256, (value * 5 + y) % 256, 255]
            }
        ),
    ]

    @Test(arguments: samples)
    func `a picture has the hash that the reference makes of it`(sample: Sample) {
        let hash = ThumbHash(width: sample.width, height: sample.height, rgba: sample.rgba)
        #expect(hash?.bytes == sample.hash)
    }

    @Test func `the placeholder is the hash in base64`() throws {
        let sample = try #require(Self.samples.first)
        let hash = ThumbHash(width: sample.width, height: sample.height, rgba: sample.rgba)
        #expect(hash?.placeholder == "EFgSHIaQh4eTh4eIiIfTTwmpkg==")
    }

    @Test(arguments: [[255, 255, 255, 255], [0, 0, 0, 255], [10, 200, 30, 255], [0, 0, 0, 0]] as [[UInt8]])
    func `one pixel, and none to be seen, have a hash whose mean is theirs`(pixel: [UInt8]) throws {
        let hash = try #require(ThumbHash(width: 1, height: 1, rgba: pixel))
        let brightness = pixel.prefix(3).reduce(0) { $0 + Int($1) }
        #expect(Int(hash.bytes[0] & 63) == (brightness * 63 + 382) / 765)
        #expect(hash.bytes[2] >> 7 == (pixel[3] == 255 ? 0 : 1))
    }

    @Test(arguments: [(0, 1), (1, 0), (101, 1), (1, 101), (-1, -1)])
    func `a size that no small picture has is refused`(width: Int, height: Int) {
        let count = 4 * max(0, width) * max(0, height)
        #expect(ThumbHash(width: width, height: height, rgba: [UInt8](repeating: 255, count: count)) == nil)
    }

    @Test func `bytes of another size are refused`() {
        #expect(ThumbHash(width: 2, height: 2, rgba: [UInt8](repeating: 255, count: 15)) == nil)
        #expect(ThumbHash(width: 2, height: 2, rgba: [UInt8](repeating: 255, count: 20)) == nil)
    }
}
