/// Text from elsewhere, fit for a line on a terminal.
package enum TerminalText {
    /// The text with what would break the line, move the cursor or turn the direction spelled out, as in `\u{1B}`.
    package static func line(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                line += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            default:
                line.unicodeScalars.append(scalar)
            }
        }
        return line
    }
}
