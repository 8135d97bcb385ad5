/// The items that a HEIF file names (ISO/IEC 14496-12, 8.11.6), and how they refer to each other (8.11.12).
struct HEIFItems {
    private struct Reference {
        let type: String
        let source: Int
        let targets: [Int]
    }

    /// Fewer than the boxes that are read of one stretch: of more, some would go unseen.
    private static let maxCount = 9_999
    /// Items that are pictures, or put together of some.
    private static let pictures: Set<String> = ["hvc1", "av01", "grid"]

    /// The four letters of each item's type, by the item's number.
    let types: [Int: String]
    private let primary: Int
    private let references: [Reference]

    /// Nil where they cannot be read.
    init?(_ file: ByteView) {
        // Full boxes: version and flags come first.
        guard let meta = BoxView.first("meta", in: file)?.view(at: 4), let primary = Self.primary(in: meta),
            let types = Self.types(in: meta), let references = Self.references(in: meta)
        else { return nil }
        self.types = types
        self.primary = primary
        self.references = references
    }

    /// Whether there is a picture, shown or hidden, that is not the primary one, a tile of it, its thumbnail, or what goes with it as its
    /// transparency or a map.
    ///
    /// libheif's own list of pictures leaves out those that are hidden, and has tiles that are not.
    var hasFurtherPictures: Bool {
        var known: Set<Int> = [primary]
        for reference in references where ["thmb", "auxl"].contains(reference.type) && reference.targets == [primary] {
            known.insert(reference.source)
        }
        // A grid has no grids for tiles (ISO/IEC 23008-12, 6.6.2.3).
        let tiles = references.filter {
            $0.type == "dimg" && types[$0.source] == "grid" && known.contains($0.source)
        }
        known.formUnion(tiles.flatMap(\.targets))
        return types.contains { Self.pictures.contains($0.value) && !known.contains($0.key) }
    }

    private static func primary(in meta: ByteView) -> Int? {
        guard let box = BoxView.first("pitm", in: meta), let version = box.number(at: 0, count: 1) else { return nil }
        return box.number(at: 4, count: version == 0 ? 2 : 4)
    }

    private static func types(in meta: ByteView) -> [Int: String]? {
        guard let infos = BoxView.first("iinf", in: meta), let version = infos.number(at: 0, count: 1) else {
            return nil
        }
        let countByteCount = version == 0 ? 2 : 4
        guard let count = infos.number(at: 4, count: countByteCount), count <= maxCount else { return nil }
        let entries = BoxView.all(in: infos.view(at: 4 + countByteCount))
        guard entries.count == count else { return nil }
        var types: [Int: String] = [:]
        for entry in entries {
            // Of the versions of before, items have no type.
            guard entry.type == "infe", let version = entry.content.number(at: 0, count: 1), (2...3).contains(version)
            else { return nil }
            let idByteCount = version == 2 ? 2 : 4
            // Behind the item's number: how it is protected.
            let type = entry.content.view(at: 4 + idByteCount + 2, count: 4)
            guard type.count == 4, let id = entry.content.number(at: 4, count: idByteCount), types[id] == nil else {
                return nil
            }
            types[id] = String(decoding: type.buffer, as: UTF8.self)
        }
        return types
    }

    /// Empty where the file has none.
    private static func references(in meta: ByteView) -> [Reference]? {
        guard let box = BoxView.first("iref", in: meta) else { return [] }
        guard let version = box.number(at: 0, count: 1) else { return nil }
        let idByteCount = version == 0 ? 2 : 4
        let entries = BoxView.all(in: box.view(at: 4))
        guard entries.count <= maxCount else { return nil }
        var references: [Reference] = []
        for entry in entries {
            guard let source = entry.content.number(at: 0, count: idByteCount),
                let count = entry.content.number(at: idByteCount, count: 2),
                entry.content.count >= idByteCount + 2 + count * idByteCount
            else { return nil }
            let targets = (0..<count)
                .compactMap { entry.content.number(at: idByteCount + 2 + $0 * idByteCount, count: idByteCount) }
            references.append(Reference(type: entry.type, source: source, targets: targets))
        }
        return references
    }
}
