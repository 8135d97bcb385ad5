/// One line of `satchel check`: what was looked at, and what to do where it is not as it should be.
package struct CheckLine: Sendable, Equatable {
    /// What was looked at, in a word or two.
    package let subject: String
    /// Whether it is as it should be.
    package let isGood: Bool
    /// What was found and, where it is not good, what to do.
    package let detail: String

    static func good(_ subject: String, _ detail: String) -> CheckLine {
        CheckLine(subject: subject, isGood: true, detail: detail)
    }

    static func bad(_ subject: String, _ detail: String) -> CheckLine {
        CheckLine(subject: subject, isGood: false, detail: detail)
    }
}

extension CheckLine: CustomStringConvertible {
    /// The line for a terminal.
    package var description: String {
        let padding = String(repeating: " ", count: max(1, 16 - subject.count))
        return "\(isGood ? "ok  " : "FAIL")  \(subject)\(padding)\(detail)"
    }
}
