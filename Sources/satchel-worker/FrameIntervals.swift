import CLibAV

/// Whether a video's pictures follow one another evenly.
struct FrameIntervals {
    /// So many of the first pictures speak for all.
    static let maxCount = 1_000
    /// How far a container without an index of all its pictures is read for them.
    private static let maxSampledCount = 240
    private static let maxSampledBytes: Int64 = 4_000_000
    /// Fewer tell nothing.
    private static let leastCount = 4
    /// So many may be off: one picture that a camera dropped makes no variable rate.
    private static let oddShare = 0.02
    /// Below so many ticks of its clock a picture's length is exact; above, it is rounded by up to one either way.
    private static let leastRoundedTicks: Int64 = 4

    private var times: [Int64] = []

    init() {}

    /// Takes the first pictures' times from the container's index or, where that is not whole, from the next packets.
    init(_ stream: UnsafeMutablePointer<AVStream>, of source: MediaSource) {
        if source.isMP4 {
            addIndex(of: stream)
        } else {
            addPackets(of: stream, in: source)
        }
    }

    /// Notes when a picture is shown or decoded, in the clock's ticks, in any order.
    mutating func add(_ time: Int64) {
        if times.count < Self.maxCount { times.append(time) }
    }

    /// Notes the times of all the pictures that an index knows.
    mutating func addIndex(of stream: UnsafeMutablePointer<AVStream>) {
        for number in 0..<min(avformat_index_get_entries_count(stream), Int32(Self.maxCount)) {
            guard let entry = avformat_index_get_entry(stream, number) else { return }
            add(entry.pointee.timestamp)
        }
    }

    /// Nil where too little is known.
    var isVariable: Bool? {
        guard times.count >= Self.leastCount else { return nil }
        let sorted = times.sorted()
        let intervals = zip(sorted.dropFirst(), sorted).map { $0 &- $1 }.sorted()
        let usual = intervals[intervals.count / 2]
        guard usual > 0 else { return nil }
        let tolerance = usual < Self.leastRoundedTicks ? 0 : max(usual / 10, 1)
        // VP8 and VP9 have pictures that are never shown, at the time of one that is.
        let shown = intervals.filter { $0 > usual / 10 }
        let oddCount = shown.count { abs($0 &- usual) > tolerance }
        return Double(oddCount) > Double(shown.count) * Self.oddShare
    }

    private mutating func addPackets(of stream: UnsafeMutablePointer<AVStream>, in source: MediaSource) {
        guard let packet = try? Packet() else { return }
        var byteCount: Int64 = 0
        while times.count < Self.maxSampledCount, byteCount < Self.maxSampledBytes,
            av_read_frame(source.context, packet.pointer) >= 0
        {
            defer { av_packet_unref(packet.pointer) }
            let found = packet.pointer.pointee
            byteCount += Int64(found.size) + 1
            guard found.stream_index == stream.pointee.index else { continue }
            let time = found.pts != satchel_no_pts() ? found.pts : found.dts
            if time != satchel_no_pts() { add(time) }
        }
    }
}
