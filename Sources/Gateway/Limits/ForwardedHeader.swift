/// Reads a Forwarded header (RFC 7239 section 4) as far as it tells of addresses, or of what was asked for.
enum ForwardedHeader {
    /// The `for` of each element, in their order; nil for an element that has none, or is not well formed.
    ///
    /// Well formed means every pair of it, not the one with the address alone: a client that opens a quote and leaves it
    /// to the proxy to close must not have the proxy's words read as its own.
    static func nodes(_ value: String) -> [String?] {
        values(of: "for", in: value)
    }

    /// The values of a parameter, in lower case, of each element, as `nodes` has those of `for`.
    static func values(of name: String, in value: String) -> [String?] {
        split(value[...], at: ",").filter { !$0.trimmingBlanks.isEmpty }.map { Self.value(of: name, in: $0) }
    }

    private static func value(of name: String, in element: Substring) -> String? {
        var node: String?
        for pair in split(element, at: ";").map(\.trimmingBlanks) where !pair.isEmpty {
            guard let equals = pair.firstIndex(of: "="), let value = text(of: pair[pair.index(after: equals)...]) else {
                return nil
            }
            guard pair[..<equals].lowercased() == name else { continue }
            // A parameter may stand once; twice, nobody can say which is meant.
            guard node == nil else { return nil }
            node = value
        }
        return node
    }

    /// The parts between separators that stand outside of quotes.
    private static func split(_ text: Substring, at separator: Character) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in text.indices {
            let character = text[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if character == separator, !isQuoted {
                parts.append(text[start..<index])
                start = text.index(after: index)
            }
        }
        return parts + [text[start...]]
    }

    /// The text of a token or of a quoted string; nil for what is neither.
    private static func text(of value: Substring) -> String? {
        guard value.first == "\"" else { return value.isEmpty || value.contains("\"") ? nil : String(value) }
        guard value.count >= 2, value.last == "\"" else { return nil }
        var text = ""
        var isEscaped = false
        for character in value.dropFirst().dropLast() {
            if !isEscaped, character == "\"" { return nil }
            isEscaped = !isEscaped && character == "\\"
            if !isEscaped { text.append(character) }
        }
        return isEscaped ? nil : text
    }
}

extension Substring {
    /// Without the spaces and tabs at both ends.
    var trimmingBlanks: Substring {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        let rest = drop(while: isBlank)
        guard let last = rest.lastIndex(where: { !isBlank($0) }) else { return "" }
        return rest[...last]
    }
}
