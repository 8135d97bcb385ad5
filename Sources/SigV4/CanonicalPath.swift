/// The path as a canonical request has it.
enum CanonicalPath {
    /// Appends the canonical form of a path that is encoded as on the wire.
    static func append(_ path: String, rules: SigningRules, to output: inout [UInt8]) {
        guard !path.isEmpty else {
            output.append(.slash)
            return
        }
        let bytes = rules.normalizesPath ? normalized(Array(path.utf8)) : Array(path.utf8)
        if rules.encodesPathTwice {
            PercentEncoding.append(bytes, keepingSlash: true, to: &output)
        } else {
            output.append(contentsOf: bytes)
        }
    }

    /// Removes dot segments (RFC 3986, section 5.2.4) and, as AWS wants, empty ones.
    ///
    /// Unlike in the RFC a path that ends in a dot segment gets no slash at its end.
    private static func normalized(_ path: [UInt8]) -> [UInt8] {
        var segments: [ArraySlice<UInt8>] = []
        for segment in path.split(separator: UInt8.slash) where !segment.elementsEqual(".".utf8) {
            if segment.elementsEqual("..".utf8) {
                _ = segments.popLast()
            } else {
                segments.append(segment)
            }
        }
        var output: [UInt8] = []
        output.reserveCapacity(path.count + 1)
        for segment in segments {
            output.append(.slash)
            output.append(contentsOf: segment)
        }
        if segments.isEmpty || path.last == .slash {
            output.append(.slash)
        }
        return output
    }
}
