import CImages
import Glibc
import Testing

/// A JPEG as libjpeg writes it, of a picture that is told by column, row and channel.
struct SampleJPEG: Sendable, CustomTestStringConvertible {
    enum Coding { case baseline, severalScans, progressive, arithmetic }

    var width = 203
    var height = 117
    /// One of grey, or three of red, green and blue.
    var channelCount = 3
    /// By component the samples across and down.
    var sampling = [(2, 2), (1, 1), (1, 1)]
    var quality: Int32 = 85
    var hasOwnCodes = false
    /// In units; 0 for none.
    var restartInterval: UInt32 = 0
    var coding = Coding.baseline
    /// The colours are stored as they are.
    var isRGB = false

    var testDescription: String {
        "\(width)x\(height) \(sampling) q\(quality) r\(restartInterval) \(hasOwnCodes ? "own codes " : "")\(coding)"
    }

    /// Waves of several lengths, with edges and noise.
    private func shade(_ column: Int, _ row: Int, _ channel: Int) -> UInt8 {
        let noise = (column &* 7_919 ^ row &* 104_729 ^ channel &* 1_299_709) &* 2_654_435_761 >> 13 & 31
        let wave = (column * (channel + 2) + row * 3) % 256
        let edge = (column / 40 + row / 24 + channel) % 3 * 60
        return UInt8(min((wave + edge) / 2 + noise, 255))
    }

    /// The file.
    func bytes() -> [UInt8] {
        var codec = jpeg_compress_struct()
        var errors = jpeg_error_mgr()
        var start: UnsafeMutablePointer<UInt8>?
        var count: UInt = 0
        codec.err = jpeg_std_error(&errors)
        jpeg_CreateCompress(&codec, JPEG_LIB_VERSION, MemoryLayout<jpeg_compress_struct>.size)
        jpeg_mem_dest(&codec, &start, &count)
        codec.image_width = UInt32(width)
        codec.image_height = UInt32(height)
        codec.input_components = Int32(channelCount)
        codec.in_color_space = channelCount == 1 ? JCS_GRAYSCALE : JCS_RGB
        jpeg_set_defaults(&codec)
        if isRGB { jpeg_set_colorspace(&codec, JCS_RGB) }
        jpeg_set_quality(&codec, quality, 1)
        for (component, factors) in sampling.prefix(channelCount).enumerated() {
            codec.comp_info[component].h_samp_factor = Int32(factors.0)
            codec.comp_info[component].v_samp_factor = Int32(factors.1)
        }
        codec.optimize_coding = hasOwnCodes ? 1 : 0
        codec.restart_interval = restartInterval
        if coding == .progressive { jpeg_simple_progression(&codec) }
        if coding == .arithmetic { codec.arith_code = 1 }
        let scans = (0..<Int32(channelCount))
            .map { jpeg_scan_info(comps_in_scan: 1, component_index: ($0, 0, 0, 0), Ss: 0, Se: 63, Ah: 0, Al: 0) }
        scans.withUnsafeBufferPointer { scans in
            if coding == .severalScans {
                codec.scan_info = scans.baseAddress
                codec.num_scans = Int32(scans.count)
            }
            jpeg_start_compress(&codec, 1)
            for row in 0..<height {
                var line = (0..<width * channelCount).map { shade($0 / channelCount, row, $0 % channelCount) }
                line.withUnsafeMutableBufferPointer { line in
                    var pointer = line.baseAddress
                    _ = jpeg_write_scanlines(&codec, &pointer, 1)
                }
            }
            jpeg_finish_compress(&codec)
        }
        jpeg_destroy_compress(&codec)
        defer { free(start) }
        return [UInt8](UnsafeBufferPointer(start: start, count: Int(count)))
    }
}
