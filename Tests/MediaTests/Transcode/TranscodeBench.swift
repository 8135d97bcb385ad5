import Foundation
import Glibc
import Media
import Synchronization
import TestSupport
import Testing

/// A transcoding by the real worker, and what ffprobe finds in its output.
extension MediaBench {
    /// Has a file transcoded; answers what the worker says of the output, and the output's path.
    func transcode(
        _ path: String,
        _ specification: TranscodeSpecification,
        limits: MediaLimits = MediaLimits(wallClockMilliseconds: 120_000, cpuSeconds: 120, addressSpaceBytes: 2 << 30),
        progress: @escaping @Sendable (TranscodeProgress) -> Void = { _ in }
    ) async throws -> (file: TranscodedFile, path: String) {
        let output = fixtures.directory.file("\(UUID().uuidString).\(specification.container.rawValue)")
        let media = open(path, O_RDONLY | O_CLOEXEC)
        let target = open(output, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        defer { [media, target].forEach { _ = close($0) } }
        guard media >= 0, target >= 0 else { throw MediaFixtureError(message: "no files to transcode") }
        let file = try await runner.transcode(
            specification,
            file: media,
            output: target,
            limits: limits,
            progress: progress
        )
        // The caller's descriptors stay where they were.
        #expect(lseek(target, 0, SEEK_CUR) == 0)
        #expect(lseek(media, 0, SEEK_CUR) == 0)
        return (file, output)
    }
}

/// What ffprobe tells of a file.
struct ProbedOutput: Decodable {
    struct Stream: Decodable {
        var codecName: String?
        var width: Int?
        var height: Int?
        var pixFmt: String?
        var sampleAspectRatio: String?
        var colorTransfer: String?
        var colorSpace: String?
        var colorRange: String?
        var sampleRate: String?
        var channels: Int?
        var startTime: String?
        var duration: String?
        var nbFrames: String?
        var sideDataList: [SideData]?

        var start: Double { startTime.flatMap(Double.init) ?? -1 }
        var seconds: Double { duration.flatMap(Double.init) ?? -1 }
    }

    struct SideData: Decodable {
        var rotation: Int?
    }

    var streams: [Stream]

    init(_ path: String, _ fixtures: MediaFixtures) throws {
        let text = try fixtures.output("ffprobe", ["-v", "error", "-show_streams", "-of", "json", path])
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(ProbedOutput.self, from: Data(text.utf8))
    }

    var video: Stream? { streams.first { $0.width != nil } }
    var audio: Stream? { streams.first { $0.channels != nil } }
}

extension MediaFixtures {
    /// When each picture of a video is shown, in seconds, and whether one can begin there.
    func pictures(of path: String) throws -> [(seconds: Double, isKey: Bool)] {
        let arguments = ["-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time,flags"]
        return try output("ffprobe", arguments + ["-of", "csv=p=0", path]).split(separator: "\n")
            .compactMap { line in
                let fields = line.split(separator: ",")
                guard fields.count >= 2, let seconds = Double(fields[0]) else { return nil }
                return (seconds, fields[1].contains("K"))
            }
            .sorted { $0.seconds < $1.seconds }
    }

    /// The picture of a video at so many seconds, as a player shows it.
    func picture(of path: String, at seconds: Double) throws -> DecodedPicture {
        let still = try ffmpeg(
            ["-ss", "\(seconds)", "-i", path, "-frames:v", "1", "-q:v", "2"],
            to: "\(UUID().uuidString).jpg"
        )
        return try decode(try bytes(of: still))
    }

    /// The types of the boxes of an MP4, in order.
    func boxes(of path: String) throws -> [String] {
        let bytes = try bytes(of: path)
        var offset = 0
        var types: [String] = []
        while offset + 8 <= bytes.count {
            let size = bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            guard size >= 8 else { break }
            types.append(String(decoding: bytes[offset + 4..<offset + 8], as: UTF8.self))
            offset += size
        }
        #expect(offset == bytes.count)
        return types
    }
}

/// What was told of a job on the way, in order.
final class ToldProgress: Sendable {
    private let state = Mutex<[(percent: Int, at: ContinuousClock.Instant)]>([])

    var percents: [Int] { state.withLock { $0.map(\.percent) } }
    var moments: [ContinuousClock.Instant] { state.withLock { $0.map(\.at) } }

    func note(_ progress: TranscodeProgress) {
        state.withLock { $0.append((progress.percent, .now)) }
    }
}
