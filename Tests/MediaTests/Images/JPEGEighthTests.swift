import CImages
import Glibc
import Media
import Testing

@testable import satchel_worker

/// libjpeg at an eighth of the size is the measure.
struct JPEGEighthTests {
    private static let samplings = [
        [(1, 1), (1, 1), (1, 1)], [(2, 2), (1, 1), (1, 1)], [(2, 1), (1, 1), (1, 1)], [(1, 2), (1, 1), (1, 1)],
        [(4, 1), (1, 1), (1, 1)], [(4, 2), (1, 1), (1, 1)], [(2, 2), (1, 2), (2, 1)], [(1, 1), (2, 2), (1, 1)],
        [(3, 1), (1, 1), (1, 1)], [(2, 2), (2, 1), (1, 1)],
    ]

    private static let samples =
        samplings.map { SampleJPEG(sampling: $0) }
        + samplings.map { SampleJPEG(sampling: $0, quality: 97, hasOwnCodes: true, restartInterval: 3) }
        + [1, 10, 30, 75, 100]
        .flatMap { quality in
            [SampleJPEG(quality: quality), SampleJPEG(quality: quality, hasOwnCodes: true)]
        }
        + [(1, 1), (7, 9), (8, 8), (9, 16), (17, 1), (16, 33), (2_000, 3), (640, 480)]
        .flatMap { width, height in
            [SampleJPEG(width: width, height: height), SampleJPEG(width: width, height: height, restartInterval: 1)]
        }
        + [
            SampleJPEG(channelCount: 1, sampling: [(1, 1)]), SampleJPEG(channelCount: 1, sampling: [(2, 2)]),
            SampleJPEG(channelCount: 1, sampling: [(1, 1)], quality: 100, hasOwnCodes: true, restartInterval: 5),
            // More data than is in memory at once, with and without restarts.
            SampleJPEG(width: 1_200, height: 900, quality: 98),
            SampleJPEG(width: 1_200, height: 900, quality: 98, restartInterval: 2_000),
        ]

    @Test(arguments: samples)
    func `the samples are those that libjpeg has`(_ sample: SampleJPEG) throws {
        let file = sample.bytes()
        #expect(try #require(try ours(file)) == libjpeg(file, like: sample))
    }

    @Test(arguments: [
        SampleJPEG(coding: .progressive), SampleJPEG(coding: .arithmetic), SampleJPEG(coding: .severalScans),
        SampleJPEG(sampling: [(1, 1), (1, 1), (1, 1)], isRGB: true),
    ])
    func `other kinds are left to libjpeg`(_ sample: SampleJPEG) throws {
        #expect(try ours(sample.bytes()) == nil)
    }

    @Test(arguments: [
        // Resolutions that do not go into each other, or too far apart; none; too many blocks; no such table of factors.
        (0, 0x31, 0x21), (0, 0x44, 0x11), (0, 0x22, 0x01), (0, 0x22, 0x10), (0, 0x22, 0x51), (0, 0x44, 0x22), (1, 0, 3),
    ])
    func `an odd frame is left to libjpeg`(_ offset: Int, _ first: UInt8, _ second: UInt8) throws {
        var file = SampleJPEG().bytes()
        // Behind the marker length, depth and size; of each component identifier, sampling and table.
        let frame = try #require((2..<file.count - 1).first { file[$0] == 0xFF && file[$0 + 1] == 0xC0 })
        file[frame + 11 + offset] = first
        file[frame + 14 + offset] = second
        #expect(try ours(file) == nil)
    }

    @Test func `a file that ends early, anywhere, is left to libjpeg`() throws {
        let file = SampleJPEG(width: 64, height: 48, hasOwnCodes: true, restartInterval: 2).bytes()
        // The end marker and the last byte's filling are not missed.
        for count in 0..<file.count - 4 { #expect(try ours([UInt8](file.prefix(count))) == nil, "\(count) bytes") }
        #expect(try ours([UInt8](file.dropLast(2))) == ours(file))
    }

    @Test(arguments: [0, 2])
    func `damaged data is left to libjpeg, or makes the same of it`(_ restartInterval: UInt32) throws {
        let sampling = [(1, 1), (1, 1), (1, 1)]
        let sample = SampleJPEG(width: 64, height: 48, sampling: sampling, restartInterval: restartInterval)
        let file = sample.bytes()
        let data = try #require(JPEGFrame(view(file))).dataOffset
        var readCount = 0
        for offset in data..<file.count - 2 {
            var damaged = file
            damaged[offset] ^= UInt8(1 << (offset % 8))
            guard let samples = try ours(damaged) else { continue }
            readCount += 1
            #expect(samples == libjpeg(damaged, like: sample), "at \(offset)")
        }
        #expect(readCount > 100)
    }

    @Test func `any byte of the header may be any`() throws {
        let file = SampleJPEG(width: 64, height: 48).bytes()
        let data = try #require(JPEGFrame(view(file))).dataOffset
        for offset in 2..<data {
            for value in [0, 1, 0x11, 0x7F, 0xFF] as [UInt8] {
                var damaged = file
                damaged[offset] = value
                // What is made of it does not matter, but that it comes to an end.
                _ = try ours(damaged)
            }
        }
    }

    @Test(
        arguments: [
            // Two codes of one bit leave no room; nor may a code be of ones alone; more symbols than there are.
            ([2], [0, 1]), ([1, 2], [0, 1, 2]), ([0, 1], [0, 1]), ([3], [0, 1, 2]),
        ] as [([UInt8], [UInt8])]
    )
    func `a code that is none is refused`(_ counts: [UInt8], _ symbols: [UInt8]) {
        let all = counts + [UInt8](repeating: 0, count: 16 - counts.count)
        #expect(JPEGHuffmanCode(counts: all, symbols: symbols) == nil)
    }

    @Test func `a symbol is told by its code`() throws {
        // 0, 10, 1100, 1101.
        let counts: [UInt8] = [1, 1, 0, 2] + [UInt8](repeating: 0, count: 12)
        let code = try #require(JPEGHuffmanCode(counts: counts, symbols: [7, 9, 1, 3]))
        for (bits, symbol, length) in [(0x0000, 7, 1), (0x7FFF, 7, 1), (0x8000, 9, 2), (0xC000, 1, 4), (0xDFFF, 3, 4)] {
            let found = try #require(code.symbol(of: bits))
            #expect((found.symbol, found.length) == (symbol, length))
        }
        #expect(code.symbol(of: 0xE000) == nil)
    }

    private func view(_ file: [UInt8]) -> ByteView { ByteView(ImageBytes(copying: file)) }

    /// The picture's bytes, or nil where it is left to libjpeg.
    private func ours(_ file: [UInt8]) throws -> [UInt8]? {
        guard let eighth = try JPEGEighth(view(file)) else { return nil }
        let pixels = try PixelBuffer(
            width: (eighth.frame.width + 7) / 8,
            height: (eighth.frame.height + 7) / 8,
            channelCount: eighth.frame.components.count
        )
        guard try eighth.decode(to: pixels) else { return nil }
        return [UInt8](UnsafeRawBufferPointer(start: pixels.bytes, count: pixels.byteCount))
    }

    private func libjpeg(_ file: [UInt8], like sample: SampleJPEG) -> [UInt8] {
        let (width, height) = ((sample.width + 7) / 8, (sample.height + 7) / 8)
        var pixels = [UInt8](repeating: 0, count: width * height * sample.channelCount)
        let status = satchel_jpeg_decode(
            file,
            file.count,
            8,
            &pixels,
            Int32(width),
            Int32(height),
            Int32(sample.channelCount)
        )
        #expect(status == 0)
        return pixels
    }
}
