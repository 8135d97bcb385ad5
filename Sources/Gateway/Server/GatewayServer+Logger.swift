package import Logging

extension GatewayServer {
    /// A logger that writes one line an event to the standard error, from the given level on.
    package static func makeLogger(level: Logger.Level) -> Logger {
        var logger = Logger(label: "satchel") { label in StreamLogHandler.standardError(label: label) }
        logger.logLevel = level
        return logger
    }
}
