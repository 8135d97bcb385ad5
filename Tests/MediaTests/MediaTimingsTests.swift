import Media
import TestSupport
import Testing

struct MediaTimingsTests {
    @Test func `the worker tells how long it took to look and to make pictures`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.video("video.mp4")
            let begin = ContinuousClock.now
            let timings = try #require(try await bench.run(path).timings)
            let most = begin.duration(to: .now) / .microseconds(1)
            #expect(timings.probeMicroseconds > 0)
            let rendering = try #require(timings.renderMicroseconds)
            #expect(rendering > 0)
            #expect(Double(timings.probeMicroseconds + rendering) <= most)
        }
    }

    @Test func `a file without a picture has none to be made`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.audio("sound.mp3")
            let timings = try #require(try await bench.run(path).timings)
            #expect(timings.renderMicroseconds == nil)
        }
    }
}
