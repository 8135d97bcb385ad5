import Testing

@testable import Migration

struct PictureSizeTests {
    // Beginnings of pictures of 321 by 45 pixels that Pillow wrote.
    @Test(arguments: [
        (
            "PNG",
            "89504e470d0a1a0a0000000d49484452000001410000002d0802000000bf2d4e"
        ),
        (
            "GIF",
            "47494638376141012d008000000000000000002c0000000041012d004008c200"
        ),
        (
            "WEBP",
            "52494646520000005745425056503820460000007006009d012a41012d003e6d"
        ),
        (
            "WEBP lossless",
            "5249464622000000574542505650384c150000002f40010b00071011fd0f0390"
        ),
        (
            "WEBP exif",
            "524946468e00000057454250565038580a000000180000004001002c0000414c"
        ),
        (
            "JPEG",
            "ffd8ffe000104a46494600010100000100010000ffdb004300080606070605080707070909080a0c"
                + "140d0c0b0b0c1912130f141d1a1f1e1d1a1c1c20242e2720222c231c1c2837292c30313434341f27"
                + "393d38323c2e333432ffdb0043010909090c0b0c180d0d1832211c21323232323232323232323232"
                + "3232323232323232323232323232323232323232323232323232323232323232323232323232ffc0"
                + "001108002d01410301"
        ),
        (
            "JPEG progressive",
            "ffd8ffe000104a46494600010100000100010000ffdb004300080606070605080707070909080a0c"
                + "140d0c0b0b0c1912130f141d1a1f1e1d1a1c1c20242e2720222c231c1c2837292c30313434341f27"
                + "393d38323c2e333432ffc2000b08002d01410101"
        ),
    ])
    func `the size is in a picture's first bytes`(format: String, hex: String) throws {
        let bytes = try Self.bytes(hex)
        let size = try #require(PictureSize(bytes), "\(format)")
        #expect(size.width == 321 && size.height == 45)
        // Cut before the first size that any of them has, it tells nothing, and nothing breaks.
        for count in 0..<10 { #expect(PictureSize(Array(bytes.prefix(count))) == nil) }
    }

    @Test func `what is no picture has no size`() {
        #expect(PictureSize(Array("RIFF....WAVEfmt ".utf8) + [UInt8](repeating: 0, count: 30)) == nil)
        #expect(PictureSize(Array("GIF89a".utf8) + [0, 0, 0, 0]) == nil)
        #expect(PictureSize([0xFF, 0xD8] + [UInt8](repeating: 0xFF, count: 100)) == nil)
        #expect(PictureSize([UInt8](repeating: 0, count: 100)) == nil)
    }

    private static func bytes(_ hex: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Substring(hex)
        while !rest.isEmpty {
            bytes.append(try #require(UInt8(rest.prefix(2), radix: 16)))
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}
