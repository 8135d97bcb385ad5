import Foundation
import SigV4

/// What writes itself as JSON (RFC 8259) without going through `Encodable`.
///
/// Attachments do: they are in nearly every answer, and an encoder that asks each value for its type took longer for one
/// than the database, the signatures and the sockets together.
protocol JSONWritable {
    /// Writes one value.
    func write(to json: inout JSONText)
}

/// JSON as it is written, byte by byte.
struct JSONText {
    /// What is written so far.
    private(set) var bytes: [UInt8] = []
    /// Whether the next field or element is the first of its object or array.
    private var isFirst = true

    init() {
        bytes.reserveCapacity(2048)
    }

    /// The bytes of one value.
    static func bytes(of value: some JSONWritable) -> [UInt8] {
        var json = JSONText()
        value.write(to: &json)
        return json.bytes
    }

    /// An object, whose fields the closure writes.
    mutating func object(_ fields: (inout JSONText) -> Void) {
        enclose(UInt8(ascii: "{"), fields, UInt8(ascii: "}"))
    }

    /// A field that holds a list.
    mutating func field<Element>(
        _ name: StaticString,
        _ elements: some Sequence<Element>,
        _ write: (inout JSONText, Element) -> Void
    ) {
        begin(name)
        enclose(
            UInt8(ascii: "["),
            { json in
                for element in elements {
                    json.separate()
                    write(&json, element)
                }
            },
            UInt8(ascii: "]")
        )
    }

    /// A field that holds a value.
    mutating func field(_ name: StaticString, _ value: some JSONWritable) {
        begin(name)
        value.write(to: &self)
    }

    /// A field of text; null for nil, as with the other types.
    mutating func field(_ name: StaticString, _ text: String?) {
        begin(name)
        if let text { quote(text) } else { appendNull() }
    }

    /// A field with a whole number.
    mutating func field(_ name: StaticString, _ number: (some BinaryInteger)?) {
        begin(name)
        if let number { append(number) } else { appendNull() }
    }

    /// A field with a number; what is none in JSON (an infinity) is null.
    mutating func field(_ name: StaticString, _ number: Double?) {
        begin(name)
        if let number, number.isFinite { bytes.append(contentsOf: number.description.utf8) } else { appendNull() }
    }

    /// A field with true or false.
    mutating func field(_ name: StaticString, _ flag: Bool?) {
        begin(name)
        if let flag { append(flag ? "true" : "false") } else { appendNull() }
    }

    /// A field with a time in whole seconds of UTC (RFC 3339).
    mutating func field(_ name: StaticString, _ date: Date) {
        begin(name)
        let seconds = Int64(date.timeIntervalSince1970.rounded(.down))
        // 20260115T103000Z
        let stamp = SigningTime(secondsSinceEpoch: seconds).timestamp.utf8
        append("\"")
        for (place, byte) in stamp.enumerated() {
            if place == 4 || place == 6 { append("-") }
            if place == 11 || place == 13 { append(":") }
            bytes.append(byte)
        }
        append("\"")
    }

    /// A whole number.
    mutating func append(_ number: some BinaryInteger) {
        bytes.append(contentsOf: String(number).utf8)
    }

    private mutating func enclose(_ opening: UInt8, _ content: (inout JSONText) -> Void, _ closing: UInt8) {
        bytes.append(opening)
        isFirst = true
        content(&self)
        bytes.append(closing)
        isFirst = false
    }

    private mutating func separate() {
        if !isFirst { append(",") }
        isFirst = false
    }

    /// A comma where one is due, and the field's name, which needs no escapes.
    private mutating func begin(_ name: StaticString) {
        separate()
        append("\"")
        append(name)
        append("\":")
    }

    private mutating func appendNull() {
        append("null")
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// Text between quotation marks; what must be escaped is (RFC 8259 section 7), and nothing else.
    private mutating func quote(_ text: String) {
        append("\"")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\r"): append("\\r")
            case UInt8(ascii: "\t"): append("\\t")
            case 0x00..<0x20:
                append("\\u00")
                bytes.append(hexOf: CollectionOfOne(byte))
            default: bytes.append(byte)
            }
        }
        append("\"")
    }
}
