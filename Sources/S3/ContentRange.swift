/// The stretch of an object that an answer carries, as `Content-Range` says it (RFC 9110 section 14.4).
struct ContentRange: Equatable {
    /// The first byte and the last one.
    let bounds: ClosedRange<Int64>
    /// The length of the whole object in bytes; nil where the storage does not say.
    let total: Int64?

    /// The number of bytes.
    var byteCount: Int64 { bounds.upperBound - bounds.lowerBound + 1 }

    /// Reads `bytes 2-4/10` or `bytes 2-4/*`; nil where it is neither, or contradicts itself.
    init?(parsing text: String) {
        let form = /bytes ([0-9]{1,18})-([0-9]{1,18})\/([0-9]{1,18}|\*)/.ignoresCase()
        guard let match = text.wholeMatch(of: form), let first = Int64(match.1), let last = Int64(match.2),
            first <= last
        else { return nil }
        total = Int64(match.3)
        guard total.map({ last < $0 }) ?? true else { return nil }
        bounds = first...last
    }

    /// Whether these are the bytes that were asked for, of which an object may have fewer at its end.
    func answers(_ wanted: ClosedRange<Int64>) -> Bool {
        guard bounds.lowerBound == wanted.lowerBound, bounds.upperBound <= wanted.upperBound else { return false }
        guard let total else { return true }
        return bounds.upperBound == min(wanted.upperBound, total - 1)
    }
}
