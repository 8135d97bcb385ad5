import Media
import TestSupport
import Testing

struct StripWorkerTests {
    @Test func `nothing is planned where stripping is off`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.jpeg("photo.jpg", orientation: 6)
            let plan = try #require(try await bench.stripResult(path, .off).stripPlan)
            #expect(plan.isEmpty && plan.byteCount == plan.sourceByteCount)
        }
    }

    @Test func `the command writes what the plan makes, and over no file`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.jpeg("photo.jpg", orientation: 6)
            let output = bench.fixtures.directory.file("out.jpg")
            _ = try bench.fixtures.output(WorkerBinary.path, ["strip", path, "-o", output])
            let planned = try await bench.strip(path, .all)
            #expect(try bench.fixtures.bytes(of: output) == bench.fixtures.bytes(of: planned))
            #expect(throws: MediaFixtureError.self) {
                try bench.fixtures.output(WorkerBinary.path, ["strip", path, "-o", output])
            }
        }
    }

    @Test(arguments: ["sound.mp3", "film.mkv", "page.txt"])
    func `other formats are refused`(_ name: String) async throws {
        try await MediaBench.with { bench in
            let path =
                switch name {
                case "sound.mp3": try bench.fixtures.audio(name, seconds: 0.2)
                case "film.mkv": try bench.fixtures.video(name, width: 64, height: 48, seconds: 0.2)
                default: try bench.fixtures.write([UInt8]("a text".utf8), to: name)
                }
            let result = try await bench.stripResult(path, .all)
            #expect(result.stripPlan == nil && result.failure?.code == "unsupported_format")
        }
    }
}
