import Foundation
import Glibc
import Synchronization

/// Debian's clamd with one signature of the tests' own, on a socket in a folder of its own, on a leash: it dies when the test process
/// does.
///
/// Nothing is downloaded: the signature is of the EICAR test file (https://www.eicar.org/download-anti-malware-testfile/), which is harmless.
package final class Clamd: Sendable {
    /// The name of the signature; clamd marks those that are not ClamAV's own.
    package static let signature = "Satchel.Test.EICAR.UNOFFICIAL"
    /// clamd takes no more bytes of one file.
    package static let streamMaxBytes = 1 << 20

    private static let program = "/usr/sbin/clamd"
    /// In two pieces, so that no scanner takes this file for one.
    private static let eicarPieces = [#"X5O!P%@AP[4\PZX54(P^)7CC)7}$"#, "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"]

    private struct Running {
        let shell: Process
        let leash: FileHandle
    }

    private let directory: TemporaryDirectory
    private let running = Mutex<Running?>(nil)

    /// Whether the program is installed.
    package static var isAvailable: Bool { FileManager.default.isExecutableFile(atPath: program) }

    /// The test file that scanners find.
    package static var eicar: [UInt8] { Array(eicarPieces.joined().utf8) }

    /// Where it listens.
    package var socketPath: String { directory.file("clamd.sock") }

    /// Waits for the end of its standard input, which comes with the end of the test process at the latest.
    private static let leashScript = """
        log=$1
        shift
        "$@" >>"$log" 2>&1 </dev/null &
        clamd=$!
        read -r word
        kill -KILL "$clamd"
        wait "$clamd"
        """

    /// Prepares a clamd; nothing runs yet.
    package init() throws {
        directory = try TemporaryDirectory(prefix: "satchel-clamd")
        let database = directory.file("db")
        try FileManager.default.createDirectory(atPath: database, withIntermediateDirectories: true)
        // clamscan's extended signature format: name, any type of file, offset 0, the bytes in hex.
        let pattern = Self.eicar.map { String(format: "%02x", $0) }.joined()
        try "Satchel.Test.EICAR:0:0:\(pattern)\n"
            .write(toFile: "\(database)/test.ndb", atomically: true, encoding: .utf8)
        try """
        LocalSocket \(socketPath)
        DatabaseDirectory \(database)
        TemporaryDirectory \(directory.path)
        StreamMaxLength \(Self.streamMaxBytes)
        Foreground yes

        """
        .write(toFile: directory.file("clamd.conf"), atomically: true, encoding: .utf8)
    }

    deinit {
        end()
    }

    /// Starts it and waits until it listens, a minute at most.
    package func start() async throws {
        try running.withLock { running in
            guard running == nil else { return }
            running = try spawn()
        }
        let deadline = ContinuousClock.now + .seconds(240)
        while !FileManager.default.fileExists(atPath: socketPath) {
            guard ContinuousClock.now < deadline else {
                let log = (try? String(contentsOfFile: directory.file("log"), encoding: .utf8)) ?? ""
                throw ClamdError(description: "clamd does not listen; its last words: \(log.suffix(2000))")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Ends it; nobody listens after that.
    package func end() {
        running.withLock { current in
            guard let running = current else { return }
            try? running.leash.close()
            running.shell.waitUntilGone()
            current = nil
        }
        unlink(socketPath)
    }

    private func spawn() throws -> Running {
        let input = Pipe()
        let leash = input.fileHandleForWriting
        // Other children must not hold this end, or the leash would outlast the test process.
        _ = fcntl(leash.fileDescriptor, F_SETFD, FD_CLOEXEC)
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = [
            "-c", Self.leashScript, "clamd-leash", directory.file("log"), Self.program,
            "--config-file=\(directory.file("clamd.conf"))",
        ]
        shell.environment = ["HOME": directory.path, "TMPDIR": directory.path, "PATH": "/usr/bin:/bin"]
        shell.standardInput = input
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        try shell.runUnblocked()
        return Running(shell: shell, leash: leash)
    }
}

/// Why a clamd could not be had.
package struct ClamdError: Error, CustomStringConvertible {
    /// What went wrong.
    package let description: String
}
