import CLibAV

/// The playing time that a file's header declares, where it is to be believed.
struct DeclaredDuration {
    private let source: MediaSource
    private let bytes: FileBytes
    private let streams: [UnsafeMutablePointer<AVStream>]

    /// Below so many bits a second, and above an hour, a duration is taken for garbage.
    private static let leastBitrate = 100.0
    private static let longestUnquestioned: Int64 = 3_600_000

    init(_ source: MediaSource, _ bytes: FileBytes, streams: [UnsafeMutablePointer<AVStream>]) {
        self.source = source
        self.bytes = bytes
        self.streams = streams
    }

    /// Nil: the packets must be read to know.
    var milliseconds: Int64? {
        // What FFmpeg makes up from a bit rate is no declaration, and in a fragmented MP4 it may be nonsense.
        guard source.context.pointee.duration_estimation_method != AVFMT_DURATION_FROM_BITRATE, !isFragmented else {
            return nil
        }
        let container = Self.milliseconds(source.context.pointee.duration, AVRational(num: 1, den: 1_000_000))
        if let container, isBelievable(container) { return container }
        return streams.compactMap { Self.milliseconds($0.pointee.duration, $0.pointee.time_base) }
            .filter(isBelievable)
            .max()
    }

    /// A fragmented MP4's header tells of its first fragment at most.
    private var isFragmented: Bool {
        source.isMP4 && (streams.allSatisfy { $0.pointee.nb_frames == 0 } || MovieFragments.arePresent(in: bytes))
    }

    private func isBelievable(_ milliseconds: Int64) -> Bool {
        guard milliseconds > Self.longestUnquestioned else { return true }
        return Double(source.byteCount) * 8_000 / Double(milliseconds) >= Self.leastBitrate
    }

    private static func milliseconds(_ duration: Int64, _ timeBase: AVRational) -> Int64? {
        guard duration > 0, timeBase.num > 0, timeBase.den > 0 else { return nil }
        let milliseconds = av_rescale_q(duration, timeBase, AVRational(num: 1, den: 1_000))
        return milliseconds > 0 ? milliseconds : nil
    }
}
