import Foundation
import Media
import TestSupport
import Testing

/// What the worker tells of files of sound that a rendition is made of.
struct SoundTranscodeTests {
    private static let voice = TranscodeSpecification(name: "voice", container: .opus, shortEdge: nil, audioBitrate: 24)

    private func streams(_ bench: MediaBench, _ path: String) async throws -> TranscodedStreams {
        let (file, _) = try await bench.transcode(path, Self.voice)
        return try #require(file.streams)
    }

    @Test(arguments: ["a.wav", "a.mp3", "a.m4a", "a.aac", "a.flac", "a.ogg", "a.opus", "a.mka"])
    func `of a whole file nothing is missing`(name: String) async throws {
        try await MediaBench.with { bench in
            let streams = try await streams(bench, try bench.fixtures.audio(name, seconds: 4))
            let sound = try #require(streams.sound)
            #expect(streams.leftOut == [])
            #expect([sound.lossCount, sound.gapCount, sound.dropCount] == [0, 0, 0])
            let (source, output) = (try #require(sound.source), try #require(sound.output))
            #expect(abs(source.end - output.end) <= 250)
        }
    }

    @Test func `what is in the file beside the sound is told`() async throws {
        try await MediaBench.with { bench in
            let fixtures = bench.fixtures
            let cover = try await streams(bench, try fixtures.audioWithCover("cover.mp3"))
            #expect(cover.leftOut == [.cover])
            let around = try fixtures.ffmpeg(
                ["-f", "lavfi", "-i", "sine=duration=2", "-af", "pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0"],
                to: "around.wav"
            )
            #expect(try await streams(bench, around).leftOut == [.channels])
            let marks = [0, 1].map { "[CHAPTER]\nTIMEBASE=1/1\nSTART=\($0)\nEND=\($0 + 1)\n" }.joined()
            let chapters = try fixtures.write([UInt8](";FFMETADATA1\n\(marks)".utf8), to: "chapters.txt")
            let sound = try fixtures.audio("plain.m4a")
            let book = try fixtures.ffmpeg(
                ["-i", sound, "-i", chapters, "-map", "0:a", "-map_metadata", "1", "-c", "copy"],
                to: "book.mka"
            )
            #expect(try await streams(bench, book).leftOut == [.chapters])
        }
    }

    @Test(arguments: ["a.mp3", "a.aac", "a.flac", "a.wav"])
    func `what comes behind the sound and is none of it is told`(name: String) async throws {
        try await MediaBench.with { bench in
            let bytes = try bench.fixtures.bytes(of: try bench.fixtures.audio(name, seconds: 4))
            let foreign = [UInt8](repeating: 0, count: 20_000)
            let path = try bench.fixtures.write(bytes + foreign, to: "behind-\(name)")
            let streams = try await streams(bench, path)
            let sound = try #require(streams.sound)
            let isTold = streams.leftOut != [] || sound.lossCount > 0 || sound.gapCount != 0
            #expect(isTold)
        }
    }

    @Test func `a format that is not looked through is told`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.audio("a.aiff", seconds: 2)
            #expect(try await streams(bench, path).leftOut == [.untold])
        }
    }
}
