package import Attachments
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
        makeLogger(level: LiveValue(level), format: format)
    }

    /// A logger that writes one line an event to the standard error, from the level on that holds at the time.
    ///
    /// All loggers that are made of it follow the level, but those that were given one of their own.
    package static func makeLogger(level: LiveValue<Logger.Level>, format: LogFormat = .text) -> Logger {
        Logger(label: "satchel") { label in
            switch format {
            case .text: LiveLevelHandler(StreamLogHandler.standardError(label: label), level: level)
            case .json: LiveLevelHandler(JSONLogHandler(), level: level)
            }
        }
    }
}
