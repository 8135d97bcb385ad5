/// The headers as a canonical request has them.
struct CanonicalHeaders {
    /// A line `name:value` for each name, in order of the names, each with its line feed.
    private(set) var lines: [UInt8] = []
    /// The names, in order, joined with semicolons.
    private(set) var signedNames: [UInt8] = []

    /// Brings headers, `Host` among them, into canonical form.
    ///
    /// Names become lower-case. The values of a repeated name are joined with commas, in the order of the request.
    init(_ headers: [(name: String, value: String)]) {
        let sorted = headers.enumerated()
            .map { (name: $0.element.name.lowercased(), place: $0.offset, value: $0.element.value) }
            .sorted { ($0.name, $0.place) < ($1.name, $1.place) }
        lines.reserveCapacity(headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 2 })
        signedNames.reserveCapacity(headers.reduce(0) { $0 + $1.name.utf8.count + 1 })
        var previousName: String?
        for header in sorted {
            if header.name == previousName {
                lines[lines.count - 1] = .comma
            } else {
                if previousName != nil {
                    signedNames.append(.semicolon)
                }
                signedNames.append(contentsOf: header.name.utf8)
                lines.append(contentsOf: header.name.utf8)
                lines.append(.colon)
                previousName = header.name
            }
            Self.append(folding: header.value, to: &lines)
            lines.append(.lineFeed)
        }
    }

    /// Appends a value without white space at its ends, each run of it within as one space, line breaks included.
    private static func append(folding value: String, to output: inout [UInt8]) {
        let start = output.count
        var endsInSpace = false
        for byte in value.utf8 {
            switch byte {
            case .space, .lineFeed, UInt8(ascii: "\t"), UInt8(ascii: "\r"):
                endsInSpace = output.count > start
            default:
                if endsInSpace {
                    output.append(.space)
                    endsInSpace = false
                }
                output.append(byte)
            }
        }
    }
}
