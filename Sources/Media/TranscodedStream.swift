/// What became of one stream of a source: whether all of it was decoded, and when it plays.
package struct TranscodedStream: Codable, Sendable, Equatable {
    /// From when to when something plays, in milliseconds of the output; what comes before its beginning is negative.
    package struct Span: Codable, Sendable, Equatable {
        /// When the first packet begins.
        package var begin: Int64
        /// When the last packet ends.
        package var end: Int64

        /// Makes a value.
        package init(begin: Int64, end: Int64) {
            self.begin = begin
            self.end = end
        }

        /// How long that is.
        package var milliseconds: Int64 { end - begin }
    }

    /// How often something did not decode: packets that were refused, pictures that are damaged, a file that breaks off.
    ///
    /// Pictures that are thinned out are not lost.
    package var lossCount: Int
    /// How much was decoded and has no place in the output, since it plays before what was there already; nil where that is not known.
    ///
    /// Pictures that are thinned out are not counted.
    package var dropCount: Int?
    /// How often something of the source is missing: a pause that the container does not declare, a clock that jumps, packets that an
    /// index promises; nil where that is not known.
    package var gapCount: Int?
    /// When the source's stream plays; nil where it has no packet with a time.
    package var source: Span?
    /// When the output's stream plays; nil where it has no packet.
    package var output: Span?

    /// Makes a value.
    package init(lossCount: Int, dropCount: Int? = nil, gapCount: Int? = nil, source: Span?, output: Span?) {
        self.lossCount = lossCount
        self.dropCount = dropCount
        self.gapCount = gapCount
        self.source = source
        self.output = output
    }

    /// The numbers are such that one can calculate with them.
    var isPlausible: Bool {
        lossCount >= 0 && (dropCount ?? 0) >= 0 && (gapCount ?? 0) >= 0
            && [source, output].compactMap { $0 }
                .allSatisfy { span in
                    let range = -(Int64(1) << 42)...Int64(1) << 42
                    return range.contains(span.begin) && range.contains(span.end) && span.begin <= span.end
                }
    }
}

/// What became of the streams of a source that a transcoding took.
package struct TranscodedStreams: Codable, Sendable, Equatable {
    /// What a file may have that a rendition of it has not.
    package enum Remainder: String, Codable, Sendable, CaseIterable {
        /// Further sounds, such as other languages.
        case sounds
        /// Further moving pictures; of a still picture, further pictures.
        case pictures
        /// Subtitles, in streams of their own or within the picture.
        case subtitles
        /// Streams of data that are no camera's notes.
        case data
        /// Files within the file, such as fonts.
        case attachments
        /// Chapters.
        case chapters
        /// Pictures that can be seen through.
        case transparency
        /// Pictures for a sphere around the viewer, or for each eye one; maps of depth.
        case depth
        /// Parts of the file that are no stream's, such as a second film.
        case unread
        /// More than a moment that is in the file and not shown, such as what an edit list hides.
        case hidden
        /// Whatever may be missing: the format (AVI, fragments of MP4) does not tell what there should be, or nobody looks.
        case untold
        /// A cover or another still picture that goes with a sound.
        case cover
        /// More than two channels of a sound.
        case channels
        /// Further frames of a picture that moves.
        case animation
        /// High dynamic range of a picture.
        case dynamicRange = "dynamic_range"
    }

    /// The picture; nil where none was taken.
    ///
    /// A still picture has no times.
    package var picture: TranscodedStream?
    /// The sound; nil where none was taken.
    package var sound: TranscodedStream?
    /// What was left out, in the order of the cases; nil where that is not known.
    package var leftOut: [Remainder]?
    /// The SHA-256 of the bytes that were encoded, in hexadecimal digits; nil where they were not held against the source's.
    ///
    /// The worker does not tell: who gives it the bytes sees to that.
    package var sourceSHA256: String?

    /// Makes a value.
    package init(
        picture: TranscodedStream?,
        sound: TranscodedStream?,
        leftOut: [Remainder]? = nil,
        sourceSHA256: String? = nil
    ) {
        self.picture = picture
        self.sound = sound
        self.leftOut = leftOut
        self.sourceSHA256 = sourceSHA256
    }

    /// The numbers are such that one can calculate with them.
    var isPlausible: Bool {
        (picture?.isPlausible ?? true) && (sound?.isPlausible ?? true)
            && (leftOut?.count ?? 0) <= Remainder.allCases.count && sourceSHA256 == nil
    }
}
