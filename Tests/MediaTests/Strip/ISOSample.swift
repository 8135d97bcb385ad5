/// Boxes of an ISO media file, made and taken apart.
struct ISOSample {
    let type: [UInt8]
    /// Where the box is in the bytes that it was read from.
    let range: Range<Int>
    let content: [UInt8]

    /// A box; its type is of Latin-1.
    static func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
        .bigEndian(8 + content.count) + type.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } + content
    }

    /// A box that begins with a version and flags.
    static func fullBox(_ type: String, version: Int = 0, flags: Int = 0, _ content: [UInt8]) -> [UInt8] {
        box(type, .bigEndian(version << 24 | flags) + content)
    }

    /// Numbers of four bytes each.
    static func numbers(_ numbers: [Int]) -> [UInt8] {
        [UInt8](numbers.map { [UInt8].bigEndian($0) }.joined())
    }

    /// The boxes in a list.
    static func boxes(_ list: [UInt8], from start: Int = 0) -> [ISOSample] {
        var boxes: [ISOSample] = []
        var offset = start
        while offset + 8 <= list.count {
            let size = list[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            guard size >= 8, offset + size <= list.count else { break }
            let content = [UInt8](list[offset + 8..<offset + size])
            boxes.append(
                ISOSample(type: [UInt8](list[offset + 4..<offset + 8]), range: offset..<offset + size, content: content)
            )
            offset += size
        }
        return boxes
    }

    func has(_ type: String) -> Bool { self.type == type.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }

    /// The types of the boxes in a list.
    static func types(_ list: [UInt8], from start: Int = 0) -> [String] {
        boxes(list, from: start).map { String(decoding: $0.type, as: UTF8.self) }
    }
}

extension [ISOSample] {
    /// The content of the first box of a type; empty where there is none.
    func content(_ type: String) -> [UInt8] { first { $0.has(type) }?.content ?? [] }
}
