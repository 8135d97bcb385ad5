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
    /// When the source's stream plays; nil where it has no packet with a time.
    package var source: Span?
    /// When the output's stream plays; nil where it has no packet.
    package var output: Span?

    /// Makes a value.
    package init(lossCount: Int, source: Span?, output: Span?) {
        self.lossCount = lossCount
        self.source = source
        self.output = output
    }

    /// The numbers are such that one can calculate with them.
    var isPlausible: Bool {
        lossCount >= 0
            && [source, output].compactMap { $0 }
                .allSatisfy { span in
                    let range = -(Int64(1) << 42)...Int64(1) << 42
                    return range.contains(span.begin) && range.contains(span.end) && span.begin <= span.end
                }
    }
}

/// What became of the streams of a source that a transcoding took.
package struct TranscodedStreams: Codable, Sendable, Equatable {
    /// The picture; nil where none was taken.
    package var picture: TranscodedStream?
    /// The sound; nil where none was taken.
    package var sound: TranscodedStream?

    /// Makes a value.
    package init(picture: TranscodedStream?, sound: TranscodedStream?) {
        self.picture = picture
        self.sound = sound
    }

    /// The numbers are such that one can calculate with them.
    var isPlausible: Bool { (picture?.isPlausible ?? true) && (sound?.isPlausible ?? true) }
}
