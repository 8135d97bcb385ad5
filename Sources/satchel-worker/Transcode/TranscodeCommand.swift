import FoundationEssentials
import Glibc
import Media

/// `satchel-worker transcode`: a rendition by hand, encoded as the gateway would have it.
enum TranscodeCommand {
    /// As long as a film takes on a slow machine.
    private static let limits = MediaLimits(
        wallClockMilliseconds: 6 * 3_600_000,
        cpuSeconds: 6 * 3_600,
        addressSpaceBytes: 4 << 30,
        maxOutputBytes: 64 << 30
    )

    /// Encodes as a `TranscodeSpecification` in JSON says; answers the exit status.
    static func run(_ specification: String, from input: String, to output: String) -> Int32 {
        let parsed: TranscodeSpecification
        do {
            parsed = try JSONDecoder().decode(TranscodeSpecification.self, from: Data(specification.utf8))
        } catch {
            return fail("the specification is not what it should be: \(error)", status: 2)
        }
        let media = open(input, O_RDONLY | O_CLOEXEC)
        guard media >= 0 else { return fail("cannot open the file: \(String(cString: strerror(errno)))") }
        defer { close(media) }
        let file = open(output, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { return fail("cannot write \(output): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        let request = MediaRequest(operation: .transcode, renditions: [], transcode: parsed, limits: limits)
        let isTerminal = isatty(STDERR_FILENO) == 1
        let result = WorkerCommand.result(of: request, media: media, output: file) { progress in
            if isTerminal { WorkerCommand.write("\r\(progress.percent) %", to: STDERR_FILENO) }
        }
        if isTerminal { WorkerCommand.write("\r", to: STDERR_FILENO) }
        guard let transcoded = result?.transcoded else {
            unlink(output)
            return fail(result?.failure?.message ?? "no worker can be started")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        guard let json = try? encoder.encode(transcoded) else { return 1 }
        WorkerCommand.write(String(decoding: json, as: UTF8.self) + "\n", to: STDOUT_FILENO)
        return 0
    }

    private static func fail(_ message: String, status: Int32 = 1) -> Int32 {
        WorkerCommand.write("satchel-worker: \(message)\n", to: STDERR_FILENO)
        return status
    }
}
