import CLibAV
import Glibc
import Media

/// A media file opened by its descriptor alone: no name, no protocol, and only listed formats and codecs.
///
/// Owns the AVFormatContext.
final class MediaSource {
    let context: UnsafeMutablePointer<AVFormatContext>
    /// The demuxer's name.
    let format: String
    /// A guess below this score (of 100) is none: nearly anything is MP3 with 1.
    private static let leastScore: Int32 = 5
    /// Freed after the context, which reads from it.
    private let stream: InputStream

    init(_ bytes: FileBytes) throws(MediaFailure) {
        let stream = try InputStream(bytes)
        var found: UnsafePointer<AVInputFormat>?
        let probed = av_probe_input_buffer2(stream.context, &found, nil, nil, 0, 0)
        guard probed != satchel_averror(ENOMEM) else { throw MediaFailure.outOfMemory }
        guard probed >= MediaSource.leastScore, let found else {
            throw MediaFailure(.unsupportedFormat, "The format is not known.")
        }
        let format = String(cString: found.pointee.name)
        let names = format.split(separator: ",").map(String.init)
        guard
            names.contains(where: { AllowedMedia.streamFormats.contains($0) || AllowedMedia.imageFormats.contains($0) })
        else {
            throw MediaFailure(.unsupportedFormat, "The format \(format) is not opened here.")
        }
        context = try MediaSource.open(stream, as: found)
        self.format = format
        self.stream = stream
    }

    deinit {
        // Leaves a custom AVIOContext alone.
        var owned: UnsafeMutablePointer<AVFormatContext>? = context
        avformat_close_input(&owned)
    }

    var byteCount: Int64 { stream.byteCount }

    var isImage: Bool { AllowedMedia.imageFormats.contains(format) || isImageInMP4 }

    var isMP4: Bool { format.hasPrefix("mov,") }

    /// Streams with something to show or hear.
    var streams: [UnsafeMutablePointer<AVStream>] {
        (0..<Int(context.pointee.nb_streams)).compactMap { context.pointee.streams[$0] }
    }

    /// Reads and decodes a little of the file where its header does not tell all.
    func completeHeader(maxPixels: Int64) throws(MediaFailure) {
        guard !isHeaderComplete else { return }
        // One set of options for each stream that the header declares; the call keeps none of them.
        var options = streams.map { _ in MediaSource.decoderOptions(maxPixels: maxPixels) }
        let error = options.withUnsafeMutableBufferPointer { avformat_find_stream_info(context, $0.baseAddress) }
        for index in options.indices { av_dict_free(&options[index]) }
        guard error >= 0 else { throw MediaFailure(libav: error, .invalidData, "The streams cannot be told") }
    }

    /// The options that every decoder gets.
    static func decoderOptions(maxPixels: Int64) -> OpaquePointer? {
        var options: OpaquePointer?
        av_dict_set(&options, "codec_whitelist", AllowedMedia.decoderList, 0)
        av_dict_set(&options, "threads", "1", 0)
        av_dict_set(&options, "max_pixels", String(min(maxPixels, Int64(Int32.max))), 0)
        return options
    }

    /// An MP4's header describes its streams in full, and then asking FFmpeg for more is most of the cost of a probe.
    private var isHeaderComplete: Bool {
        guard isMP4 else { return false }
        return streams.allSatisfy { stream in
            // Of a cover nothing is reported.
            guard satchel_is_picture_beside_sound(stream.pointee.disposition) == 0 else { return true }
            let parameters = stream.pointee.codecpar.pointee
            switch parameters.codec_type {
            case AVMEDIA_TYPE_VIDEO:
                // A fragmented file's header counts no frames, and tells no rate.
                return parameters.width > 0 && parameters.height > 0 && stream.pointee.nb_frames > 0
            case AVMEDIA_TYPE_AUDIO:
                return parameters.sample_rate > 0 && parameters.ch_layout.nb_channels > 0
            default:
                return true
            }
        }
    }

    /// AVIF and its kin are MP4 files by structure.
    private var isImageInMP4: Bool {
        guard isMP4, let entry = av_dict_get(context.pointee.metadata, "major_brand", nil, 0) else { return false }
        let brand = String(cString: entry.pointee.value)
        return ["avif", "avis", "mif1", "mif2", "msf1", "heic", "heix", "heim", "heis", "hevc", "hevx"].contains(brand)
    }

    private static func open(
        _ stream: InputStream,
        as format: UnsafePointer<AVInputFormat>
    ) throws(MediaFailure) -> UnsafeMutablePointer<AVFormatContext> {
        var context = avformat_alloc_context()
        guard context != nil else { throw MediaFailure.outOfMemory }
        context?.pointee.pb = stream.context
        var options: OpaquePointer?
        av_dict_set(&options, "protocol_whitelist", "none", 0)
        av_dict_set(&options, "format_whitelist", AllowedMedia.formatList, 0)
        av_dict_set(&options, "codec_whitelist", AllowedMedia.decoderList, 0)
        av_dict_set(&options, "max_streams", "100", 0)
        av_dict_set(&options, "probesize", "5000000", 0)
        av_dict_set(&options, "analyzeduration", "5000000", 0)
        // On failure this frees the context.
        let error = avformat_open_input(&context, nil, format, &options)
        av_dict_free(&options)
        guard error >= 0, let context else {
            throw MediaFailure(libav: error, .invalidData, "The file cannot be opened")
        }
        return context
    }
}
