/// How a run shows itself.
package enum DisplayStyle: Sendable, Equatable {
    /// A block of lines that is drawn anew, in place.
    case terminal(hasColor: Bool)
    /// A line each few seconds.
    case plain
    /// A JSON object a line, on the standard output.
    case json

    /// The one that fits: what the caller asks for, else by where the output goes and by what the environment says.
    ///
    /// A terminal without cursor movement (`TERM` empty or `dumb`) gets plain lines; `NO_COLOR` that is not empty takes the
    /// colours away (no-color.org).
    package static func fitting(
        wantsJSON: Bool,
        isTerminal: Bool,
        environment: [String: String]
    ) -> DisplayStyle {
        if wantsJSON { return .json }
        let kind = environment["TERM"] ?? ""
        guard isTerminal, !kind.isEmpty, kind != "dumb" else { return .plain }
        return .terminal(hasColor: (environment["NO_COLOR"] ?? "").isEmpty)
    }
}
