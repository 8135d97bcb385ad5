import CImages
import CLibAV
import Media

/// A still picture, made smaller and encoded as WebP into another file.
struct StillTranscoding {
    private let file: ByteView
    private let output: OutputStream
    private let specification: TranscodeSpecification
    private let still: StillImage

    /// Reads the header, and refuses what is no still picture.
    init(
        _ bytes: FileBytes,
        into output: OutputStream,
        as specification: TranscodeSpecification,
        maxPixels: Int64
    ) throws(MediaFailure) {
        guard ImageFormat.isConceivable(bytes) else { throw Self.noPicture }
        let file = ByteView(try ImageBytes(mapping: bytes))
        guard let still = try StillImage(file, maxPixels: maxPixels) else { throw Self.noPicture }
        self.file = file
        self.output = output
        self.specification = specification
        self.still = still
    }

    /// Encodes the picture as displayed, in sRGB, with its transparency; of an animated one the first frame.
    func run() throws(MediaFailure) -> TranscodedFile {
        let edge = specification.effectiveLongEdge
        let picture = try still.picture(within: PictureBounds(width: edge, height: edge))
        let encoded = try PictureEncoder.webP(picture, quality: min(max(specification.quality, 1), 100))
        guard let count = Int32(exactly: encoded.count) else {
            throw MediaFailure(.answerTooLarge, "The output has more bytes than the limit.")
        }
        encoded.withUnsafeBufferPointer { avio_write(output.context, $0.baseAddress, count) }
        avio_flush(output.context)
        if let failure = output.failure { throw failure }
        return TranscodedFile(
            byteCount: Int64(encoded.count),
            milliseconds: 0,
            width: picture.width,
            height: picture.height,
            frameRate: nil,
            codecs: "webp",
            streams: TranscodedStreams(
                picture: TranscodedStream(lossCount: lossCount, dropCount: 0, gapCount: 0, source: nil, output: nil),
                sound: nil,
                leftOut: StillRemainders(file, still.report).found()
            )
        )
    }

    /// How often the picture is damaged where its decoder goes on all the same; others give no picture then.
    private var lossCount: Int {
        guard ImageFormat(file) == .jpeg, let start = file.buffer.baseAddress else { return 0 }
        let count = satchel_jpeg_damage_count(start.assumingMemoryBound(to: UInt8.self), file.count)
        return count < 0 ? 1 : count
    }

    private static var noPicture: MediaFailure { MediaFailure(.unsupportedFormat, "The file is no still picture.") }
}
