import CLibAV

/// A codec's name as ffprobe writes it.
struct CodecName {
    let text: String

    /// What containers call codecs that are younger than the library, and what the library's successors call them.
    private static let youngerNames = ["vvc1": "vvc", "vvi1": "vvc", "dav1": "av1", "apv1": "apv"]

    /// Nil for a codec that nobody here knows.
    init?(_ stream: UnsafeMutablePointer<AVStream>) {
        let parameters = stream.pointee.codecpar.pointee
        if parameters.codec_id != AV_CODEC_ID_NONE, let name = avcodec_get_name(parameters.codec_id) {
            text = String(cString: name)
            return
        }
        let tag = (0..<4).map { UInt8(truncatingIfNeeded: parameters.codec_tag >> (8 * $0)) }
        guard let name = Self.youngerNames[String(decoding: tag, as: UTF8.self)] else { return nil }
        text = name
    }
}
