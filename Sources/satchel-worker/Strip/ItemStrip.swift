import Media

/// Plans what goes from the items of a HEIF or AVIF file (ISO/IEC 23008-12): EXIF, XMP and other texts, where they lie.
struct ItemStrip {
    private(set) var editor: ISOEditor

    private let meta: ISOBox
    private let locations: ItemLocations
    /// Where pictures' bytes may lie.
    private let media: [Range<Int64>]

    init(_ meta: ISOBox, media: [Range<Int64>], editor: ISOEditor) throws(StripError) {
        self.editor = editor
        self.meta = meta
        let reader = editor.reader
        let children = try reader.metaBoxes(meta)
        let data = children.first { $0.type == "idat" }
        self.media = media + [data].compactMap { $0?.content }
        locations = try ItemLocations(reader, children.first { $0.type == "iloc" }, data: data?.content)
        for child in children {
            if child.type == "iinf" {
                for item in try ItemInformation.read(reader, child) where item.isMetadata { try take(item) }
            } else if child.type == "uuid" || child.isFree {
                try self.editor.dispose(of: child)
            }
        }
    }

    private mutating func take(_ item: ItemInformation) throws(StripError) {
        let extents = try locations.extents(of: item.id)
        guard !extents.isEmpty else { return }
        for extent in extents {
            guard media.contains(where: { $0.lowerBound <= extent.lowerBound && extent.upperBound <= $0.upperBound }),
                !locations.anyOther(than: item.id, overlaps: extent)
            else { throw StripError(.malformed, "An item's bytes are also something else's.") }
        }
        guard extents.reduce(0, { $0 + Int64($1.count) }) <= StripReader.maxBlockByteCount else {
            for extent in extents { try editor.blank(extent) }
            return
        }
        var old: [UInt8] = []
        for extent in extents { old += try editor.reader.bytes(extent) }
        let new = stripped(old, of: item)
        var offset = 0
        for extent in extents {
            let part = offset..<offset + extent.count
            try editor.edits.change(at: extent.lowerBound, [UInt8](old[part]), into: [UInt8](new[part]))
            offset = part.upperBound
        }
    }

    private func stripped(_ content: [UInt8], of item: ItemInformation) -> [UInt8] {
        let zeros = [UInt8](repeating: 0, count: content.count)
        switch item.kind {
        case .exif: return strippedExif(content) ?? zeros
        case .xmp where editor.mode == .all: return XMPPacket.blank(content.count)
        case .xmp: return XMPPacket.withoutPlaces(content)
        default: return editor.mode == .all || LocationWords.appear(in: content) ? zeros : content
        }
    }

    /// The offset of the TIFF structure behind these four bytes, then it, with JPEG's prefix before it or not (annex A.2).
    private func strippedExif(_ content: [UInt8]) -> [UInt8]? {
        let tiffOffset = content.unsigned(at: 0, 4).map { $0 + 4 } ?? 0
        let start = min(Int(tiffOffset), content.count)
        let tiff = TIFFBlock([UInt8](content[start...]))
        if editor.mode == .location, let freed = tiff?.withoutPlaces() { return content[..<start] + freed }
        let prefix: [UInt8] = [0, 0, 0, 6] + MinimalExif.prefix
        return MinimalExif.tiff(orientation: tiff?.orientation ?? 1, filling: content.count - prefix.count)
            .map { prefix + $0 }
    }
}

/// What an item is (ISO/IEC 14496-12, 8.11.6).
struct ItemInformation {
    /// Kinds of items that show nothing.
    enum Kind {
        case exif, xmp, text
        case picture
    }

    let id: Int64
    let kind: Kind

    var isMetadata: Bool { kind != .picture }

    static func read(_ reader: StripReader, _ box: ISOBox) throws(StripError) -> [ItemInformation] {
        let version = try reader.bytes(box.content.prefix(1)).first ?? 0
        var items: [ItemInformation] = []
        for entry in try reader.boxes(in: box.content.dropping(version == 0 ? 6 : 8)) where entry.type == "infe" {
            if let item = ItemInformation(try reader.bytes(entry.content.prefix(4_096))) { items.append(item) }
        }
        return items
    }

    private init?(_ entry: [UInt8]) {
        guard let version = entry.first else { return nil }
        let idByteCount = version == 3 ? 4 : 2
        guard let id = entry.unsigned(at: 4, idByteCount) else { return nil }
        self.id = id
        // An id and the number of a protection; from version 2 on a type; a name that ends with a zero.
        let typeStart = 4 + idByteCount + 2
        let isTyped = version >= 2
        let type = isTyped ? FourCC(entry[min(typeStart, entry.count)...].prefix(4)) : "mime"
        let names = entry[min(typeStart + (isTyped ? 4 : 0), entry.count)...]
            .split(
                separator: 0,
                maxSplits: 2,
                omittingEmptySubsequences: false
            )
        let contentType = names.count > 1 ? String(decoding: names[1], as: UTF8.self) : ""
        switch type {
        case "Exif": kind = .exif
        case "mime" where contentType == "application/rdf+xml": kind = .xmp
        case "mime": kind = contentType.hasPrefix("image/") ? .picture : .text
        case "uri ": kind = .text
        default: kind = .picture
        }
    }
}
