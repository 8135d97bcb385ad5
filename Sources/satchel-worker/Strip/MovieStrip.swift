import Media

/// Plans what goes from a movie box and its tracks.
struct MovieStrip {
    /// Boxes that a movie, or a track, plays by.
    private static let playedInMovie: Set<FourCC> = ["mvex", "iods", "pssh", "rmra", "ctab", "prfl"]
    private static let playedInTrack: Set<FourCC> = [
        "edts", "tref", "trgr", "load", "imap", "clip", "matt", "tapt", "txas",
    ]
    private static let maxListedBlockCount: Int64 = 20_000

    private(set) var editor: ISOEditor
    private(set) var tracks: [Track] = []
    /// What is to become zeros in the media's bytes.
    private(set) var samples: [Range<Int64>] = []
    /// The tracks whose samples go, in the fragments too.
    private(set) var unwantedTracks: Set<Int64> = []
    /// The default size of a sample in the fragments, by track.
    private(set) var defaultSizes: [Int64: Int64] = [:]

    init(_ movie: ISOBox, editor: ISOEditor) throws(StripError) {
        self.editor = editor
        let children = try editor.reader.boxes(in: movie.content)
        let extensions = children.first { $0.type == "mvex" }
        if let extensions { try readDefaults(extensions) }
        for child in children {
            switch child.type {
            case "mvhd": try self.editor.blankTimes(child)
            case "trak": try take(child, isFragmented: extensions != nil)
            case "udta": try self.editor.takeUserData(child)
            case "meta": try self.editor.takeMeta(child)
            case "cmov": throw StripError(.unsupported, "The movie's index is compressed.")
            case "gps ": try takeListedBlocks(child)
            case _ where child.isFree || !Self.playedInMovie.contains(child.type): try self.editor.dispose(of: child)
            default: break
            }
        }
    }

    private mutating func take(_ box: ISOBox, isFragmented: Bool) throws(StripError) {
        let children = try editor.reader.boxes(in: box.content)
        let track = try Track(editor.reader, children)
        tracks.append(track)
        if try track.isUnwanted(in: editor.mode) {
            unwantedTracks.insert(track.id)
            if track.isSelfContained { samples += try track.table.ranges() }
            // Fragments name the track, so there it stays and holds zeros.
            if !isFragmented { return try editor.free(box) }
        }
        for header in track.headers { try editor.blankTimes(header) }
        for handler in track.handlers { try editor.blankName(handler) }
        for child in children {
            switch child.type {
            case "tkhd", "mdia": break
            case "udta": try editor.takeUserData(child)
            case "meta": try editor.takeMeta(child)
            case _ where !Self.playedInTrack.contains(child.type): try editor.dispose(of: child)
            default: break
            }
        }
    }

    private mutating func readDefaults(_ extensions: ISOBox) throws(StripError) {
        for child in try editor.reader.boxes(in: extensions.content) where child.type == "trex" {
            let bytes = try editor.reader.bytes(child.content.prefix(24))
            guard let id = bytes.unsigned(at: 4, 4), let size = bytes.unsigned(at: 16, 4) else { continue }
            defaultSizes[id] = size
        }
    }

    /// Dashboard cameras list where in the file their blocks of positions lie: an offset and a size each.
    private mutating func takeListedBlocks(_ box: ISOBox) throws(StripError) {
        let reader = editor.reader
        let content = box.content.dropping(8)
        var list = NumberList(reader, in: content, width: 8, announced: Self.maxListedBlockCount)
        for index in 0..<list.count {
            let offset = try list.number(at: index, from: 0, byteCount: 4)
            let size = try list.number(at: index, from: 4, byteCount: 4)
            guard try reader.bytes(at: offset + 4, upTo: 8).holds("freeGPS ".utf8) else { continue }
            let block = offset..<min(offset + size, reader.byteCount)
            try editor.blank(block.dropping(8))
        }
        try editor.free(box)
    }
}
