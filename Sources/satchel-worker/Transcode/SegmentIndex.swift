import CLibAV
import Media

/// Where the segments of a fragmented MP4 are (ISO/IEC 14496-12, 8.8), read from the file itself.
struct SegmentIndex {
    /// The bytes before the first segment: `ftyp` and `moov`.
    let headerByteCount: Int64
    let segments: [TranscodedFile.Segment]

    /// No `moof` of a segment is larger.
    private static let maxFragmentHeader = 4 << 20

    /// Reads the boxes of a file whose first track counts in ticks of `timeBase`, and that plays so many milliseconds.
    init(_ bytes: FileBytes, timeBase: AVRational, milliseconds: Int64) throws(MediaFailure) {
        var starts: [(offset: Int64, time: Int64)] = []
        var offset: Int64 = 0
        while let box = Self.box(at: offset, in: bytes) {
            if box.type == "moof" {
                let content = bytes.read(at: offset, count: Int(min(box.size, Int64(Self.maxFragmentHeader))))
                let time = Self.decodeTime(ofFirstTrackIn: content)
                let ticks = time ?? starts.last?.time ?? 0
                starts.append((offset, ticks))
            }
            offset += box.size
        }
        guard offset == bytes.byteCount, let first = starts.first, first.offset > 0 else {
            throw MediaFailure(.renderingFailed, "The output has no segments.")
        }
        let times = starts.map { av_rescale_q($0.time, timeBase, AVRational(num: 1, den: 1_000)) }
        headerByteCount = first.offset
        segments = starts.indices.map { index in
            let isLast = index == starts.count - 1
            return TranscodedFile.Segment(
                offset: starts[index].offset,
                length: (isLast ? bytes.byteCount : starts[index + 1].offset) - starts[index].offset,
                milliseconds: max((isLast ? milliseconds : times[index + 1]) - times[index], 0)
            )
        }
    }

    private static func box(at offset: Int64, in bytes: FileBytes) -> (type: String, size: Int64)? {
        let head = bytes.read(at: offset, count: 16)
        guard head.count >= 8, let short = head.number(at: 0, count: 4) else { return nil }
        var size = Int64(short)
        if short == 1, let high = head.number(at: 8, count: 4), let low = head.number(at: 12, count: 4) {
            size = Int64(high) << 32 | Int64(low)
        }
        guard size >= 8 else { return nil }
        return (String(decoding: head[4..<8], as: UTF8.self), size)
    }

    /// The base of the decoding times (`tfdt`) of track 1 in a `moof`.
    private static func decodeTime(ofFirstTrackIn fragment: [UInt8]) -> Int64? {
        for track in children(of: fragment[...], from: 8) where track.type == "traf" {
            let boxes = children(of: track.content, from: 0)
            guard let header = boxes.first(where: { $0.type == "tfhd" }).map({ [UInt8]($0.content) }),
                header.number(at: 4, count: 4) == 1,
                let time = boxes.first(where: { $0.type == "tfdt" }).map({ [UInt8]($0.content) })
            else { continue }
            guard time.first == 1 else { return time.number(at: 4, count: 4).map { Int64($0) } }
            guard let high = time.number(at: 4, count: 4), let low = time.number(at: 8, count: 4) else { return nil }
            return Int64(high) << 32 | Int64(low)
        }
        return nil
    }

    private static func children(
        of bytes: ArraySlice<UInt8>,
        from start: Int
    ) -> [(type: String, content: ArraySlice<UInt8>)] {
        var found: [(type: String, content: ArraySlice<UInt8>)] = []
        var rest = bytes.dropFirst(start)
        while rest.count >= 8, let size = [UInt8](rest.prefix(4)).number(at: 0, count: 4), size >= 8, size <= rest.count
        {
            let type = String(decoding: rest.dropFirst(4).prefix(4), as: UTF8.self)
            found.append((type, rest.prefix(size).dropFirst(8)))
            rest = rest.dropFirst(size)
        }
        return found
    }
}
