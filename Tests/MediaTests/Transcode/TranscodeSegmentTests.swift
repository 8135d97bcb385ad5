import Foundation
import Media
import TestSupport
import Testing

struct TranscodeSegmentTests {
    @Test(arguments: [(0.5, "veryfast"), (1, "veryfast"), (1, "medium")])
    func `segments begin with a key frame where they are due, and play by themselves`(
        _ seconds: Double,
        _ preset: String
    ) async throws {
        try await MediaBench.with { bench in
            let source = try bench.fixtures.video(
                "video.mp4",
                seconds: 3,
                hasAudio: true,
                scene: "testsrc2=size=320x180:rate=25:duration=3"
            )
            let specification = TranscodeSpecification(
                name: "hls",
                container: .fragmented,
                shortEdge: 180,
                keyFrameSeconds: seconds,
                preset: preset
            )
            let (file, path) = try await bench.transcode(source, specification)
            #expect(file.segments.count == Int(3 / seconds))
            for segment in file.segments.dropLast() {
                #expect(abs(Double(segment.milliseconds) - seconds * 1_000) <= 40)
            }
            #expect(file.segments.first?.offset == file.headerByteCount)
            #expect(file.segments.last.map { $0.offset + $0.length } == file.byteCount)
            let boxes = try bench.fixtures.boxes(of: path)
            #expect(
                boxes == ["ftyp", "moov"]
                    + Array(repeating: ["moof", "mdat"], count: file.segments.count).flatMap { $0 }
            )

            let keys = try bench.fixtures.pictures(of: path).filter(\.isKey).map(\.seconds)
            #expect(keys.count == file.segments.count)
            // The header and any one segment are a file.
            let bytes = try bench.fixtures.bytes(of: path)
            let header = bytes.prefix(Int(file.headerByteCount))
            for (number, segment) in file.segments.enumerated() {
                let piece = bytes[Int(segment.offset)..<Int(segment.offset + segment.length)]
                let part = try bench.fixtures.write([UInt8](header + piece), to: "part-\(number).mp4")
                let frames = try bench.fixtures.output(
                    "ffmpeg",
                    ["-nostdin", "-v", "error", "-i", part, "-map", "0:v", "-f", "framemd5", "-"]
                )
                let count = frames.split(separator: "\n").filter { !$0.hasPrefix("#") }.count
                #expect(abs(count - Int(25 * seconds)) <= 1)
            }
        }
    }

    /// What the container tells of the colours, in the words of ISO/IEC 23091-2: without it browsers take all for BT.709.
    @Test(
        arguments: [
            ("smpte170m", [6, 6, 6] as [UInt8]), ("bt470bg", [5, 6, 6]), ("bt709", [1, 1, 1]), ("unknown", [6, 6, 6]),
        ]
    )
    func `the header of segments tells the colours, also where the source is silent`(
        _ matrix: String,
        _ wanted: [UInt8]
    ) async throws {
        try await MediaBench.with { bench in
            let source = try bench.fixtures.ffmpeg(
                ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=1", "-pix_fmt", "yuv420p"]
                    + ["-c:v", "libx264", "-colorspace", matrix],
                to: "video.mp4"
            )
            let specification = TranscodeSpecification(
                name: "hls",
                container: .fragmented,
                shortEdge: 180,
                preset: "veryfast"
            )
            let (file, path) = try await bench.transcode(source, specification)
            let header = try bench.fixtures.bytes(of: path).prefix(Int(file.headerByteCount))
            let place = try #require(header.firstRange(of: Array("colrnclx".utf8)))
            // Primaries, transfer and matrix in two bytes each.
            let codes = stride(from: place.upperBound + 1, to: place.upperBound + 7, by: 2).map { header[$0] }
            #expect(codes == wanted)
        }
    }

    @Test func `a sound alone is cut as well`() async throws {
        try await MediaBench.with { bench in
            let source = try bench.fixtures.audio("tone.m4a", seconds: 3)
            let specification = TranscodeSpecification(
                name: "hls",
                container: .fragmented,
                shortEdge: nil,
                keyFrameSeconds: 1
            )
            let (file, _) = try await bench.transcode(source, specification)
            #expect(file.segments.count == 3)
            #expect(file.segments.allSatisfy { abs($0.milliseconds - 1_000) <= 70 })
        }
    }
}
