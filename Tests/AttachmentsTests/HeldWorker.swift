import Foundation
import Glibc
import TestSupport

/// The real worker, which does not start before it is let; what it is started from goes away with the value.
final class HeldWorker: Sendable {
    private let directory: TemporaryDirectory
    private let gate: Int32

    /// The program to be run as the worker.
    var path: String { directory.file("worker") }

    init() throws {
        directory = try TemporaryDirectory()
        let pipe = directory.file("gate")
        guard mkfifo(pipe, 0o600) == 0 else { throw HeldWorkerError() }
        // Open at both ends, so that neither side waits for the other to open it.
        gate = open(pipe, O_RDWR | O_CLOEXEC)
        guard gate >= 0 else { throw HeldWorkerError() }
        let script = """
            #!/bin/sh
            read -r word <'\(pipe)'
            exec '\(WorkerBinary.path)'
            """
        let isWritten = FileManager.default.createFile(
            atPath: path,
            contents: Data(script.utf8),
            attributes: [.posixPermissions: 0o700]
        )
        guard isWritten else { throw HeldWorkerError() }
    }

    deinit {
        close(gate)
    }

    /// Lets the worker start, now or whenever it is wanted.
    func letGo() {
        let word = Array("go\n".utf8)
        _ = write(gate, word, word.count)
    }
}

/// The files of a held worker cannot be made.
struct HeldWorkerError: Error {}
