import CLibAV

/// The streams of a file that count: its moving picture, its sound, and the cover that goes with sound alone.
struct StreamChoice {
    /// Stays valid as long as the source, as the others.
    let video: UnsafeMutablePointer<AVStream>?
    let audio: UnsafeMutablePointer<AVStream>?
    /// A still picture of a file without a moving one.
    let cover: UnsafeMutablePointer<AVStream>?

    init(_ source: MediaSource) {
        let streams = source.streams
        let sounds = streams.filter { $0.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_AUDIO }
        let pictures = streams.filter { $0.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO }
        let moving = pictures.filter { stream in
            satchel_is_picture_beside_sound(stream.pointee.disposition) == 0
                && !(!sounds.isEmpty && Self.isCover(stream))
        }
        let longest = moving.compactMap(Self.seconds).max() ?? 0
        let mostFrames = moving.map(\.pointee.nb_frames).max() ?? 0
        audio = Self.best(sounds) { SoundClaim($0) }
        video = Self.best(moving) { stream in
            let seconds = Self.seconds(stream) ?? longest
            // A track of a camera's few full-size shots, or of previews, is short or has few pictures.
            let isLasting = seconds >= longest / 2 && stream.pointee.nb_frames >= mostFrames / 4
            return PictureClaim(stream, isLasting: isLasting)
        }
        cover = video == nil && audio != nil ? Self.best(pictures) { CoverClaim($0) } : nil
    }

    /// The stream with the largest claim; the first one of equals.
    private static func best<Claim: Comparable>(
        _ streams: [UnsafeMutablePointer<AVStream>],
        by claim: (UnsafeMutablePointer<AVStream>) -> Claim
    ) -> UnsafeMutablePointer<AVStream>? {
        var best: (stream: UnsafeMutablePointer<AVStream>, claim: Claim)?
        for stream in streams {
            let found = claim(stream)
            if best.map({ $0.claim < found }) ?? true { best = (stream, found) }
        }
        return best?.stream
    }

    /// A still picture that goes with others: a cover, or thumbnails.
    static func isStillBeside(_ stream: UnsafeMutablePointer<AVStream>) -> Bool {
        satchel_is_picture_beside_sound(stream.pointee.disposition) != 0 || isCover(stream)
    }

    /// Cover art that some taggers store as a track of one frame, without saying what it is.
    private static func isCover(_ stream: UnsafeMutablePointer<AVStream>) -> Bool {
        let pictureCodecs = [AV_CODEC_ID_MJPEG, AV_CODEC_ID_PNG, AV_CODEC_ID_BMP, AV_CODEC_ID_GIF, AV_CODEC_ID_WEBP]
        return pictureCodecs.contains(stream.pointee.codecpar.pointee.codec_id)
            && (1...2).contains(stream.pointee.nb_frames)
    }

    private static func seconds(_ stream: UnsafeMutablePointer<AVStream>) -> Double? {
        let base = stream.pointee.time_base
        guard stream.pointee.duration > 0, base.num > 0, base.den > 0 else { return nil }
        return Double(stream.pointee.duration) * Double(base.num) / Double(base.den)
    }
}

/// Why one moving picture rather than another is what the file is about, the weightiest reason first.
private struct PictureClaim: Comparable {
    private let ranks: [Int64]

    init(_ stream: UnsafeMutablePointer<AVStream>, isLasting: Bool) {
        let parameters = stream.pointee.codecpar.pointee
        ranks = [
            parameters.codec_id == AV_CODEC_ID_NONE ? 0 : 1,
            // In an MP4: enabled.
            Int64(satchel_is_default(stream.pointee.disposition)),
            isLasting ? 1 : 0,
            Int64(parameters.width) * Int64(parameters.height),
        ]
    }

    static func < (left: PictureClaim, right: PictureClaim) -> Bool {
        left.ranks.lexicographicallyPrecedes(right.ranks)
    }
}

/// Why one sound rather than another is the one that is heard.
private struct SoundClaim: Comparable {
    private let ranks: [Int64]

    init(_ stream: UnsafeMutablePointer<AVStream>) {
        ranks = [
            stream.pointee.codecpar.pointee.codec_id == AV_CODEC_ID_NONE ? 0 : 1,
            Int64(satchel_is_default(stream.pointee.disposition)),
        ]
    }

    static func < (left: SoundClaim, right: SoundClaim) -> Bool {
        left.ranks.lexicographicallyPrecedes(right.ranks)
    }
}

/// Why one picture rather than another stands for a sound.
private struct CoverClaim: Comparable {
    private let isFront: Bool

    init(_ stream: UnsafeMutablePointer<AVStream>) {
        // What ID3v2's and FLAC's picture type 3 is called by FFmpeg.
        let kind = av_dict_get(stream.pointee.metadata, "comment", nil, 0).map { String(cString: $0.pointee.value) }
        isFront = kind == "Cover (front)"
    }

    static func < (left: CoverClaim, right: CoverClaim) -> Bool {
        !left.isFront && right.isFront
    }
}
