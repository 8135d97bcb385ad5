/// The records of a CSV file (RFC 4180): fields with commas between them, in quotes where they hold commas, quotes or breaks.
///
/// Lines may also end with a line feed alone, as databases write them.
struct CSVReader: ~Copyable {
    /// One record.
    struct Record {
        /// The number of the line that it begins on, from 1.
        let line: Int
        var fields: [[UInt8]] = []
        /// What breaks the rules in it; the record then is not to be used.
        var fault: String?
    }

    /// A record longer than this is none that an export has, but a quote that is never closed.
    static let longestRecord = 1 << 20

    private enum State {
        case fieldStart
        case plain
        case quoted
        /// Behind a quote in a quoted field: its end, or the first half of a quote that is meant.
        case quote
        case carriageReturn
    }

    private let path: String
    private var bytes: FileBytes
    private var line = 1

    init(path: String) throws(MigrationError) {
        self.path = path
        bytes = try FileBytes(path: path)
    }

    /// The next record; nil at the end.
    ///
    /// Blank lines are passed over. Throws `inventoryUnreadable` where a quoted field has no end: what follows it cannot be told
    /// from what is in it.
    mutating func next() throws(MigrationError) -> Record? {
        while let record = try read() {
            if record.fields.count != 1 || record.fields[0] != [] || record.fault != nil { return record }
        }
        return nil
    }

    private mutating func read() throws(MigrationError) -> Record? {
        guard var byte = try bytes.next() else { return nil }
        var record = Record(line: line)
        var field: [UInt8] = []
        var state = State.fieldStart
        var count = 0
        while true {
            count += 1
            guard count <= Self.longestRecord else { throw endless(record) }
            switch (state, byte) {
            case (.quoted, UInt8(ascii: "\"")):
                state = .quote
            case (.quoted, _):
                if byte == 0x0A { line += 1 }
                field.append(byte)
            case (.quote, UInt8(ascii: "\"")):
                field.append(byte)
                state = .quoted
            case (.carriageReturn, 0x0A), (.fieldStart, 0x0A), (.plain, 0x0A), (.quote, 0x0A):
                line += 1
                record.fields.append(field)
                return record
            case (.fieldStart, UInt8(ascii: "\"")):
                state = .quoted
            case (.carriageReturn, _):
                record.fault = "a carriage return stands in a field without quotes"
                state = .plain
            case (_, UInt8(ascii: ",")):
                record.fields.append(field)
                field = []
                state = .fieldStart
            case (_, 0x0D):
                state = .carriageReturn
            case (.quote, _):
                record.fault = "text stands behind the quote that ends a field"
                state = .plain
            default:
                if byte == UInt8(ascii: "\"") { record.fault = "a quote stands in a field without quotes" }
                field.append(byte)
                state = .plain
            }
            guard let following = try bytes.next() else { break }
            byte = following
        }
        if state == .quoted { throw endless(record) }
        record.fields.append(field)
        return record
    }

    private func endless(_ record: Record) -> MigrationError {
        MigrationError(
            .inventoryUnreadable,
            "\(path), line \(record.line): a quoted field has no end, or the record is longer than "
                + "\(Self.longestRecord) bytes"
        )
    }
}
