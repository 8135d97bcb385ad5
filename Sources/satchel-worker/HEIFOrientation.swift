/// How a picture's container says that it is turned and mirrored (ISO/IEC 23008-12, 6.5.10 and 6.5.12).
enum HEIFOrientation {
    /// What the properties of the primary picture amount to; nil where they cannot be read.
    static func read(_ file: ByteView) -> Orientation? {
        // A full box: version and flags come first.
        guard let meta = BoxView.first("meta", in: file)?.view(at: 4),
            let primary = BoxView.first("pitm", in: meta), let version = primary.number(at: 0, count: 1),
            let item = primary.number(at: 4, count: version == 0 ? 2 : 4),
            let properties = BoxView.first("iprp", in: meta), let container = BoxView.first("ipco", in: properties),
            let associations = BoxView.first("ipma", in: properties)
        else { return nil }
        let boxes = BoxView.all(in: container)
        var orientation = Orientation.upright
        for index in indices(of: item, in: associations) where boxes.indices.contains(index - 1) {
            let box = boxes[index - 1]
            guard let value = box.content.number(at: 0, count: 1) else { continue }
            switch box.type {
            // Quarter turns against the clock.
            case "irot": orientation = orientation.followed(by: [.upright, .left, .around, .right][value & 3])
            // 0: top and bottom change places; 1: left and right.
            case "imir": orientation = orientation.followed(by: value & 1 == 0 ? .upsideDown : .mirrored)
            default: break
            }
        }
        return orientation
    }

    /// The numbers of an item's properties, counted from 1, in the order in which they are applied.
    private static func indices(of item: Int, in box: ByteView) -> [Int] {
        guard let version = box.number(at: 0, count: 1), let flags = box.number(at: 1, count: 3),
            let itemCount = box.number(at: 4, count: 4)
        else { return [] }
        let idByteCount = version == 0 ? 2 : 4
        let indexByteCount = flags & 1 == 0 ? 1 : 2
        var offset = 8
        for _ in 0..<min(itemCount, 100_000) {
            guard let id = box.number(at: offset, count: idByteCount),
                let count = box.number(at: offset + idByteCount, count: 1)
            else { break }
            offset += idByteCount + 1
            if id == item {
                // The highest bit says that the property is essential.
                return (0..<count).compactMap { box.number(at: offset + $0 * indexByteCount, count: indexByteCount) }
                    .map { $0 & (indexByteCount == 1 ? 0x7F : 0x7FFF) }
            }
            offset += count * indexByteCount
        }
        return []
    }
}

extension Orientation {
    fileprivate static let mirrored = numbered(2)
    fileprivate static let around = numbered(3)
    fileprivate static let upsideDown = numbered(4)
    /// A quarter turn with the clock.
    fileprivate static let right = numbered(6)
    /// A quarter turn against the clock.
    fileprivate static let left = numbered(8)

    private static func numbered(_ number: Int) -> Orientation { Orientation(exif: number) ?? .upright }

    /// This one, and then another: the product of their matrices.
    fileprivate func followed(by other: Orientation) -> Orientation {
        let xx = other.xx * self.xx + other.xy * self.yx
        let xy = other.xx * self.xy + other.xy * self.yy
        let yx = other.yx * self.xx + other.yy * self.yx
        let yy = other.yx * self.xy + other.yy * self.yy
        return (1...8).compactMap { Orientation(exif: $0) }
            .first { ($0.xx, $0.xy, $0.yx, $0.yy) == (xx, xy, yx, yy) } ?? .upright
    }
}
