/// The `s3:` block of a configuration file, edited line by line: comments, order and all else stay as they are.
///
/// Not a YAML parser: what is not plainly `key: value` in block style is refused rather than guessed.
package struct StorageBlock: Sendable {
    private static let key = "s3"

    private var lines: [String]
    /// The lines below `s3:`, up to the last that belongs to it.
    private var range: Range<Int>
    private let indentation: Int

    /// Finds the block; throws where there is none in block style.
    package init(parsing text: String) throws(StorageBlockFault) {
        // By bytes: a carriage return and a line feed are one character, and the former belongs to the line.
        lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard let header = lines.firstIndex(where: { Self.entry($0, indentedBy: 0)?.key == Self.key }),
            let entry = Self.entry(lines[header], indentedBy: 0)
        else { throw StorageBlockFault("has no s3 block") }
        guard Self.isEmptyOrComment(lines[header][entry.valueStart...]) else {
            throw StorageBlockFault("has an s3 block that is not in block style")
        }
        var end = header + 1
        var indentation: Int?
        for index in lines.indices[(header + 1)...] {
            let depth = Self.depth(of: lines[index])
            if Self.isEmptyOrComment(lines[index][...]) {
                // A comment that is not indented may be the next block's, unless more of this one follows.
                if depth > 0, lines[index].contains("#") { end = index + 1 }
                continue
            }
            guard depth > 0 else { break }
            indentation = indentation ?? depth
            end = index + 1
        }
        range = header + 1..<end
        self.indentation = indentation ?? 2
    }

    /// The whole file.
    package var text: String { lines.joined(separator: "\n") }

    /// Gives the settings their values, and returns those that had another one before.
    ///
    /// A key that is there keeps its place and its comment, one that is not there goes to the end of the block, unless
    /// its value counts anyway. Throws where a value is not written plainly on its line.
    package mutating func apply(_ settings: [SuggestedSetting]) throws(StorageBlockFault) -> [SuggestedSetting] {
        var changed: [SuggestedSetting] = []
        for setting in settings {
            let parts = setting.key.rawValue.split(separator: ".")
            guard parts.count == 2, parts[0] == Self.key else {
                throw StorageBlockFault("cannot take \(setting.key.rawValue) in its s3 block")
            }
            if try set(String(parts[1]), to: setting) { changed.append(setting) }
        }
        return changed
    }

    private mutating func set(_ name: String, to setting: SuggestedSetting) throws(StorageBlockFault) -> Bool {
        for index in range {
            guard let entry = Self.entry(lines[index], indentedBy: indentation), entry.key == name else { continue }
            guard !isContinued(after: index), let old = Self.scalar(in: lines[index][entry.valueStart...]) else {
                throw StorageBlockFault("does not have \(setting.key.rawValue) as a plain value on its line")
            }
            guard old.value != setting.value else { return false }
            let head = lines[index][..<entry.valueStart]
            lines[index] = "\(head)\(old.lead.isEmpty ? " " : old.lead)\(setting.value)\(old.tail)"
            return true
        }
        guard setting.value != SuggestedSetting.standard(of: setting.key) else { return false }
        let space = String(repeating: " ", count: indentation)
        let lineEnd = lines[range.lowerBound - 1].last == "\r" ? "\r" : ""
        lines.insert("\(space)\(name): \(setting.value)\(lineEnd)", at: range.upperBound)
        range = range.lowerBound..<range.upperBound + 1
        return true
    }

    /// Whether the value of an entry goes on in the next line.
    private func isContinued(after index: Int) -> Bool {
        guard let next = range[(index + 1)...].first(where: { !Self.isEmptyOrComment(lines[$0][...]) }) else {
            return false
        }
        return Self.depth(of: lines[next]) > indentation
    }

    // MARK: - Lines

    /// The key of a line that is an entry at that depth, and where its value begins.
    private static func entry(_ line: String, indentedBy depth: Int) -> (key: String, valueStart: String.Index)? {
        guard Self.depth(of: line) == depth else { return nil }
        let content = line.dropFirst(depth)
        guard let colon = content.firstIndex(of: ":"), content.first != "#" else { return nil }
        let valueStart = content.index(after: colon)
        guard valueStart == content.endIndex || content[valueStart].isWhitespace else { return nil }
        var key = content[..<colon]
        while key.last == " " { key.removeLast() }
        if let quote = key.first, quote == "\"" || quote == "'", key.count > 1, key.last == quote {
            key = key.dropFirst().dropLast()
        }
        return (key: String(key), valueStart: valueStart)
    }

    private static func depth(of line: String) -> Int {
        line.prefix { $0 == " " }.count
    }

    private static func isEmptyOrComment(_ text: Substring) -> Bool {
        let content = text.drop(while: \.isWhitespace)
        return content.isEmpty || content.first == "#"
    }

    /// What stands behind a key: space, a value without its quotes, and the rest of the line.
    ///
    /// Nil where that is no plain value: a list, a map, a block of text, an anchor, an escape.
    private static func scalar(in text: Substring) -> (lead: Substring, value: String, tail: String)? {
        let content = text.drop { $0 == " " || $0 == "\t" }
        let lead = text[..<content.startIndex]
        guard let first = content.first, first != "#", !first.isNewline else {
            // Nothing but a comment, which wants a space before it.
            return (lead: "", value: "", tail: content.first == "#" ? " \(content)" : String(content))
        }
        if first == "\"" || first == "'" {
            let inner = content.dropFirst()
            guard let close = inner.firstIndex(of: first) else { return nil }
            let tail = inner[inner.index(after: close)...]
            guard !inner[..<close].contains("\\"), isEmptyOrComment(tail), tail.first != "#" else { return nil }
            return (lead: lead, value: String(inner[..<close]), tail: String(tail))
        }
        guard !"|>&*!{}[]%@`,?".contains(first) else { return nil }
        var value = content[..<(content.firstRange(of: " #")?.lowerBound ?? content.endIndex)]
        while let last = value.last, last.isWhitespace { value.removeLast() }
        return (lead: lead, value: String(value), tail: String(content[value.endIndex...]))
    }
}

/// Why settings cannot be written into a file; said of the file.
package struct StorageBlockFault: Error, Sendable, CustomStringConvertible {
    /// What is the matter, to follow the file's name.
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
