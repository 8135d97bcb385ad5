import Foundation
import Glibc
import Synchronization

/// The built `satchel serve`, or `satchel work` beside one, as a process of its own, to be killed at any moment and started again over the same files.
///
/// It listens on one port of the loopback for as long as this value lives, and dies with the test process at the latest.
package final class GatewayProcess: Sendable {
    /// What the program is to do.
    package enum Command: Sendable {
        /// To serve, with its database migrated.
        case serve
        /// To work jobs of all kinds off; it listens on no port.
        case work

        fileprivate var words: [String] { self == .serve ? ["serve", "--migrate"] : ["work"] }
    }

    private struct Running {
        let shell: Process
        let leash: FileHandle
        let processID: Int32
    }

    /// The port on 127.0.0.1, the same after every start.
    package var port: Int { Int(reserved.number) }
    private let reserved: ReservedPort
    private let directory: TemporaryDirectory
    private let settings: [String: String]
    private let environment: [String: String]
    private let command: Command
    private let running = Mutex<Running?>(nil)

    /// The program beside the worker that the tests run with.
    package static let program = URL(fileURLWithPath: WorkerBinary.path).deletingLastPathComponent()
        .appendingPathComponent("satchel").path

    /// Whether the program was built.
    package static var isAvailable: Bool { FileManager.default.isExecutableFile(atPath: program) }

    /// Tells the shell's caller the gateway's id and waits for the end of its input, which comes with the end of the test
    /// process at the latest.
    ///
    /// The gateway stays the shell's child until it is waited for, so its id means nothing else before.
    private static let leashScript = """
        log=$1
        shift
        "$@" >>"$log" 2>&1 </dev/null &
        gateway=$!
        echo "$gateway"
        read -r word
        kill -KILL "$gateway" 2>/dev/null
        wait "$gateway"
        """

    /// Prepares a gateway with these settings, by their names in the configuration file; nothing runs yet.
    ///
    /// Host, port and the worker's path are set besides, there are no rates, and `environment` is added to what it inherits.
    /// Throws where there is no port or no place for the log.
    package init(
        settings: [String: String],
        environment: [String: String] = [:],
        command: Command = .serve
    ) throws {
        self.environment = environment
        self.command = command
        reserved = try ReservedPort()
        directory = try TemporaryDirectory(prefix: "satchel-gateway")
        let own = [
            "server.host": "127.0.0.1", "server.port": "\(reserved.number)", "media.workerPath": WorkerBinary.path,
            // Tests send more than people do.
            "limits.addressRequestsPerMinute": "0", "limits.userReadsPerMinute": "0",
            "limits.userWritesPerMinute": "0", "limits.userUploadsPerMinute": "0", "limits.userUploadsAtOnce": "0",
        ]
        self.settings = own.merging(settings) { _, given in given }
    }

    deinit {
        end()
    }

    /// The process's id; nil while none runs.
    package var processID: Int32? { running.withLock { $0?.processID } }

    /// The end of what the gateway wrote, over all its lives.
    package var lastWords: String {
        let text = (try? String(contentsOfFile: directory.file("log"), encoding: .utf8)) ?? ""
        return String(text.suffix(4000))
    }

    /// Whether it was started and neither was killed nor has ended.
    package var isRunning: Bool { processID.map(Self.isAlive) ?? false }

    /// Starts the gateway and waits until it answers, a minute at most; what works jobs off only is not waited for.
    ///
    /// Throws `GatewayProcessError` where it does not.
    package func start() async throws {
        let processID = try running.withLock { running -> Int32 in
            if let running { return running.processID }
            let started = try Self.spawn(arguments, environment: environment, logPath: directory.file("log"))
            let processID = started.processID
            running = started
            return processID
        }
        guard command == .serve else { return }
        let deadline = ContinuousClock.now + .seconds(240)
        while Self.isAlive(processID), ContinuousClock.now < deadline {
            let answer = try? await RawHTTPRequest("GET", "/healthz").send(port: port)
            if answer?.status == 200 { return }
            try await Task.sleep(for: .milliseconds(30))
        }
        let words = lastWords
        end()
        throw GatewayProcessError(description: "the gateway did not start; its last words: \(words)")
    }

    /// Kills the gateway as `kill -9` does, and waits until it is gone.
    package func kill() {
        end()
    }

    private func end() {
        running.withLock { current in
            guard let running = current else { return }
            _ = Glibc.kill(running.processID, SIGKILL)
            try? running.leash.close()
            running.shell.waitUntilGone()
            current = nil
        }
    }

    private var arguments: [String] {
        let pairs = settings.sorted { $0.key < $1.key }
        return command.words + pairs.flatMap { ["--set", "\($0.key)=\($0.value)"] }
    }

    private static func spawn(
        _ arguments: [String],
        environment: [String: String],
        logPath: String
    ) throws -> Running {
        let input = Pipe()
        let output = Pipe()
        let leash = input.fileHandleForWriting
        // Other children must not hold this end, or the leash would outlast the test process.
        _ = fcntl(leash.fileDescriptor, F_SETFD, FD_CLOEXEC)
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", leashScript, "gateway-leash", logPath, program] + arguments
        // What the tests are told in their environment are no settings of a gateway.
        shell.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SATCHEL_") }
            .merging(environment) { _, given in given }
        shell.standardInput = input
        shell.standardOutput = output
        shell.standardError = FileHandle.nullDevice
        try shell.runUnblocked()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let processID = Int32(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            try leash.close()
            throw GatewayProcessError(description: "the shell that starts the gateway told no process id")
        }
        return Running(shell: shell, leash: leash, processID: processID)
    }

    /// Whether the process runs; one that has ended stays known until its shell waits for it.
    private static func isAlive(_ processID: Int32) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8),
            let state = text[(text.lastIndex(of: ")") ?? text.startIndex)...].dropFirst(2).first
        else { return false }
        return state != "Z" && state != "X"
    }
}

/// Why a gateway could not be had.
package struct GatewayProcessError: Error, CustomStringConvertible {
    /// What went wrong.
    package let description: String
}
