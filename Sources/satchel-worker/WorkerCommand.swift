import CProcess
import FoundationEssentials
import Glibc
import Media

/// The worker's command line.
enum WorkerCommand {
    private static let usage = """
        usage: satchel-worker                              serve jobs on descriptor 0, a SOCK_SEQPACKET socket
               satchel-worker probe FILE                   print what a media file is, as JSON
               satchel-worker thumbnail FILE [-o OUT.jpg]  render a thumbnail (default: thumbnail.jpg), print JSON
               satchel-worker strip FILE -o OUT            write a copy without metadata; the picture stays as it is
               satchel-worker transcode --spec JSON IN OUT  encode a rendition of a media file, print what it is
               satchel-worker bench                        time jobs: a line `probe FILE` or `thumbnail FILE` each
               satchel-worker breakout                     try to break out of the confinement, print what came of it
               satchel-worker --version | --help

        """

    /// Does what the arguments ask; answers the exit status.
    static func run(_ arguments: [String]) -> Int32 {
        switch arguments.first {
        case nil:
            return serve(on: STDIN_FILENO)
        case "probe"? where arguments.count == 2:
            return perform(.probe, path: arguments[1], output: nil)
        case "thumbnail"? where arguments.count == 2:
            return perform(.process, path: arguments[1], output: "thumbnail.jpg")
        case "thumbnail"? where arguments.count == 4 && arguments[2] == "-o":
            return perform(.process, path: arguments[1], output: arguments[3])
        case "strip"? where arguments.count == 4 && arguments[2] == "-o":
            return perform(.strip, path: arguments[1], output: arguments[3])
        case "transcode"? where arguments.count == 5 && arguments[1] == "--spec":
            return TranscodeCommand.run(arguments[2], from: arguments[3], to: arguments[4])
        case "bench"? where arguments.count == 1:
            return WorkerBench.run()
        case "breakout"? where arguments.count == 1:
            return perform(.breakout, path: nil, output: nil)
        case "--version"? where arguments.count == 1:
            write("satchel-worker, \(MediaJob.libraryVersion)\n", to: STDOUT_FILENO)
            return 0
        case "--help"? where arguments.count == 1:
            write(usage, to: STDOUT_FILENO)
            return 0
        default:
            write(usage, to: STDERR_FILENO)
            return 2
        }
    }

    private static func serve(on socket: Int32) -> Int32 {
        var status = stat()
        guard fstat(socket, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
            write(usage, to: STDERR_FILENO)
            return 2
        }
        guard var server = ForkServer(socket: socket) else {
            write("satchel-worker: no descriptors are left\n", to: STDERR_FILENO)
            return 1
        }
        server.run()
        return 0
    }

    /// Has a server of its own do one job, as the gateway would have it.
    private static func perform(_ operation: MediaRequest.Operation, path: String?, output: String?) -> Int32 {
        let media = path.map { open($0, O_RDONLY | O_CLOEXEC) }
        guard media.map({ $0 >= 0 }) ?? true else {
            write("satchel-worker: cannot open the file: \(String(cString: strerror(errno)))\n", to: STDERR_FILENO)
            return 1
        }
        guard let result = result(of: MediaRequest(operation: operation), media: media) else { return 1 }
        guard operation == .strip, let media, let output else { return report(result, output: output) }
        return writeStripped(result, from: media, to: output)
    }

    /// What a server of its own answers to a job; nil where none can be started.
    static func result(
        of request: MediaRequest,
        media: Int32?,
        output: Int32? = nil,
        progress: (TranscodeProgress) -> Void = { _ in }
    ) -> MediaResult? {
        var pair: [Int32] = [-1, -1]
        guard satchel_packet_pair(&pair) == 0 else { return nil }
        let server = satchel_fork()
        if server == 0 {
            close(pair[0])
            [media, output].compactMap { $0 }.forEach { _ = close($0) }
            _exit(serve(on: pair[1]))
        }
        close(pair[1])
        guard server > 0 else { return nil }
        let result = ask(request, media: media, output: output, worker: pair[0], progress: progress)
        close(pair[0])
        var status: Int32 = 0
        while waitpid(server, &status, 0) < 0, errno == EINTR {}
        return result
    }

    /// Writes what the plan makes of the file; the status says whether it did.
    private static func writeStripped(_ result: MediaResult, from media: Int32, to output: String) -> Int32 {
        guard let plan = result.stripPlan else {
            write("satchel-worker: \(result.failure?.message ?? "there is no plan")\n", to: STDERR_FILENO)
            return 1
        }
        let file = open(output, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            write("satchel-worker: cannot write \(output): \(String(cString: strerror(errno)))\n", to: STDERR_FILENO)
            return 1
        }
        defer { close(file) }
        do {
            try plan.write(from: media, to: file)
            return 0
        } catch {
            unlink(output)
            write("satchel-worker: \(error)\n", to: STDERR_FILENO)
            return 1
        }
    }

    private static func ask(
        _ request: MediaRequest,
        media: Int32?,
        output: Int32?,
        worker: Int32,
        progress: (TranscodeProgress) -> Void
    ) -> MediaResult {
        do {
            let exchange = try JobExchange(request, media: media, output: output, worker: worker)
            switch exchange.result(progress: progress) {
            case .finished(let result): return result
            case .refused(let failure): return MediaResult(failure: failure)
            case .died(let death): return MediaResult(failure: death.failure)
            case .abandoned: return MediaResult(failure: MediaFailure(.crashed, "The worker died."))
            case .overdue: return MediaResult(failure: MediaFailure(.timedOut, "The worker did not answer in time."))
            }
        } catch {
            return MediaResult(failure: error.failure)
        }
    }

    /// Prints the answer and writes the image; the status says whether there is what was asked for.
    private static func report(_ result: MediaResult, output: String?) -> Int32 {
        let answer = MediaAnswer(
            report: result.report,
            renditions: result.renditions.map(\.info),
            placeholder: result.placeholder,
            failure: result.failure,
            reason: result.reason,
            confinement: result.confinement
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        if let json = try? encoder.encode(answer) {
            write(String(decoding: json, as: UTF8.self) + "\n", to: STDOUT_FILENO)
        }
        if let confinement = result.confinement { return confinement.holds ? 0 : 1 }
        guard let output else { return result.failure == nil ? 0 : 1 }
        guard let thumbnail = result.thumbnail else { return 1 }
        let file = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            write(
                "satchel-worker: cannot write the thumbnail: \(String(cString: strerror(errno)))\n",
                to: STDERR_FILENO
            )
            return 1
        }
        defer { close(file) }
        return write(thumbnail.bytes, to: file) ? 0 : 1
    }

    static func write(_ text: String, to descriptor: Int32) {
        _ = write(Array(text.utf8), to: descriptor)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written > 0 else { return false }
            rest = rest.dropFirst(written)
        }
        return true
    }
}
