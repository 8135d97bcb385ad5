import CLibAV

/// The streams of a file that count: the first moving picture and the first sound.
struct StreamChoice {
    /// Index and stream stay valid as long as the source.
    let video: UnsafeMutablePointer<AVStream>?
    let audio: UnsafeMutablePointer<AVStream>?

    init(_ source: MediaSource) {
        let streams = source.streams
        let audio = streams.first { $0.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_AUDIO }
        let pictures = streams.filter { stream in
            stream.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO
                && satchel_is_picture_beside_sound(stream.pointee.disposition) == 0
                && !(audio != nil && StreamChoice.isCover(stream))
        }
        self.audio = audio
        video = pictures.first { $0.pointee.codecpar.pointee.codec_id != AV_CODEC_ID_NONE } ?? pictures.first
    }

    /// Cover art that some taggers store as a track of one frame, without saying what it is.
    private static func isCover(_ stream: UnsafeMutablePointer<AVStream>) -> Bool {
        let pictureCodecs = [AV_CODEC_ID_MJPEG, AV_CODEC_ID_PNG, AV_CODEC_ID_BMP, AV_CODEC_ID_GIF, AV_CODEC_ID_WEBP]
        return pictureCodecs.contains(stream.pointee.codecpar.pointee.codec_id)
            && (1...2).contains(stream.pointee.nb_frames)
    }
}
