import Glibc
import Media
import TestSupport
import Testing

extension MediaBench {
    /// What the worker answers when it is asked how to strip a file.
    func stripResult(_ path: String, _ mode: StripMode) async throws -> MediaResult {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw MediaFixtureError(message: "no file to strip") }
        defer { close(descriptor) }
        return await runner.run(MediaRequest(operation: .strip, strip: mode), file: descriptor)
    }

    /// Strips a file by the worker's plan; answers the path of the result, which has the same extension.
    func strip(_ path: String, _ mode: StripMode) async throws -> String {
        let plan = try #require(try await stripResult(path, mode).stripPlan)
        let source = open(path, O_RDONLY | O_CLOEXEC)
        let ending = path.split(separator: ".").last ?? ""
        let output = fixtures.directory.file("stripped-\(mode.rawValue).\(ending)")
        let target = open(output, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        defer {
            close(source)
            close(target)
        }
        try plan.write(from: source, to: target)
        return output
    }

    /// The digests of all decoded pictures and sounds, which ffmpeg makes.
    func frames(_ path: String) throws -> String {
        // What it has to say of sections that it does not like is not of interest.
        let arguments = ["-nostdin", "-v", "quiet", "-noautorotate", "-i", path, "-map", "0:v?", "-map", "0:a?"]
        return try fixtures.output("ffmpeg", arguments + ["-f", "framemd5", "-"])
    }

    /// The pictures and sounds of two files are the same, and there are some.
    func showSame(_ path: String, _ other: String) throws -> Bool {
        let frames = try frames(path)
        return try frames.contains("0, ") && frames == self.frames(other)
    }
}
