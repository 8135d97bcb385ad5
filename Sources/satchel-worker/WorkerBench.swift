import CProcess
import Glibc
import Media

/// Jobs by the line, each timed as whoever asks for it sees it, for `scripts/bench media`.
///
/// One server does them all, as a gateway's does. The answer to a line is how many microseconds passed between the
/// opening of the file and the whole answer, or `failed` and why.
enum WorkerBench {
    /// Answers lines until there are no more.
    static func run() -> Int32 {
        var pair: [Int32] = [-1, -1]
        guard satchel_packet_pair(&pair) == 0 else { return 1 }
        var server: pid_t = 0
        let error = WorkerLaunch.spawn("/proc/self/exe", standardInput: pair[1], pid: &server)
        close(pair[1])
        guard error == 0 else { return 1 }
        while let line = readLine() {
            WorkerCommand.write(answer(to: line, worker: pair[0]) + "\n", to: STDOUT_FILENO)
        }
        close(pair[0])
        var status: Int32 = 0
        while waitpid(server, &status, 0) < 0, errno == EINTR {}
        return 0
    }

    private static func answer(to line: String, worker: Int32) -> String {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        guard words.count == 2 else { return "failed: a line is an operation and a file" }
        switch words[0] {
        case "probe": return time(.probe, path: words[1], worker: worker)
        case "thumbnail": return time(.process, path: words[1], worker: worker)
        default: return "failed: there is no operation \(words[0])"
        }
    }

    private static func time(_ operation: MediaRequest.Operation, path: String, worker: Int32) -> String {
        let begin = nanoseconds()
        let media = open(path, O_RDONLY | O_CLOEXEC)
        guard media >= 0 else { return "failed: \(String(cString: strerror(errno)))" }
        defer { close(media) }
        do {
            let exchange = try JobExchange(MediaRequest(operation: operation), media: media, worker: worker)
            let outcome = exchange.result()
            let end = nanoseconds()
            guard case .finished(let result) = outcome else { return "failed: the job has no answer (\(outcome))" }
            if let failure = result.failure ?? result.reason { return "failed: \(failure.message)" }
            guard operation == .probe || result.thumbnail != nil else { return "failed: there is no picture" }
            return "\((end - begin) / 1_000)"
        } catch {
            return "failed: \(error.failure.message)"
        }
    }

    private static func nanoseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}
