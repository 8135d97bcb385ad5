import Media

/// What a track is, as far as stripping asks (ISO/IEC 14496-12, 8.3 to 8.7).
struct Track {
    /// Sample entries of cameras' and phones' timed metadata: Android's motion, GoPro's, Sony's, DJI's, Canon's.
    private static let metadataEntries: Set<FourCC> = ["camm", "gpmd", "fdsc", "rtmd", "djmd", "dbgi", "CTMD"]
    private static let metadataHandlers: Set<FourCC> = ["meta", "camm", "gpmd"]
    private static let textHandlers: Set<FourCC> = ["text", "sbtl", "subt"]
    /// QuickTime's timed metadata, whose keys stand in the sample's description.
    private static let keyedEntry: FourCC = "mebx"
    /// How much of a subtitle track is looked at.
    private static let peekedRangeCount = 8
    private static let peekedByteCount = 4_096

    let id: Int64
    let table: SampleTable
    /// The headers with times in them, but for the one of the movie.
    let headers: [ISOBox]
    let handlers: [ISOBox]

    private let reader: StripReader
    private let handlerType: FourCC?
    private let entryType: FourCC
    private let descriptions: ISOBox?
    /// The samples are in this file.
    let isSelfContained: Bool

    init(_ reader: StripReader, _ children: [ISOBox]) throws(StripError) {
        self.reader = reader
        let header = children.first { $0.type == "tkhd" }
        id = try Self.trackID(reader, header)
        let media = try reader.boxes(in: children.content(of: "mdia"))
        let information = try reader.boxes(in: media.content(of: "minf"))
        let tables = try reader.boxes(in: information.content(of: "stbl"))
        headers = [header, media.first { $0.type == "mdhd" }].compactMap { $0 }
        let handler = media.first { $0.type == "hdlr" }
        handlers = [handler, information.first { $0.type == "hdlr" }].compactMap { $0 }
        handlerType = if let handler { try reader.handlerType(handler) } else { nil }
        descriptions = tables.first { $0.type == "stsd" }
        // Behind a version, a count and the first entry's size.
        entryType = FourCC(try reader.bytes(tables.content(of: "stsd").dropping(12).prefix(4)))
        table = SampleTable(reader, boxes: tables)
        isSelfContained = try Self.isSelfContained(reader, information)
    }

    /// Whether the samples are to go, and with them the track.
    func isUnwanted(in mode: StripMode) throws(StripError) -> Bool {
        guard let handlerType else { return false }
        if Self.textHandlers.contains(handlerType) { return try isTextOfPlaces() }
        guard Self.metadataHandlers.contains(handlerType) || Self.metadataEntries.contains(entryType) else {
            return false
        }
        // What the others hold is not known, or is known to be places among other things.
        guard mode == .location, entryType == Self.keyedEntry, let descriptions else { return true }
        guard Int64(descriptions.content.count) <= StripReader.maxBlockByteCount else { return true }
        return LocationWords.isName(try reader.bytes(descriptions.content).filter { $0 != UInt8(ascii: ":") })
    }

    /// Drones write their position as subtitles: the first few tell.
    private func isTextOfPlaces() throws(StripError) -> Bool {
        guard isSelfContained else { return false }
        for range in try table.ranges().prefix(Self.peekedRangeCount) {
            let text = try reader.bytes(at: range.lowerBound, upTo: min(Int(range.count), Self.peekedByteCount))
            if LocationWords.appear(in: text) { return true }
        }
        return false
    }

    private static func trackID(_ reader: StripReader, _ header: ISOBox?) throws(StripError) -> Int64 {
        guard let header else { return 0 }
        let bytes = try reader.bytes(at: header.content.lowerBound, upTo: 24)
        return bytes.unsigned(at: bytes.first == 1 ? 20 : 12, 4) ?? 0
    }

    /// The lowest bit of a data reference's flags says that it means this file (8.7.2).
    private static func isSelfContained(_ reader: StripReader, _ information: [ISOBox]) throws(StripError) -> Bool {
        let references = try reader.boxes(in: information.content(of: "dinf")).content(of: "dref")
        guard let reference = try reader.boxes(in: references.dropping(8)).first,
            let flags = try reader.bytes(reference.content.prefix(4)).unsigned(at: 3, 1)
        else { return true }
        return flags & 1 == 1
    }
}

extension [ISOBox] {
    /// What the first box of a type holds; nothing where there is none.
    func content(of type: FourCC) -> Range<Int64> {
        first { $0.type == type }?.content ?? 0..<0
    }
}
