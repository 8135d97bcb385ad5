import Attachments

/// One line of `satchel check`: what was looked at, and what to do where it is not as it should be.
package struct CheckLine: Sendable, Equatable, Encodable {
    /// What the line means for the operator.
    package enum Verdict: String, Sendable, Encodable {
        /// As it should be.
        case good
        /// Worth knowing; nothing has to be done.
        case note
        /// Something has to be done.
        case bad
    }

    /// What was looked at, in a word or two.
    package let subject: String
    /// Whether something has to be done.
    package let verdict: Verdict
    /// What was found and, where it is not good, what to do.
    package let detail: String
    /// The setting that follows; nil where none does.
    package let setting: SuggestedSetting?

    /// Whether nothing has to be done.
    package var isGood: Bool { verdict != .bad }

    static func good(_ subject: String, _ detail: String, setting: SuggestedSetting? = nil) -> CheckLine {
        CheckLine(subject: subject, verdict: .good, detail: detail, setting: setting)
    }

    static func note(_ subject: String, _ detail: String, setting: SuggestedSetting? = nil) -> CheckLine {
        CheckLine(subject: subject, verdict: .note, detail: detail, setting: setting)
    }

    static func bad(_ subject: String, _ detail: String, setting: SuggestedSetting? = nil) -> CheckLine {
        CheckLine(subject: subject, verdict: .bad, detail: detail, setting: setting)
    }
}

extension CheckLine: CustomStringConvertible {
    /// The line for a terminal.
    package var description: String {
        let padding = String(repeating: " ", count: max(1, 16 - subject.count))
        let suggestion = setting.map { "  [\($0)]" } ?? ""
        return "\(label)  \(subject)\(padding)\(TerminalText.line(detail))\(suggestion)"
    }

    private var label: String {
        switch verdict {
        case .good: "ok  "
        case .note: "note"
        case .bad: "FAIL"
        }
    }
}
