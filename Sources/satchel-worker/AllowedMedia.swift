/// What FFmpeg may open here.
///
/// A playlist, a script or a rare decoder inside an upload is not on the lists.
enum AllowedMedia {
    /// Demuxers that hold a moving picture or sound.
    static let streamFormats: Set<String> = [
        "mov", "mp4", "m4a", "3gp", "3g2", "matroska", "webm", "ogg", "avi", "mpegts", "mpeg", "mpegvideo",
        "flv", "asf", "mp3", "aac", "flac", "wav", "amr", "aiff", "caf",
    ]

    /// Demuxers that hold a picture that moves; those that stand still are not FFmpeg's.
    static let imageFormats: Set<String> = ["gif", "apng"]

    /// Decoders, by the names that FFmpeg gives them.
    static let decoders: Set<String> = [
        "h264", "hevc", "vp8", "vp9", "libdav1d", "mpeg4", "h263", "mpeg1video", "mpeg2video", "theora",
        "flv", "msmpeg4", "msmpeg4v2", "wmv1", "wmv2", "wmv3", "vc1", "prores", "mjpeg", "rawvideo", "png",
        "apng", "webp", "gif", "bmp", "aac", "aac_latm", "mp2float", "mp3float", "mp3", "mp2", "opus",
        "vorbis", "flac", "alac", "ac3", "eac3", "amrnb", "amrwb", "pcm_s16le", "pcm_s16be", "pcm_s24le",
        "pcm_s24be", "pcm_s32le", "pcm_f32le", "pcm_u8", "pcm_alaw", "pcm_mulaw", "adpcm_ms",
        "adpcm_ima_wav", "wmav1", "wmav2",
    ]

    static let formatList = streamFormats.union(imageFormats).sorted().joined(separator: ",")
    static let decoderList = decoders.sorted().joined(separator: ",")
}
