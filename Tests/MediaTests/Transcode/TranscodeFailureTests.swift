import Foundation
import Glibc
import Media
import TestSupport
import Testing

struct TranscodeFailureTests {
    private static let medium = TranscodeSpecification(name: "360p", container: .mp4, shortEdge: 360)

    /// What a job comes to that is to fail.
    private static func failure(
        _ bench: MediaBench,
        _ path: String,
        _ specification: TranscodeSpecification = medium,
        limits: MediaLimits = MediaLimits()
    ) async throws -> MediaFailure? {
        do {
            _ = try await bench.transcode(path, specification, limits: limits)
            return nil
        } catch let failure as MediaFailure {
            return failure
        }
    }

    @Test func `what has nothing of what is wanted is refused`() async throws {
        try await MediaBench.with { bench in
            let fixtures = bench.fixtures
            let sound = TranscodeSpecification(name: "sound", container: .m4a, shortEdge: nil)
            #expect(try await Self.failure(bench, try fixtures.video("mute.mp4"), sound)?.code == "unsupported_format")
            #expect(try await Self.failure(bench, try fixtures.jpeg("a.jpg"))?.code == "unsupported_format")
            #expect(try await Self.failure(bench, try fixtures.garbage("a.mp4"))?.code == "unsupported_format")
            let list = try fixtures.playlist("a.m3u8", segment: "file:///etc/passwd")
            #expect(try await Self.failure(bench, list)?.code == "unsupported_format")
            #expect(bench.runner.counts.deaths == 0)
        }
    }

    @Test func `the output has no more bytes than the limit`() async throws {
        try await MediaBench.with { bench in
            let scene = "testsrc2=size=640x360:rate=25:duration=4,noise=alls=40:allf=t"
            let source = try bench.fixtures.video("noise.mp4", scene: scene)
            let limits = MediaLimits(wallClockMilliseconds: 60_000, cpuSeconds: 60, maxOutputBytes: 100_000)
            let failure = try await Self.failure(bench, source, limits: limits)
            #expect(failure?.code == "answer_too_large")
            #expect(bench.runner.counts.deaths == 0)
        }
    }

    @Test func `the wall clock and the pixels of a frame are bounded`() async throws {
        try await MediaBench.with { bench in
            let scene = "testsrc2=size=1280x720:rate=50:duration=8"
            let source = try bench.fixtures.video("long.mp4", scene: scene)
            var slow = Self.medium
            slow.preset = "veryslow"
            let limits = MediaLimits(wallClockMilliseconds: 300)
            #expect(try await Self.failure(bench, source, slow, limits: limits)?.code == "timed_out")
            let narrow = MediaLimits(maxPixels: 100_000)
            #expect(try await Self.failure(bench, source, limits: narrow)?.code == "too_many_pixels")
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a cancelled job's child is killed, one that goes on tells how far it is`() async throws {
        let table = WorkerProcessTable()
        let fixtures = try MediaFixtures()
        try await MediaBench.with(workerPath: try table.link(in: fixtures)) { bench in
            let scene = "testsrc2=size=640x360:rate=50:duration=20"
            let source = try bench.fixtures.video("long.mp4", scene: scene)
            var slow = Self.medium
            slow.preset = "veryslow"
            let specification = slow
            let told = ToldProgress()
            let task = Task {
                try await bench.transcode(source, specification) { progress in told.note(progress) }
            }
            while told.percents.count < 3 { try await Task.sleep(for: .milliseconds(20)) }
            task.cancel()
            let error = await #expect(throws: MediaFailure.self) { _ = try await task.value }
            #expect(error?.code == "cancelled")
            while !table.jobs.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            #expect(told.percents == told.percents.sorted())
            #expect(told.percents.allSatisfy { (0...100).contains($0) })
            #expect(zip(told.moments, told.moments.dropFirst()).allSatisfy { $1 - $0 >= .milliseconds(450) })
        }
    }

    @Test func `a specification's numbers are brought into range`() async throws {
        var odd = TranscodeSpecification(name: "odd", container: .mp4, shortEdge: 1, crf: 99, maxBitrate: -5)
        odd.keyFrameSeconds = .nan
        odd.maxFrameRate = 0
        odd.preset = "placebo'"
        odd.audioBitrate = 9_999
        #expect(odd.effectiveShortEdge == 16)
        #expect(odd.effectiveCRF == 51)
        #expect(odd.effectiveMaxBitrate == 50)
        #expect(odd.effectiveKeyFrameSeconds == 2)
        #expect(odd.effectiveMaxFrameRate == 1)
        #expect(odd.effectivePreset == "medium")
        #expect(odd.effectiveAudioBitrate == 320)
    }

    @Test func `the least rate factor is encoded, and 0 as that`() async throws {
        try await MediaBench.with { bench in
            let source = try bench.fixtures.video("video.mp4", width: 160, height: 120, seconds: 1)
            for crf in [0, 1] {
                let best = TranscodeSpecification(name: "best", container: .mp4, shortEdge: 120, crf: crf)
                #expect(best.effectiveCRF == 1)
                let made = try await bench.transcode(source, best)
                #expect(made.file.height == 120)
            }
        }
    }

    @Test func `a specification may leave out all but its container`() throws {
        let decoder = JSONDecoder()
        let short = try decoder.decode(TranscodeSpecification.self, from: Data(#"{"container":"opus"}"#.utf8))
        #expect(short == TranscodeSpecification(name: "rendition", container: .opus, shortEdge: nil))
        let whole = TranscodeSpecification(name: "a", container: .mp4, shortEdge: 480, crf: 30, maxBitrate: 900)
        #expect(try decoder.decode(TranscodeSpecification.self, from: try JSONEncoder().encode(whole)) == whole)
    }

    @Test func `the command line encodes as well`() throws {
        let fixtures = try MediaFixtures()
        let output = fixtures.directory.file("out.mp4")
        let specification = #"{"container":"mp4","shortEdge":120,"preset":"ultrafast"}"#
        let text = try fixtures.output(
            WorkerBinary.path,
            ["transcode", "--spec", specification, try fixtures.video("video.mp4"), output]
        )
        let file = try JSONDecoder().decode(TranscodedFile.self, from: Data(text.utf8))
        #expect(file.height == 120)
        #expect(file.byteCount == Int64(try fixtures.bytes(of: output).count))
        let error = try #require(throws: MediaFixtureError.self) {
            try fixtures.output(
                WorkerBinary.path,
                ["transcode", "--spec", "{}", output, fixtures.directory.file("no.mp4")]
            )
        }
        #expect(error.message.contains("container"))
    }
}
