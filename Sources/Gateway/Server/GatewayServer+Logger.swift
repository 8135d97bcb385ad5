package import Logging

/// How log lines are written.
package enum LogFormat: String, Sendable, CaseIterable {
    /// For people: time, level, `key=value` pairs, message.
    case text
    /// For machines: one JSON object a line.
    case json
}

extension GatewayServer {
    /// A logger that writes one line an event to the standard error, from the given level on.
    package static func makeLogger(level: Logger.Level, format: LogFormat = .text) -> Logger {
        var logger = Logger(label: "satchel") { label in
            switch format {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler()
            }
        }
        logger.logLevel = level
        return logger
    }
}
