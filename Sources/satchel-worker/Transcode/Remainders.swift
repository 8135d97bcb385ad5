import CLibAV
import Media

/// What a file has beside the picture and the sound that a rendition is made of.
struct Remainders {
    /// Notes of cameras and editing programs, which go as the other notes of a file do.
    ///
    /// Time codes, Apple's, Google's, GoPro's and Sony's measurements, and how to stream a track.
    private static let notes: Set<String> = ["tmcd", "mebx", "camm", "gpmd", "fdsc", "rtmd", "rtp "]

    private let source: MediaSource
    private let video: UnsafeMutablePointer<AVStream>?
    private let audio: UnsafeMutablePointer<AVStream>?
    private let isSoundAlone: Bool

    /// Of a file that was read to its end: streams may come to light on the way.
    ///
    /// What is made of a sound alone has no place for a cover, nor for more than two channels; who has a film made smaller
    /// knows as much, who has a piece of music made smaller need not.
    init(
        _ source: MediaSource,
        _ video: UnsafeMutablePointer<AVStream>?,
        _ audio: UnsafeMutablePointer<AVStream>?,
        isSoundAlone: Bool
    ) {
        self.source = source
        self.video = video
        self.audio = audio
        self.isSoundAlone = isSoundAlone
    }

    /// All that there is, in the order of the cases.
    ///
    /// Whether there are captions in the pictures, whether these are transparent, and what of the file is in doubt, is
    /// seen elsewhere.
    func found(
        hasCaptions: Bool,
        isTransparent: Bool,
        doubts: Set<TranscodedStreams.Remainder>
    ) -> [TranscodedStreams.Remainder] {
        var found = Set(source.streams.compactMap { $0 == video || $0 == audio ? nil : kind(of: $0) })
        found.formUnion(doubts)
        if hasCaptions { found.insert(.subtitles) }
        if isTransparent { found.insert(.transparency) }
        // One chapter is the whole.
        if source.context.pointee.nb_chapters > 1 { found.insert(.chapters) }
        if let video, satchel_has_depth(video) != 0 { found.insert(.depth) }
        if isSoundAlone, let audio, audio.pointee.codecpar.pointee.ch_layout.nb_channels > 2 { found.insert(.channels) }
        return TranscodedStreams.Remainder.allCases.filter(found.contains)
    }

    /// Nil for what a file may go without.
    private func kind(of stream: UnsafeMutablePointer<AVStream>) -> TranscodedStreams.Remainder? {
        switch stream.pointee.codecpar.pointee.codec_type {
        case AVMEDIA_TYPE_VIDEO:
            switch (StreamChoice.isStillBeside(stream), isSoundAlone) {
            case (true, true): .cover
            case (true, false): nil
            case (false, _): .pictures
            }
        case AVMEDIA_TYPE_AUDIO: .sounds
        case AVMEDIA_TYPE_SUBTITLE: .subtitles
        case AVMEDIA_TYPE_ATTACHMENT: .attachments
        default: Self.notes.contains(tag(of: stream)) ? nil : .data
        }
    }

    /// The four letters by which an MP4 names a track's content (ISO/IEC 14496-12, 8.5.2).
    private func tag(of stream: UnsafeMutablePointer<AVStream>) -> String {
        let tag = stream.pointee.codecpar.pointee.codec_tag
        return String(decoding: (0..<4).map { UInt8(truncatingIfNeeded: tag >> (8 * $0)) }, as: UTF8.self)
    }
}
