package import Logging

/// What long commands log beside what they print: to the standard error.
package enum CommandLog {
    /// Warnings and worse; with `isQuiet`, where a display would be torn apart by them, only what is fatal.
    package static func logger(isQuiet: Bool = false) -> Logger {
        GatewayServer.makeLogger(level: isQuiet ? .critical : .warning)
    }
}
