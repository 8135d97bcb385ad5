import Foundation
import Logging
import Synchronization

/// Writes each event as one line of JSON: `time`, `level`, `message`, and the metadata beside them.
struct JSONLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    private let output: LogOutput

    init(output: LogOutput = .standardError) {
        self.output = output
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = event.metadata.map { metadata.merging($0) { _, new in new } } ?? metadata
        output.write(Self.line(level: event.level, message: "\(event.message)", metadata: all, at: Date()))
    }

    /// The line with its line feed; the order of the fields is always the same.
    static func line(level: Logger.Level, message: String, metadata: Logger.Metadata, at date: Date) -> String {
        var line = "{\"time\":"
        line.appendJSON(date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        line += ",\"level\":\"\(level.rawValue)\",\"message\":"
        line.appendJSON(message)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += ","
            // The line's own fields keep their meaning.
            line.appendJSON(["time", "level", "message"].contains(key) ? "metadata_\(key)" : key)
            line += ":"
            line.appendJSON(value)
        }
        return line + "}\n"
    }
}

/// Where lines go: whole, one at a time.
final class LogOutput: Sendable {
    static let standardError = LogOutput { line in
        // Where nobody reads them, or the disk is full, lines are lost; the server is not.
        try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
    }

    private let lock = Mutex(())
    private let perform: @Sendable (String) -> Void

    init(_ perform: @escaping @Sendable (String) -> Void) {
        self.perform = perform
    }

    func write(_ line: String) {
        lock.withLock { _ in perform(line) }
    }
}

extension String {
    /// Appends a text as JSON writes it (RFC 8259 section 7).
    fileprivate mutating func appendJSON(_ text: String) {
        append("\"")
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\n": append("\\n")
            case "\r": append("\\r")
            case "\t": append("\\t")
            case "\u{0}"..."\u{1F}", "\u{7F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            default: unicodeScalars.append(scalar)
            }
        }
        append("\"")
    }

    fileprivate mutating func appendJSON(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): appendJSON(text)
        case .stringConvertible(let value):
            // Numbers stay numbers, so that what collects lines can compare them.
            if let number = value as? any BinaryInteger { append("\(number)") } else { appendJSON("\(value)") }
        case .array(let values):
            append("[")
            for (index, value) in values.enumerated() {
                if index > 0 { append(",") }
                appendJSON(value)
            }
            append("]")
        case .dictionary(let values):
            append("{")
            for (index, pair) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { append(",") }
                appendJSON(pair.key)
                append(":")
                appendJSON(pair.value)
            }
            append("}")
        }
    }
}
