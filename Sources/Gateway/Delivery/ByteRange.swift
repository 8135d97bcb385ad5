/// What a Range header asks of a file (RFC 9110 section 14.2).
enum ByteRange: Equatable {
    /// All of it: no range, one that cannot be read, or several at once, which a server may answer with all.
    case whole
    /// These bytes, from 0 on, both ends included.
    case part(ClosedRange<Int64>)
    /// Nothing of what there is.
    case unsatisfiable

    /// Reads the header for a file of so many bytes.
    init(_ header: String?, byteCount: Int64) {
        self = header.flatMap { Self.parse($0, byteCount: byteCount) } ?? .whole
    }

    private static func parse(_ header: String, byteCount: Int64) -> ByteRange? {
        let halves = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, halves[0].lowercased() == "bytes" else { return nil }
        let text = halves[1].filter { $0 != " " && $0 != "\t" }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        // Several ranges hold a comma, which is part of no number.
        guard ends.count == 2 else { return nil }
        if ends[0].isEmpty {
            guard let count = number(ends[1]) else { return nil }
            guard count > 0, byteCount > 0 else { return .unsatisfiable }
            return .part(max(0, byteCount - count)...byteCount - 1)
        }
        guard let first = number(ends[0]) else { return nil }
        var last = Int64.max
        if !ends[1].isEmpty {
            guard let named = number(ends[1]), named >= first else { return nil }
            last = named
        }
        guard first < byteCount else { return .unsatisfiable }
        return .part(first...min(last, byteCount - 1))
    }

    /// Digits alone; more than fit are as good as the largest number.
    private static func number(_ text: some StringProtocol) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int64(text) ?? .max
    }
}
