import Foundation
import Glibc
import TestSupport

/// The built `satchel` as a person has it: all three of its streams are a pseudo terminal (pty(7)).
enum ProgramAtTerminal {
    /// What the person does when asked.
    enum Answer: Sendable {
        /// Types a line.
        case line(String)
        /// Presses Ctrl-D, which ends the input.
        case endOfInput
        /// Closes the terminal.
        case hangUp
    }

    /// Runs the program, answers as soon as it has written the question, and returns what it wrote and its status.
    ///
    /// Without its standard error at the terminal, nobody sees a question and none is answered: what it says there is returned,
    /// too. Throws where there is no pseudo terminal, or where the program does not end within a minute.
    static func run(
        _ arguments: [String],
        at question: String,
        _ answer: Answer,
        showsErrors: Bool = true
    ) async throws -> (output: String, status: Int32) {
        try await withCheckedThrowingContinuation { continuation in
            // On a thread of its own, which may wait: the server under test runs on those of Swift's pool.
            Thread.detachNewThread {
                continuation.resume(
                    with: Result { try runNow(arguments, at: question, answer, showsErrors: showsErrors) }
                )
            }
        }
    }

    private static func runNow(
        _ arguments: [String],
        at question: String,
        _ answer: Answer,
        showsErrors: Bool
    ) throws -> (output: String, status: Int32) {
        let (person, terminal) = try openTerminal()
        var isOpen = true
        defer { if isOpen { close(person) } }
        let process = Process()
        let errors = Pipe()
        process.executableURL = URL(fileURLWithPath: GatewayProcess.program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SATCHEL_") }
        let stream = FileHandle(fileDescriptor: terminal, closeOnDealloc: false)
        process.standardInput = stream
        process.standardOutput = stream
        process.standardError = showsErrors ? stream : errors
        do {
            try process.run()
        } catch {
            close(terminal)
            throw error
        }
        // The last one who has it open is the program: then reading ends with it.
        close(terminal)
        if showsErrors { try errors.fileHandleForWriting.close() }

        var said: [UInt8] = []
        var isAnswered = false
        let deadline = ContinuousClock.now + .seconds(60)
        while isOpen, let more = try read(person, process, until: deadline) {
            said += more
            guard !isAnswered, String(decoding: said, as: UTF8.self).contains(question) else { continue }
            isAnswered = true
            switch answer {
            case .line(let text): try write(Array("\(text)\n".utf8), to: person)
            case .endOfInput: try write([0x04], to: person)
            case .hangUp:
                close(person)
                isOpen = false
            }
        }
        let unseen = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (output: String(decoding: said + unseen, as: UTF8.self), status: process.terminationStatus)
    }

    /// The side of the person and that of the program, which other children do not get.
    private static func openTerminal() throws -> (person: Int32, terminal: Int32) {
        var (person, terminal) = (Int32(-1), Int32(-1))
        guard openpty(&person, &terminal, nil, nil, nil) == 0 else {
            throw TerminalError(call: "openpty", number: errno)
        }
        for side in [person, terminal] { _ = fcntl(side, F_SETFD, FD_CLOEXEC) }
        return (person, terminal)
    }

    /// What the program has written since; nil when it has ended.
    ///
    /// Ends it, and throws, where it says nothing until the deadline.
    private static func read(
        _ person: Int32,
        _ process: Process,
        until deadline: ContinuousClock.Instant
    ) throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while ContinuousClock.now < deadline {
            var wait = pollfd(fd: person, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, 200) > 0 else {
                // A child that was started in the moment before may hold the other side.
                guard process.isRunning else { return nil }
                continue
            }
            let count = Glibc.read(person, &buffer, buffer.count)
            if count > 0 { return Array(buffer[..<count]) }
            // EIO: nobody has the other side open any more.
            guard count < 0, errno == EINTR else { return nil }
        }
        _ = kill(process.processIdentifier, SIGKILL)
        throw TerminalError(call: "poll", number: ETIMEDOUT)
    }

    private static func write(_ bytes: [UInt8], to person: Int32) throws {
        // A line is shorter than what a terminal takes at once.
        guard Glibc.write(person, bytes, bytes.count) == bytes.count else {
            throw TerminalError(call: "write", number: errno)
        }
    }
}

/// What a call for a pseudo terminal failed of.
struct TerminalError: Error, CustomStringConvertible {
    /// The call.
    let call: String
    /// Its errno.
    let number: Int32

    var description: String { "\(call): \(String(cString: strerror(number)))" }
}
