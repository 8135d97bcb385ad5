import Glibc
import Media
import TestSupport

/// A picture whose decoding takes the worker a good part of a second.
enum SlowPicture {
    /// Made once, for that takes seconds; only this descriptor is left of the file.
    private static let descriptor = Result {
        let fixtures = try MediaFixtures()
        return open(try fixtures.slowPicture(), O_RDONLY | O_CLOEXEC)
    }

    /// A path of this process's own.
    static func path() throws -> String {
        "/proc/self/fd/\(try descriptor.get())"
    }
}

extension MediaFixtures {
    /// Makes the picture: 4,000 by 4,000 pixels.
    func slowPicture() throws -> String {
        let arguments = ["-f", "lavfi", "-i", "testsrc2=size=4000x4000:rate=1:duration=1", "-frames:v", "1"]
        return try ffmpeg(arguments + ["-pix_fmt", "rgb24", "-compression_level", "1"], to: "slow.png")
    }
}

extension MediaBench {
    /// Runs the slow picture, does something to its process while that is stopped, and lets it go on.
    func runSlow(
        seenBy table: WorkerProcessTable,
        limits: MediaLimits = MediaLimits(),
        goesOn: Bool = true,
        _ body: (pid_t) async throws -> Void
    ) async throws -> MediaResult {
        let path = try SlowPicture.path()
        let job = try await table.hold { try await run(path, limits: limits) }
        do {
            try await body(job.pid)
        } catch {
            kill(job.pid, SIGCONT)
            throw error
        }
        if goesOn { kill(job.pid, SIGCONT) }
        return try await job.result.value
    }
}
