/// What an expression of Prometheus's query language asks for: metrics, and labels of them.
///
/// It knows as much of the language as alerts and dashboards use.
struct PromQLExpression {
    struct Matcher: Equatable {
        let label: String
        let comparison: String
        let value: String
    }

    struct Selection: Equatable {
        let metric: String
        let matchers: [Matcher]
    }

    private(set) var selections: [Selection] = []
    /// The labels of `by (…)`, `on (…)` and the like.
    private(set) var groupings: Set<String> = []

    private static let groupers: Set<String> = ["by", "without", "on", "ignoring", "group_left", "group_right"]
    private static let words: Set<String> = ["and", "or", "unless", "bool", "offset", "inf", "nan"]

    /// Nil where the text holds something that this knows nothing of.
    init?(_ text: String) {
        var rest = text[...]
        while let first = rest.first {
            if first.isWhitespace || "()+-*/%^<>=!,".contains(first) {
                rest.removeFirst()
            } else if let range = rest.prefixMatch(of: #/\[[^\]]*\]/#) {
                // A range of time: `[5m]`, `[$__rate_interval]`.
                rest = rest[range.range.upperBound...]
            } else if let text = rest.prefixMatch(of: #/"[^"]*"/#) {
                rest = rest[text.range.upperBound...]
            } else if let number = rest.prefixMatch(of: #/[0-9.]+(e[+-]?[0-9]+|[smhdwy])?/#) {
                rest = rest[number.range.upperBound...]
            } else if let name = rest.prefixMatch(of: #/[a-zA-Z_:][a-zA-Z0-9_:]*/#) {
                rest = rest[name.range.upperBound...]
                guard take(String(name.0), &rest) else { return nil }
            } else {
                return nil
            }
        }
    }

    private mutating func take(_ name: String, _ rest: inout Substring) -> Bool {
        if Self.groupers.contains(name) {
            guard let list = rest.prefixMatch(of: #/\s*\(([^)]*)\)/#) else { return name.hasPrefix("group_") }
            groupings.formUnion(list.1.split(whereSeparator: { ", \n".contains($0) }).map(String.init))
            rest = rest[list.range.upperBound...]
            return true
        }
        if Self.words.contains(name) || rest.prefixMatch(of: #/\s*\(/#) != nil { return true }
        // A function that is grouped before its argument: `sum by (x) (…)`.
        if rest.prefixMatch(of: #/\s+(by|without)\b/#) != nil { return true }
        var matchers: [Matcher] = []
        if let braces = rest.prefixMatch(of: #/\{([^}]*)\}/#) {
            for pair in braces.1.matches(of: #/([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"([^"]*)"/#) {
                matchers.append(
                    Matcher(label: String(pair.1), comparison: String(pair.2), value: String(pair.3))
                )
            }
            rest = rest[braces.range.upperBound...]
        }
        selections.append(Selection(metric: name, matchers: matchers))
        return true
    }
}
