/// The paths of bare objects in an export: their keys, but for what a file system does not take.
///
/// The steps `.` and `..` and control characters are percent-encoded, an empty step is `%2F`. A step that is too long goes on in the
/// next one, which `%+` at its end says; a file beside a folder of its name has `%=` at its end. The manifest's own name, and
/// the beginning of those that files have while they are written, are encoded in their first character. A percent sign that would
/// read like one of these is `%25`, others stay: each path leads back to one key.
enum ExportPath {
    static let manifest = "manifest.jsonl"
    /// What the name of a file begins with as long as it is being written.
    static let partial = ".satchel-part-"
    /// No file system of Linux's takes more bytes in a name.
    static let nameLimit = 255
    /// A name that has to be cut has this many at most, with room for what is added to it.
    private static let pieceLimit = 200
    private static let goesOn = "%+"
    private static let besideFolder = "%="

    /// The path of a key; `isBesideFolder` where there are keys below it.
    static func path(of key: String, isBesideFolder: Bool) -> String {
        // By bytes: to Swift a slash and a combining mark behind it are one character, and no slash.
        let steps = key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        var names: [String] = []
        for (index, step) in steps.enumerated() {
            let ending = isBesideFolder && index == steps.count - 1 ? besideFolder : ""
            names += Self.names(of: Substring(step), isFirst: index == 0, ending: ending)
        }
        return names.joined(separator: "/")
    }

    private static func names(of step: Substring, isFirst: Bool, ending: String) -> [String] {
        let pieces = encoded(step, isFirst: isFirst)
        let byteCount = pieces.reduce(0) { $0 + $1.utf8.count }
        guard byteCount + ending.utf8.count > nameLimit else { return [pieces.joined() + ending] }
        var names: [String] = []
        var name = ""
        for piece in pieces {
            if name.utf8.count + piece.utf8.count > pieceLimit {
                names.append(nameable(name) + goesOn)
                name = ""
            }
            name += piece
        }
        return names + [nameable(name) + ending]
    }

    /// A part of a step that was cut, which may be what no file is called, or should not be.
    private static func nameable(_ part: String) -> String {
        switch part {
        case ".": "%2E"
        case "..": "%2E%2E"
        default: part.utf8.starts(with: partial.utf8) ? "%2E" + part.dropFirst() : part
        }
    }

    /// A step in pieces that are not to be cut.
    private static func encoded(_ step: Substring, isFirst: Bool) -> [String] {
        switch Array(step.utf8) {
        case []: return ["%2F"]
        case Array(".".utf8): return ["%2E"]
        case Array("..".utf8): return ["%2E%2E"]
        default: break
        }
        let isTaken =
            step.utf8.starts(with: partial.utf8) || isFirst && step.utf8.elementsEqual(manifest.utf8)
        let scalars = step.unicodeScalars
        return scalars.indices.map { index in
            let scalar = scalars[index]
            let isRead = scalar == "%" && readsLikeOurs(step[index...].utf8.dropFirst())
            guard scalar.value < 0x20 || scalar.value == 0x7F || isRead || isTaken && index == scalars.startIndex else {
                return String(scalar)
            }
            let digits = String(scalar.value, radix: 16, uppercase: true)
            return "%" + (digits.utf8.count < 2 ? "0" : "") + digits
        }
    }

    /// Whether what stands behind a percent sign makes it one of the signs that are written here.
    private static func readsLikeOurs(_ rest: Substring.UTF8View) -> Bool {
        let two = rest.prefix(2)
        if two.first == UInt8(ascii: "+") || two.first == UInt8(ascii: "=") { return true }
        return codes.contains { two.elementsEqual($0.utf8) }
    }

    /// The controls, the percent sign, `.`, `/` and `m`.
    private static let codes: Set<String> = Set(
        (0..<0x20).map { ($0 < 0x10 ? "0" : "") + String($0, radix: 16, uppercase: true) }
            + ["7F", "25", "2E", "2F", "6D"]
    )
}
