/// Text from elsewhere, fit for a page.
package enum HTMLText {
    /// The text with what HTML reads as its own escaped, for content and for quoted attributes; what a page cannot hold or
    /// would turn its direction is spelled out, as in `\u{1B}`.
    package static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in TerminalCells.safe(text).unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
