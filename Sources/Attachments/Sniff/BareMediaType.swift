extension String {
    /// The text of a media type in lower case, without parameters and white space (RFC 9110 section 8.3.1).
    ///
    /// Nothing says that it is a media type.
    package var bareMediaType: String {
        guard !utf8.allSatisfy(\.isPlainInMediaType) else { return self }
        return prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
    }
}

extension UInt8 {
    /// What stays as it is: most media types come so, and going over their characters one by one costs far more.
    fileprivate var isPlainInMediaType: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "/"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }
}
