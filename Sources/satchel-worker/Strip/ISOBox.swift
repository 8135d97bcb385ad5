/// The type of a box: four characters of Latin-1.
struct FourCC: Hashable, ExpressibleByStringLiteral {
    let bytes: [UInt8]

    init(stringLiteral text: String) {
        bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }

    init(_ bytes: some Collection<UInt8>) {
        self.bytes = [UInt8](bytes)
    }

    /// Characters that a type has; makers of QuickTime files begin some with the copyright sign.
    var isPlausible: Bool { bytes.count == 4 && bytes.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0xA9 } }
}

/// A box of an ISO media file, also called an atom (ISO/IEC 14496-12, 4.2).
struct ISOBox {
    let type: FourCC
    let range: Range<Int64>
    /// Behind the sizes and the type; of a `uuid` box also behind that.
    let content: Range<Int64>
    /// The sixteen bytes that a `uuid` box is told by; empty for others.
    let userType: [UInt8]

    /// Where the type ends, or a 64-bit size behind it.
    var headerEnd: Int64 { content.lowerBound - Int64(userType.count) }
    /// It holds nothing and takes up room.
    var isFree: Bool { type == "free" || type == "skip" || type == "wide" }
}

/// What comes next in a list of boxes.
enum ISOBoxRead {
    case box(ISOBox)
    /// The list is over: what is left is too short for a box, or begins with eight zeros as some lists end.
    case end
    /// No box, or one that goes beyond the list; in the second case as much of it as is there.
    case broken(ISOBox?)
}

extension StripReader {
    private static let maxBoxCount = 200_000

    /// The box at an offset of a list.
    func box(at offset: Int64, in list: Range<Int64>) throws(StripError) -> ISOBoxRead {
        let room = list.upperBound - offset
        guard room >= 8 else { return .end }
        let header = try bytes(at: offset, upTo: Int(min(room, 32)))
        guard let shortSize = header.unsigned(at: 0, 4) else { return .broken(nil) }
        let type = FourCC(header[4..<8])
        if shortSize == 0, type.bytes == [0, 0, 0, 0] { return .end }
        var headerByteCount = 8
        var size = shortSize == 0 ? room : shortSize
        if shortSize == 1 {
            guard let longSize = header.unsigned(at: 8, 8) else { return .broken(nil) }
            size = longSize
            headerByteCount = 16
        }
        let userTypeByteCount = type == "uuid" ? 16 : 0
        guard size >= Int64(headerByteCount + userTypeByteCount),
            header.count >= headerByteCount + userTypeByteCount
        else { return .broken(nil) }
        let end = offset + min(size, room)
        let box = ISOBox(
            type: type,
            range: offset..<end,
            content: offset + Int64(headerByteCount + userTypeByteCount)..<end,
            userType: [UInt8](header[headerByteCount..<headerByteCount + userTypeByteCount])
        )
        return size <= room ? .box(box) : .broken(box)
    }

    /// All boxes of a list, which must be sound.
    func boxes(in list: Range<Int64>) throws(StripError) -> [ISOBox] {
        var boxes: [ISOBox] = []
        var offset = list.lowerBound
        while case .box(let box) = try sound(box(at: offset, in: list)) {
            guard boxes.count < Self.maxBoxCount else { throw StripError(.tooComplex, "The file has too many boxes.") }
            boxes.append(box)
            offset = box.range.upperBound
        }
        return boxes
    }

    private func sound(_ read: ISOBoxRead) throws(StripError) -> ISOBoxRead {
        guard case .broken = read else { return read }
        throw StripError(.malformed, "A box does not fit the one around it.")
    }
}
