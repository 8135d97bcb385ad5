/// The lines of a file, with their numbers.
struct LineReader: ~Copyable {
    /// A line longer than this is none that a manifest or an export has.
    static let longestLine = 1 << 20

    /// One line.
    struct Line {
        /// From 1.
        let number: Int
        /// Without the line feed and a carriage return before it; nil for one that is too long.
        let bytes: [UInt8]?
    }

    private var bytes: FileBytes
    private var number = 0

    init(path: String) throws(MigrationError) {
        bytes = try FileBytes(path: path)
    }

    /// The next line that is not blank; nil at the end.
    ///
    /// Memory is bounded by `longestLine`.
    mutating func next() throws(MigrationError) -> Line? {
        while var byte = try bytes.next() {
            number += 1
            var line: [UInt8] = []
            var isTooLong = false
            while byte != 0x0A {
                if line.count < Self.longestLine { line.append(byte) } else { isTooLong = true }
                guard let following = try bytes.next() else { break }
                byte = following
            }
            if isTooLong { return Line(number: number, bytes: nil) }
            if line.last == 0x0D { line.removeLast() }
            guard line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { return Line(number: number, bytes: line) }
        }
        return nil
    }
}
