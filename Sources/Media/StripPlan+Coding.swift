extension StripPlan {
    private static let fillKind: UInt8 = 0
    private static let bytesKind: UInt8 = 1

    /// The plan as bytes: the file's size, then each edit's bounds, kind and replacement, numbers in big-endian order.
    package var encoded: [UInt8] {
        var bytes = Self.bigEndian(UInt64(sourceByteCount))
        for edit in edits {
            bytes += Self.bigEndian(UInt64(edit.range.lowerBound)) + Self.bigEndian(UInt64(edit.range.upperBound))
            switch edit.replacement {
            case .fill(let value): bytes += [Self.fillKind, value]
            case .bytes(let replacement):
                bytes += [Self.bytesKind] + Self.bigEndian(UInt64(replacement.count)) + replacement
            }
        }
        return bytes
    }

    /// Reads a plan; nil for bytes that are none.
    ///
    /// They may come from a process that the file has taken over.
    package init?(encoded: [UInt8]) {
        var rest = encoded[...]
        guard let byteCount = Self.number(&rest) else { return nil }
        var edits: [Edit] = []
        while !rest.isEmpty {
            guard edits.count < Self.maxEditCount, let lower = Self.number(&rest), let upper = Self.number(&rest),
                lower <= upper, let kind = rest.popFirst()
            else { return nil }
            switch kind {
            case Self.fillKind:
                guard let value = rest.popFirst() else { return nil }
                edits.append(Edit(range: lower..<upper, replacement: .fill(value)))
            case Self.bytesKind:
                guard let count = Self.number(&rest), count <= Int64(rest.count) else { return nil }
                edits.append(Edit(range: lower..<upper, replacement: .bytes([UInt8](rest.prefix(Int(count))))))
                rest = rest.dropFirst(Int(count))
            default:
                return nil
            }
        }
        self.init(edits: edits, sourceByteCount: byteCount)
    }

    private static func bigEndian(_ number: UInt64) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { [UInt8]($0) }
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        guard rest.count >= 8 else { return nil }
        let number = rest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(8)
        return Int64(exactly: number)
    }
}
