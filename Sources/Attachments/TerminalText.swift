/// Text of other people, such as the name of a file, in a line for a terminal or a log.
package enum TerminalText {
    /// The text with what would break the line, move the cursor or turn the direction spelled out, as in `\u{1B}`, and so
    /// what no font has.
    package static func line(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            if let spelled = spelling(of: scalar) {
                line += spelled
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
        return line
    }

    /// How a character is spelled that is not shown as it is; nil for all others.
    package static func spelling(of scalar: Unicode.Scalar) -> String? {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
            "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        default:
            nil
        }
    }
}
