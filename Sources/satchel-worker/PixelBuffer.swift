import Glibc
import Media

/// Rows of decoded pixels without padding: red, green and blue, or grey, and behind them transparency; or four inks.
///
/// Owns the memory. A decoded picture may be larger than the memory that a job has: unlike an array this fails and does not
/// end the process.
final class PixelBuffer {
    let width: Int
    let height: Int
    /// 1 to 4.
    let channelCount: Int
    /// Two bytes a channel in the machine's order, else one.
    let isDeep: Bool
    let bytes: UnsafeMutableRawPointer

    init(width: Int, height: Int, channelCount: Int, isDeep: Bool = false) throws(MediaFailure) {
        self.width = width
        self.height = height
        self.channelCount = channelCount
        self.isDeep = isDeep
        let (pixelCount, overflows) = width.multipliedReportingOverflow(by: height)
        guard !overflows, width > 0, height > 0, pixelCount <= 1 << 40,
            let bytes = malloc(pixelCount * channelCount * (isDeep ? 2 : 1))
        else { throw MediaFailure.outOfMemory }
        self.bytes = bytes
    }

    deinit {
        free(bytes)
    }

    var rowByteCount: Int { width * channelCount * (isDeep ? 2 : 1) }
    var byteCount: Int { rowByteCount * height }

    /// A row's channels, of one byte each.
    func row(_ row: Int) -> UnsafeMutableBufferPointer<UInt8> {
        UnsafeMutableBufferPointer(
            start: (bytes + row * rowByteCount).assumingMemoryBound(to: UInt8.self),
            count: rowByteCount
        )
    }
}

extension PixelBuffer {
    /// Scales little-endian numbers of so many bits, 9 to 16, to sixteen.
    func widen(from depth: Int) {
        guard isDeep, depth < 16 else { return }
        let channels = bytes.bindMemory(to: UInt16.self, capacity: byteCount / 2)
        let most = UInt16(1) << depth - 1
        for index in 0..<byteCount / 2 {
            let value = min(UInt16(littleEndian: channels[index]), most)
            channels[index] = value << (16 - depth) | value >> (2 * depth - 16)
        }
    }
}
