/// A limit of bytes a second as an operator writes it: `20M`, `512K`, `1G`, or a number of bytes.
package struct ByteRate: Sendable, Equatable {
    /// Bytes a second, at least 1,024.
    package let bytesPerSecond: Int64

    /// Reads a rate in units of 1,024, also with `MiB`, `MB/s` and the like; throws `invalidArgument`.
    package init(parsing text: String) throws(MigrationError) {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        var unit = text.dropFirst(digits.count).lowercased()
        if unit.hasSuffix("/s") { unit.removeLast(2) }
        let factors = ["": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
        let short =
            unit.hasSuffix("ib")
            ? String(unit.dropLast(2))
            : unit.count == 2 && unit.hasSuffix("b")
                ? String(unit.dropLast()) : unit
        guard let number = Double(digits), let factor = factors[short], number.isFinite,
            (1024...Double(1 << 50)).contains(number * Double(factor))
        else {
            let quoted = TerminalCells.safe("\"\(text)\"")
            let reason = "--max-rate must be bytes a second from 1K up, such as 512K, 20M or 1G, not \(quoted)"
            throw MigrationError(.invalidArgument, reason)
        }
        bytesPerSecond = Int64(number * Double(factor))
    }
}
