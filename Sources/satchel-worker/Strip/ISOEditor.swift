import Media

/// Plans the edits of an ISO media file, none of which moves a byte.
struct ISOEditor {
    let reader: StripReader
    let mode: StripMode
    var edits: EditList

    private enum UserType {
        /// XMP (ISO 16684-3).
        static let xmp: [UInt8] = [
            0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8, 0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF, 0xAC,
        ]
        /// A spherical video's projection, and the ones by which older encryption is told.
        static let shown: [[UInt8]] = [
            [0xFF, 0xCC, 0x82, 0x63, 0xF8, 0x55, 0x4A, 0x93, 0x88, 0x14, 0x58, 0x7A, 0x02, 0x52, 0x1F, 0xDD],
            [0xD0, 0x8A, 0x4F, 0x18, 0x10, 0xF3, 0x4A, 0x82, 0xB6, 0xC8, 0x32, 0xD8, 0xAB, 0xA1, 0x83, 0xD3],
            [0xA2, 0x39, 0x4F, 0x52, 0x5A, 0x9B, 0x4F, 0x14, 0xA2, 0x44, 0x6C, 0x42, 0x7C, 0x64, 0x8D, 0xF4],
        ]
    }

    /// Turns a box into a free one full of zeros.
    mutating func free(_ box: ISOBox) throws(StripError) {
        guard !box.isFree else { return try blank(box.content) }
        let type = box.range.lowerBound + 4
        try edits.replace(type..<type + 4, with: [UInt8]("free".utf8))
        try edits.fill(box.headerEnd..<box.range.upperBound)
    }

    /// Gives every byte the value zero, unless all have it.
    mutating func blank(_ range: Range<Int64>) throws(StripError) {
        guard try !reader.isFilled(range, with: 0) else { return }
        try edits.fill(range)
    }

    /// Decides on a box that shows or plays nothing.
    mutating func dispose(of box: ISOBox) throws(StripError) {
        if box.type == "uuid" {
            try disposeOfExtension(box)
        } else if mode == .all || LocationWords.isName(box.type.bytes) {
            try free(box)
        } else if try reader.tellsPlace(box.content) {
            try free(box)
        }
    }

    private mutating func disposeOfExtension(_ box: ISOBox) throws(StripError) {
        if mode == .all {
            if !UserType.shown.contains(box.userType) { try free(box) }
        } else if box.userType == UserType.xmp {
            try freePacket(box)
        } else if try reader.tellsPlace(box.content) {
            try free(box)
        }
    }

    /// Takes the places out of XMP, which is all of a box's content.
    mutating func freePacket(_ box: ISOBox) throws(StripError) {
        guard Int64(box.content.count) <= StripReader.maxBlockByteCount else { return try free(box) }
        let packet = try reader.bytes(box.content)
        try edits.change(at: box.content.lowerBound, packet, into: XMPPacket.withoutPlaces(packet))
    }

    // MARK: - Boxes with a known layout

    /// Takes the times of creation and change out of a header of a movie, a track or its media (8.2.2, 8.3.2, 8.4.2).
    mutating func blankTimes(_ header: ISOBox) throws(StripError) {
        guard mode == .all else { return }
        let version = try reader.bytes(at: header.content.lowerBound, upTo: 1).first ?? 0
        try blank(header.content.dropping(4).prefix(version == 1 ? 16 : 8))
    }

    /// Takes the name out of a handler (8.4.3), where some cameras tell what they are.
    mutating func blankName(_ handler: ISOBox) throws(StripError) {
        guard mode == .all else { return }
        try blank(handler.content.dropping(24))
    }
}

extension StripReader {
    /// The type of a handler: what a track or a meta box holds.
    func handlerType(_ handler: ISOBox) throws(StripError) -> FourCC {
        FourCC(try bytes(at: handler.content.dropping(8).lowerBound, upTo: 4))
    }

    /// The boxes in a meta box, which QuickTime writes without a version (ISO/IEC 14496-12, 8.11.1).
    func metaBoxes(_ meta: ISOBox) throws(StripError) -> [ISOBox] {
        let start = try bytes(at: meta.content.lowerBound, upTo: 8)
        return try boxes(in: start.holds("hdlr".utf8, at: 4) ? meta.content : meta.content.dropping(4))
    }
}

extension Range<Int64> {
    /// The range's first elements, so many or all.
    func prefix(_ count: Int) -> Range<Int64> {
        lowerBound..<Swift.min(lowerBound + Int64(count), upperBound)
    }
}
