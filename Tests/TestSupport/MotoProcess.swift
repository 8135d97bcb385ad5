import Foundation
import Glibc
import Synchronization

/// A `moto_server` on a port of the kernel's choice on loopback, on a leash: it dies when the test process does.
final class MotoProcess: Sendable {
    private let directory: String
    private let running = Mutex<Running?>(nil)

    private struct Running {
        let shell: Process
        let leash: FileHandle
    }

    /// Waits for the end of its standard input, which comes with the end of the test process at the latest.
    ///
    /// Each object that moto keeps in a file is an open file of it.
    private static let leashScript = """
        directory=$1
        shift
        ulimit -n "$(ulimit -H -n)"
        "$@" >>"$directory/log" 2>&1 </dev/null &
        moto=$!
        read -r word
        kill -KILL "$moto"
        wait "$moto"
        rm -rf "$directory"
        """

    init() throws {
        directory =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("satchel-moto-\(UUID().uuidString.prefix(8).lowercased())").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit {
        running.withLock { running in
            guard let running else {
                return
            }
            try? running.leash.close()
            running.shell.waitUntilGone()
        }
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Starts the program unless it runs; `port` waits until it listens.
    func start(_ program: String) throws {
        try running.withLock { running in
            guard running == nil else {
                return
            }
            let input = Pipe()
            let leash = input.fileHandleForWriting
            // Other children must not hold this end, or the leash would outlast the test process.
            _ = fcntl(leash.fileDescriptor, F_SETFD, FD_CLOEXEC)
            let shell = Process()
            shell.executableURL = URL(fileURLWithPath: "/bin/sh")
            shell.arguments = ["-c", Self.leashScript, "moto-leash", directory, program, "-H", "127.0.0.1", "-p", "0"]
            shell.environment = [
                "HOME": directory, "TMPDIR": directory, "PATH": "/usr/bin:/bin",
                // In bytes: what is larger goes into a file, so that its memory does not grow with what tests store.
                "MOTO_S3_DEFAULT_KEY_BUFFER_SIZE": "65536",
            ]
            shell.standardInput = input
            shell.standardOutput = FileHandle.nullDevice
            shell.standardError = FileHandle.nullDevice
            try shell.runUnblocked()
            running = Running(shell: shell, leash: leash)
        }
    }

    /// The port it listens on, as soon as it says so.
    func port() async throws -> Int {
        let deadline = ContinuousClock.now + .seconds(240)
        while true {
            if let port = Self.port(in: log) {
                return port
            }
            guard ContinuousClock.now < deadline else {
                throw MotoError("it does not listen; its last words: \(lastWords)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// The end of what the program wrote.
    var lastWords: String { String(log.suffix(2000)) }

    private var log: String { (try? String(contentsOfFile: directory + "/log", encoding: .utf8)) ?? "" }

    private static func port(in log: String) -> Int? {
        guard let announcement = log.firstRange(of: "Running on http://127.0.0.1:") else {
            return nil
        }
        let rest = log[announcement.upperBound...]
        let digits = rest.prefix { $0.isNumber }
        // The line may not be written to its end yet.
        return digits.endIndex < rest.endIndex ? Int(digits) : nil
    }
}
