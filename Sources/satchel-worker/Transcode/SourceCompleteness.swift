import CLibAV
import Media

/// Whether a source's container shows that all that is in the file is read and played.
///
/// Whatever it does not show is told as left out: an original that may have more than its rendition is not replaced.
struct SourceCompleteness {
    /// A thousandth of an MP4 may belong to no stream, within these bounds, in bytes: what fills gaps, or an encoder's
    /// lead-in.
    private static let toleratedByteCounts: ClosedRange<Int64> = 16_384...1_048_576
    /// So many seconds may be in a file and not be played: what comes before the first whole picture, or an encoder's
    /// lead-in.
    private static let toleratedSeconds = 0.5

    private let source: MediaSource
    private let bytes: FileBytes

    /// Of a file that was opened: the index of an MP4 is there then.
    init(_ source: MediaSource, _ bytes: FileBytes) {
        self.source = source
        self.bytes = bytes
    }

    /// What may be in the file that is not read; `hiddenSeconds` is how much of a stream was read and is not to be shown.
    func doubts(hiddenSeconds: Double) -> Set<TranscodedStreams.Remainder> {
        // Chunks of an AVI have no times: where one is lost, all that follow move up.
        if source.format == "avi" { return [.untold] }
        var found: Set<TranscodedStreams.Remainder> = hiddenSeconds > Self.toleratedSeconds ? [.hidden] : []
        guard source.isMP4 else { return found }
        let boxes = MovieBoxes(bytes)
        // Nothing tells how many packets fragments should have.
        if boxes.hasFragments { return [.untold] }
        if source.streams.contains(where: { unplayedSeconds(of: $0) > Self.toleratedSeconds }) { found.insert(.hidden) }
        let tolerated = min(
            max(boxes.payloadByteCount / 1_000, Self.toleratedByteCounts.lowerBound),
            Self.toleratedByteCounts.upperBound
        )
        if !boxes.isOneFilm || boxes.payloadByteCount - indexedByteCount > tolerated { found.insert(.unread) }
        return found
    }

    /// How many of the file's bytes are a packet of some stream; those that several have count once.
    private var indexedByteCount: Int64 {
        var ranges: [Range<Int64>] = []
        for stream in source.streams {
            for number in 0..<avformat_index_get_entries_count(stream) {
                guard let entry = avformat_index_get_entry(stream, number)?.pointee, entry.size > 0,
                    entry.pos >= 0, entry.pos < bytes.byteCount
                else { continue }
                ranges.append(entry.pos..<entry.pos + min(Int64(entry.size), bytes.byteCount - entry.pos))
            }
        }
        ranges.sort { $0.lowerBound < $1.lowerBound }
        var reached: Int64 = 0
        var count: Int64 = 0
        for range in ranges where range.upperBound > reached {
            count += range.upperBound - max(range.lowerBound, reached)
            reached = range.upperBound
        }
        return count
    }

    /// How long the packets play of which the header knows and the index does not, since an edit list leaves them out.
    ///
    /// The index of a sound that is not compressed has one entry for many samples: there the bytes must tell.
    private func unplayedSeconds(of stream: UnsafeMutablePointer<AVStream>) -> Double {
        let parameters = stream.pointee.codecpar.pointee
        guard
            parameters.codec_type == AVMEDIA_TYPE_VIDEO
                || SourceContinuity.even.contains(parameters.codec_id.rawValue),
            satchel_is_picture_beside_sound(stream.pointee.disposition) == 0
        else { return 0 }
        let count = avformat_index_get_entries_count(stream)
        // An edit list may also play some twice.
        var places: Set<Int64> = []
        var times: ClosedRange<Int64>?
        for number in 0..<count {
            guard let entry = avformat_index_get_entry(stream, number)?.pointee else { continue }
            places.insert(entry.pos)
            times =
                min(
                    times?.lowerBound ?? entry.timestamp,
                    entry.timestamp
                )...max(
                    times?.upperBound ?? entry.timestamp,
                    entry.timestamp
                )
        }
        let missing = stream.pointee.nb_frames.subtractingReportingOverflow(Int64(places.count))
        guard !missing.overflow, missing.partialValue > 0 else { return 0 }
        guard let times, count > 1 else { return .infinity }
        let length = Double(times.upperBound) - Double(times.lowerBound)
        return Double(missing.partialValue) * length / Double(count - 1) * av_q2d(stream.pointee.time_base)
    }
}
