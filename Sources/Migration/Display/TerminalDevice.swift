import Glibc

/// A file descriptor that progress is written to.
package struct TerminalDevice: Sendable {
    /// The standard input, of which only is asked whether a person types there.
    package static let standardInput = TerminalDevice(descriptor: STDIN_FILENO)
    /// The standard output.
    package static let standardOutput = TerminalDevice(descriptor: STDOUT_FILENO)
    /// The standard error.
    package static let standardError = TerminalDevice(descriptor: STDERR_FILENO)

    private let descriptor: Int32

    /// Takes an open descriptor, which stays the caller's.
    package init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Whether a person looks at it.
    package var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Whether something can be written without waiting.
    package var isReady: Bool {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&wait, 1, 0) > 0
    }

    /// Columns and rows as they are now; nil where it is no terminal or does not tell.
    package var size: (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
        return (columns: Int(size.ws_col), rows: Int(size.ws_row))
    }

    /// Writes the whole text; what cannot be written is lost, since a display is not worth ending a run for.
    package func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno == EAGAIN {
                // Somebody made the terminal non-blocking: a short wait for it, not a turning loop.
                var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard poll(&wait, 1, 1000) > 0 else { return }
            } else if errno != EINTR {
                return
            }
        }
    }
}
