/// The items of a query in one buffer, which is the query as it goes on the wire.
struct QueryItems {
    private struct Item {
        let name: Range<Int>
        let value: Range<Int>
    }

    /// The items in the order of their appending, joined with `&`.
    private(set) var bytes: [UInt8] = []
    private var items: [Item] = []

    /// Starts with items that are percent-encoded already.
    init(_ encoded: [(name: String, value: String)]) {
        bytes.reserveCapacity(512)
        items.reserveCapacity(encoded.count + 6)
        for item in encoded {
            append(item.name, item.value)
        }
    }

    /// Appends an item that is percent-encoded already.
    mutating func append(_ name: String, _ value: String) {
        appendItem(name) { $0.append(contentsOf: value.utf8) }
    }

    /// Appends an item, its value yet to be encoded.
    mutating func append(_ name: String, encoding value: some Sequence<UInt8>) {
        appendItem(name) { PercentEncoding.append(value, to: &$0) }
    }

    /// Appends the query in canonical form: in byte order of the encoded names, then values, each item with a `=`.
    func appendSorted(to output: inout [UInt8]) {
        let start = output.count
        for item in items.sorted(by: precedes) {
            if output.count > start {
                output.append(.ampersand)
            }
            output.append(contentsOf: bytes[item.name])
            output.append(.equalsSign)
            output.append(contentsOf: bytes[item.value])
        }
    }

    private mutating func appendItem(_ name: String, appendingValue: (inout [UInt8]) -> Void) {
        if !bytes.isEmpty {
            bytes.append(.ampersand)
        }
        let start = bytes.count
        bytes.append(contentsOf: name.utf8)
        let end = bytes.count
        bytes.append(.equalsSign)
        appendingValue(&bytes)
        items.append(Item(name: start..<end, value: end + 1..<bytes.count))
    }

    private func precedes(_ left: Item, _ right: Item) -> Bool {
        let (leftName, rightName) = (bytes[left.name], bytes[right.name])
        if leftName == rightName {
            return bytes[left.value].lexicographicallyPrecedes(bytes[right.value])
        }
        return leftName.lexicographicallyPrecedes(rightName)
    }
}
