import Media

/// Plans what goes from a file of the ISO media family: MP4, QuickTime, 3GP, HEIF, AVIF.
///
/// No byte moves: an index tells by offset where pictures and sounds lie. What goes becomes free boxes and zeros.
struct ISOFile {
    /// Boxes that a film or a picture is shown by.
    private static let shown: Set<FourCC> = [
        "ftyp", "mdat", "imda", "moov", "moof", "mfra", "meta", "sidx", "ssix", "styp", "pdin", "prft",
    ]
    /// What may lack its end and is still played: media's bytes, and room.
    private static let mayBeCut: Set<FourCC> = ["mdat", "free", "skip", "wide"]
    private static let firstTypes: [FourCC] = ["ftyp", "moov", "mdat", "wide", "free", "skip", "pnot"]
    private static let maxBoxCount = 200_000
    private static let maxDepth = 2

    private let reader: StripReader
    private var editor: ISOEditor
    private let depth: Int
    private var boxes: [ISOBox] = []
    /// From where on there are no boxes any more.
    private var end: Int64 = 0
    private var tracks: [Track] = []
    private var samples: [Range<Int64>] = []

    private(set) var edits: EditList

    /// The first sixteen bytes are those of such a file.
    static func mayBegin(with start: [UInt8]) -> Bool {
        firstTypes.contains { start.holds($0.bytes, at: 4) }
    }

    /// Adds to the edits of a larger file that holds this one at an offset.
    init(
        _ source: any ByteSource,
        mode: StripMode,
        edits: EditList = EditList(),
        at base: Int64 = 0,
        depth: Int = 0
    ) throws(StripError) {
        reader = StripReader(source: source)
        self.depth = depth
        editor = ISOEditor(reader: reader, mode: mode, edits: edits)
        self.edits = edits
        editor.edits.base += base
        let trailerStart = try freeTrailer()
        try readBoxes(before: trailerStart)
        try takeBoxes()
        try takeRest(end..<trailerStart)
        try blankSamples()
        self.edits.take(editor.edits)
    }

    // MARK: - The outermost boxes

    private mutating func readBoxes(before limit: Int64) throws(StripError) {
        let list = 0..<limit
        var isOver = false
        while !isOver {
            guard boxes.count < Self.maxBoxCount else { throw StripError(.tooComplex, "The file has too many boxes.") }
            switch try reader.box(at: end, in: list) {
            case .box(let box) where box.type.isPlausible:
                boxes.append(box)
                end = box.range.upperBound
            case .broken(let box?) where Self.mayBeCut.contains(box.type):
                boxes.append(box)
                end = limit
                isOver = true
            case .broken(let box?) where Self.shown.contains(box.type):
                throw StripError(.malformed, "The file ends inside of its index.")
            case .box, .broken, .end:
                isOver = true
            }
        }
    }

    private mutating func takeBoxes() throws(StripError) {
        let movies = boxes.filter { $0.type == "moov" }
        guard movies.count <= 1 else { throw StripError(.malformed, "The file has more than one index.") }
        if let movie = movies.first { try take(movie) }
        var hasIndex = !movies.isEmpty
        for box in boxes {
            switch box.type {
            case "meta":
                if try describesPictures(box) {
                    let media = boxes.filter(\.holdsMedia).map(\.content)
                    editor = try ItemStrip(box, media: media, editor: editor).editor
                    hasIndex = true
                } else {
                    try editor.takeMeta(box)
                }
            case "udta": try editor.takeUserData(box)
            case "mpvd" where editor.mode == .location: try takeFilm(box)
            case _ where !Self.shown.contains(box.type): try editor.dispose(of: box)
            default: break
            }
        }
        guard hasIndex else { throw StripError(.malformed, "The file has no index.") }
    }

    private mutating func take(_ movie: ISOBox) throws(StripError) {
        let strip = try MovieStrip(movie, editor: editor)
        editor = strip.editor
        tracks = strip.tracks
        samples = strip.samples
        guard !strip.unwantedTracks.isEmpty else { return }
        for box in boxes where box.type == "moof" {
            let fragment = try FragmentStrip(
                box,
                reader,
                unwanted: strip.unwantedTracks,
                defaultSizes: strip.defaultSizes
            )
            samples += fragment.samples
        }
    }

    private func describesPictures(_ meta: ISOBox) throws(StripError) -> Bool {
        for child in try reader.metaBoxes(meta) where child.type == "hdlr" {
            return try reader.handlerType(child) == "pict"
        }
        return false
    }

    /// A motion photo's film inside a picture's file.
    private mutating func takeFilm(_ box: ISOBox) throws(StripError) {
        guard depth < Self.maxDepth else { return try editor.free(box) }
        do throws(StripError) {
            let film = SubSource(base: reader.source, range: box.content)
            let place = box.content.lowerBound
            let file = try ISOFile(film, mode: editor.mode, edits: editor.edits, at: place, depth: depth + 1)
            editor.edits = file.edits
        } catch {
            guard error.reason == .malformed else { throw error }
            try editor.free(box)
        }
    }

    // MARK: - Media's bytes, and what stands behind the boxes

    private mutating func blankSamples() throws(StripError) {
        let media = boxes.filter(\.holdsMedia).map(\.content)
        for range in samples {
            // A file that was cut off may have lost some.
            let range = range.clamped(to: 0..<reader.byteCount)
            guard !range.isEmpty else { continue }
            guard media.contains(where: { $0.lowerBound <= range.lowerBound && range.upperBound <= $0.upperBound })
            else { throw StripError(.malformed, "Samples lie outside of the media's bytes.") }
            try editor.blank(range)
        }
    }

    private mutating func takeRest(_ range: Range<Int64>) throws(StripError) {
        guard try !reader.isFilled(range, with: 0) else { return }
        if editor.mode == .location {
            guard try reader.tellsPlace(range) else { return }
        }
        for track in tracks {
            guard try track.table.lastOffset() ?? 0 < range.lowerBound else {
                throw StripError(.malformed, "Samples lie behind a broken box.")
            }
        }
        try editor.edits.fill(range)
    }

    /// Insta360's cameras append records, positions among them, with their length and a mark at the very end.
    ///
    /// Answers where the rest of the file ends.
    private mutating func freeTrailer() throws(StripError) -> Int64 {
        let mark = [UInt8]("8db42d694ccc418790edff439fe026bf".utf8)
        let tail = try reader.bytes(at: reader.byteCount - 40, upTo: 40)
        guard tail.holds(mark, at: 8), let byteCount = tail.unsigned(at: 0, 4, bigEndian: false),
            byteCount <= reader.byteCount
        else { return reader.byteCount }
        try editor.edits.fill(reader.byteCount - max(byteCount, 40)..<reader.byteCount)
        return reader.byteCount - max(byteCount, 40)
    }
}

extension ISOBox {
    fileprivate var holdsMedia: Bool { type == "mdat" || type == "imda" }
}
