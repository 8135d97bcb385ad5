import Foundation
import Glibc
import Synchronization

/// A `weed mini` with all its ports on loopback, on a leash: it dies when the test process does.
final class SeaweedFSProcess: Sendable {
    let ports: SeaweedFSPorts
    private let program: String
    private let accessKeyID: String
    private let secretAccessKey: String
    private let directory: String
    private let running = Mutex<Running?>(nil)

    private struct Running {
        let shell: Process
        let leash: FileHandle
    }

    /// Waits for a word on its standard input: `stop` keeps the data, the end of input, which comes with the end of the
    /// test process at the latest, does not.
    private static let leashScript = """
        directory=$1
        ports=$2
        shift 2
        "$@" >>"$directory/log" 2>&1 </dev/null &
        weed=$!
        read -r word
        kill -KILL "$weed"
        wait "$weed"
        for port in $ports; do rm -f /tmp/seaweedfs-*-grpc-"$port".sock; done
        [ "$word" = stop ] || rm -rf "$directory"
        """

    init(program: String, accessKeyID: String, secretAccessKey: String) throws {
        self.program = program
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        ports = try SeaweedFSPorts()
        directory =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("satchel-weed-\(UUID().uuidString.prefix(8).lowercased())").path
        try FileManager.default.createDirectory(atPath: directory + "/data", withIntermediateDirectories: true)
    }

    deinit {
        running.withLock { running in
            if let running {
                try? running.leash.close()
                running.shell.waitUntilGone()
            }
        }
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Starts the program unless it runs; that it takes requests is for the caller to wait for.
    func start() throws {
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
            shell.arguments = ["-c", Self.leashScript, "weed-leash", directory, ports.additional, program] + arguments
            shell.environment = [
                "HOME": directory,
                "TMPDIR": directory,
                "PATH": "/usr/bin:/bin",
                "AWS_ACCESS_KEY_ID": accessKeyID,
                "AWS_SECRET_ACCESS_KEY": secretAccessKey,
            ]
            shell.standardInput = input
            shell.standardOutput = FileHandle.nullDevice
            shell.standardError = FileHandle.nullDevice
            try shell.runUnblocked()
            running = Running(shell: shell, leash: leash)
        }
    }

    /// Kills the program and waits until it is gone; its data stays.
    func stop() {
        running.withLock { current in
            guard let running = current else {
                return
            }
            try? running.leash.write(contentsOf: Data("stop\n".utf8))
            try? running.leash.close()
            running.shell.waitUntilGone()
            current = nil
        }
    }

    /// The end of what the program wrote.
    var lastWords: String {
        let text = (try? String(contentsOfFile: directory + "/log", encoding: .utf8)) ?? ""
        return String(text.suffix(2000))
    }

    private var arguments: [String] {
        [
            "mini",
            "-dir=\(directory)/data",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-master.port=\(ports.master)",
            "-volume.port=\(ports.volume)",
            "-filer.port=\(ports.filer)",
            "-admin.port=\(ports.admin)",
            "-s3.port=\(ports.s3)",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-s3.localSocket=\(directory)/s3.sock",
            "-filer.localSocket=\(directory)/filer.sock",
            // A missing bucket must be an error, and each test's bucket takes a volume.
            "-s3.autoCreateBucket=false",
            "-volume.max=1000",
            "-webdav=false",
            "-admin.ui=false",
            "-master.telemetry=false",
        ]
    }
}
