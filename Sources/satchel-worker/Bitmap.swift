import Media

/// A Windows bitmap behind its file header: what BMP files and icons hold.
///
/// Decoded here, in a language that does not let a wrong index write, since no library that is fit for hostile files decodes
/// all of its kinds.
struct Bitmap {
    /// The kinds of pixels (wingdi.h, biCompression).
    private enum Coding {
        case plain, runs8, runs4
    }

    let width: Int
    let height: Int
    /// Some pixels may be transparent.
    let hasAlpha: Bool
    private let bytes: ByteView
    private let bitCount: Int
    private let coding: Coding
    private let isTopDown: Bool
    private let palette: [SIMD4<UInt8>]
    private let masks: [BitmapMask]
    private let pixelOffset: Int
    private let isIcon: Bool

    /// A header that is known here begins so: with its length.
    static func isHeader(_ bytes: ByteView) -> Bool {
        [12, 40, 52, 56, 64, 108, 124].contains(bytes.number(at: 0, count: 4, bigEndian: false))
    }

    /// Reads a header; nil for one that is broken or of a kind that is not known here.
    ///
    /// `pixelOffset` is where the pixels begin as a file header tells it; nil behind header and palette. Of an icon the height
    /// counts twice: a mask of what is transparent lies behind the pixels.
    init?(_ bytes: ByteView, pixelOffset: Int?, isIcon: Bool = false) {
        func number(_ offset: Int, _ count: Int) -> Int? { bytes.number(at: offset, count: count, bigEndian: false) }
        guard Self.isHeader(bytes), let headerByteCount = number(0, 4) else { return nil }
        let isOld = headerByteCount == 12
        guard let width = number(4, isOld ? 2 : 4), let height = number(isOld ? 6 : 8, isOld ? 2 : 4),
            let bitCount = number(isOld ? 10 : 14, 2), [1, 4, 8, 16, 24, 32].contains(bitCount)
        else { return nil }
        let rowCount = isOld ? height : Int(Int32(truncatingIfNeeded: height).magnitude)
        self.width = width
        self.height = isIcon ? rowCount / 2 : rowCount
        guard (1...1 << 30).contains(self.width), (1...1 << 30).contains(self.height) else { return nil }
        isTopDown = !isOld && height > Int(Int32.max)
        let compression = isOld ? 0 : number(16, 4) ?? 0
        var hasMasks = false
        switch (compression, bitCount) {
        case (0, _): coding = .plain
        case (1, 8): coding = .runs8
        case (2, 4): coding = .runs4
        case (3, 16), (3, 32), (6, 16), (6, 32):
            coding = .plain
            hasMasks = true
        default: return nil
        }
        // Where a short header has no room for the masks they lie behind it.
        let maskCount = compression == 6 || headerByteCount >= 56 ? 4 : 3
        let behindHeader = headerByteCount + (hasMasks && headerByteCount == 40 ? 4 * maskCount : 0)
        masks =
            hasMasks
            ? (0..<maskCount).map { BitmapMask(number(40 + 4 * $0, 4) ?? 0) } : BitmapMask.usual(bitCount, isIcon)
        let declared = isOld ? 0 : number(32, 4) ?? 0
        let colorCount = bitCount > 8 ? 0 : declared == 0 ? 1 << bitCount : min(declared, 1 << bitCount)
        let colorByteCount = isOld ? 3 : 4
        palette = (0..<colorCount)
            .map { index in
                let color = bytes.view(at: behindHeader + index * colorByteCount, count: 3).bytes
                return color.count == 3 ? SIMD4(color[2], color[1], color[0], 255) : SIMD4(0, 0, 0, 255)
            }
        let declaredColors = bitCount > 8 ? declared : colorCount
        self.bytes = bytes
        self.bitCount = bitCount
        self.pixelOffset = pixelOffset ?? behindHeader + min(declaredColors, 1 << 16) * colorByteCount
        self.isIcon = isIcon
        hasAlpha = isIcon || masks.count == 4 && masks[3].most > 0
    }

    /// The pixels, with a fourth channel where there may be transparency; throws `noFrame` where some are missing.
    func pixels() throws(MediaFailure) -> PixelBuffer {
        let lastRow = pixelOffset + (height - 1) * stride
        guard coding != .plain || bytes.count >= lastRow + (width * bitCount + 7) / 8 else {
            throw MediaFailure(.noFrame, "A part of the picture is missing.")
        }
        let pixels = try PixelBuffer(width: width, height: height, channelCount: hasAlpha ? 4 : 3)
        switch coding {
        case .plain: fill(pixels)
        case .runs8: fill(pixels, fromRunsOf: 8)
        case .runs4: fill(pixels, fromRunsOf: 4)
        }
        if isIcon { applyMask(pixels) }
        return pixels
    }

    private var stride: Int { (width * bitCount + 31) / 32 * 4 }

    /// Where a stored row is displayed.
    private func place(ofRow row: Int) -> Int { isTopDown ? row : height - 1 - row }

    private func fill(_ pixels: PixelBuffer) {
        for row in 0..<height {
            let line = bytes.view(at: pixelOffset + row * stride, count: stride).buffer
            let target = pixels.row(place(ofRow: row))
            switch bitCount {
            case 24: Self.copyColors(line, to: target, channelCount: pixels.channelCount)
            case 16, 32: unpack(line, to: target, channelCount: pixels.channelCount)
            default: lookUp(line, to: target, channelCount: pixels.channelCount)
            }
        }
    }

    /// Blue comes first.
    private static func copyColors(
        _ line: UnsafeRawBufferPointer,
        to target: UnsafeMutableBufferPointer<UInt8>,
        channelCount: Int
    ) {
        for column in 0..<target.count / channelCount {
            let (source, index) = (3 * column, channelCount * column)
            target[index] = line[source + 2]
            target[index + 1] = line[source + 1]
            target[index + 2] = line[source]
            if channelCount == 4 { target[index + 3] = 255 }
        }
    }

    private func unpack(
        _ line: UnsafeRawBufferPointer,
        to target: UnsafeMutableBufferPointer<UInt8>,
        channelCount: Int
    ) {
        let byteCount = bitCount / 8
        for column in 0..<width {
            var value = 0
            for index in 0..<byteCount { value |= Int(line[column * byteCount + index]) << (8 * index) }
            for channel in 0..<channelCount {
                let isMissing = channel == 3 && (masks.count < 4 || masks[3].most == 0)
                target[column * channelCount + channel] = isMissing ? 255 : masks[channel].value(in: value)
            }
        }
    }

    private func lookUp(
        _ line: UnsafeRawBufferPointer,
        to target: UnsafeMutableBufferPointer<UInt8>,
        channelCount: Int
    ) {
        for column in 0..<width {
            let bit = column * bitCount
            let index = Int(line[bit / 8]) >> (8 - bitCount - bit % 8) & ((1 << bitCount) - 1)
            let color = index < palette.count ? palette[index] : SIMD4(0, 0, 0, 255)
            for channel in 0..<channelCount { target[column * channelCount + channel] = color[channel] }
        }
    }

    /// Runs of one colour, and stretches of single ones, with escapes between them (wingdi.h, BI_RLE8 and BI_RLE4).
    private func fill(_ pixels: PixelBuffer, fromRunsOf bits: Int) {
        let coded = bytes.view(at: pixelOffset)
        func put(_ index: Int, at column: Int, _ row: Int) {
            guard row < height, column < width else { return }
            let color = index < palette.count ? palette[index] : SIMD4(0, 0, 0, 255)
            let target = pixels.row(place(ofRow: row))
            for channel in 0..<pixels.channelCount { target[column * pixels.channelCount + channel] = color[channel] }
        }
        // What the runs leave out has the first colour.
        for row in 0..<height {
            for column in 0..<width { put(0, at: column, row) }
        }
        func index(_ byte: Int, _ position: Int) -> Int { bits == 8 ? byte : position % 2 == 0 ? byte >> 4 : byte & 15 }
        var offset = 0
        var (row, column) = (0, 0)
        while row < height, let count = coded.number(at: offset, count: 1),
            let value = coded.number(at: offset + 1, count: 1)
        {
            offset += 2
            switch (count, value) {
            case (0, 0): (row, column) = (row + 1, 0)
            case (0, 1): return
            case (0, 2):
                column += coded.number(at: offset, count: 1) ?? 0
                row += coded.number(at: offset + 1, count: 1) ?? 0
                offset += 2
            case (0, _):
                for position in 0..<value {
                    let byte = coded.number(at: offset + position * bits / 8, count: 1) ?? 0
                    put(index(byte, position), at: column + position, row)
                }
                column += value
                // Stretches are padded to two bytes.
                offset += ((value * bits + 7) / 8 + 1) / 2 * 2
            default:
                for position in 0..<count { put(index(value, position), at: column + position, row) }
                column += count
            }
        }
    }

    /// An icon's mask has a bit for each transparent pixel.
    ///
    /// Beside pixels with transparency of their own it is not needed.
    private func applyMask(_ pixels: PixelBuffer) {
        let hasNoAlpha = { (row: Int) in
            let target = pixels.row(row)
            return (0..<width).allSatisfy { target[4 * $0 + 3] == 0 }
        }
        guard bitCount < 32 || (0..<height).allSatisfy(hasNoAlpha) else { return }
        let maskStride = (width + 31) / 32 * 4
        let mask = bytes.view(at: pixelOffset + height * stride, count: height * maskStride).buffer
        for row in 0..<height {
            let target = pixels.row(place(ofRow: row))
            for column in 0..<width {
                let index = row * maskStride + column / 8
                let isTransparent = index < mask.count && mask[index] >> (7 - column % 8) & 1 != 0
                target[4 * column + 3] = isTransparent ? 0 : 255
            }
        }
    }
}

/// Which bits of a pixel are a channel's.
struct BitmapMask {
    private let shift: Int
    /// The channel's largest number; 0 for no channel.
    let most: Int

    init(_ mask: Int) {
        shift = mask == 0 ? 0 : mask.trailingZeroBitCount
        most = mask >> shift
    }

    /// The channel's number, scaled to eight bits.
    func value(in pixel: Int) -> UInt8 {
        most == 0 ? 0 : UInt8(min((pixel >> shift & most) * 255 / most, 255))
    }

    /// Those of bitmaps that have none in their header: with transparency only in icons.
    static func usual(_ bitCount: Int, _ isIcon: Bool) -> [BitmapMask] {
        switch bitCount {
        case 16: [0x7C00, 0x03E0, 0x001F].map(BitmapMask.init)
        case 32: [0xFF_0000, 0xFF00, 0xFF, isIcon ? 0xFF00_0000 : 0].map(BitmapMask.init)
        default: []
        }
    }
}
