import Media

/// What a file of a still picture has beside the picture that a rendition is made of.
///
/// It names what there may be: whatever else is in the file, or a format that nobody looks at here, counts as left out.
struct StillRemainders {
    private let file: ByteView
    private let report: MediaReport

    /// `report` is what the picture's header tells.
    init(_ file: ByteView, _ report: MediaReport) {
        self.file = file
        self.report = report
    }

    /// All that there is, in the order of the cases.
    func found() -> [TranscodedStreams.Remainder] {
        var found: Set<TranscodedStreams.Remainder> = []
        if report.isAnimated == true || (report.frameCount ?? 1) > 1 { found.insert(.animation) }
        if report.hdrTransfer != nil { found.insert(.dynamicRange) }
        switch ImageFormat(file) {
        case .jpeg: found.formUnion(JPEGRemainders(file).found)
        case .png: found.formUnion(png)
        case .webp: found.formUnion(webP)
        case .bmp: found.formUnion(bitmap)
        case .heif: found.formUnion(heif(.heif))
        case .avif: found.formUnion(heif(.avif))
        // Layers, pages, previews and channels of such files are not looked for.
        case .gif, .tiff, .jpegXL, .jpeg2000, .photoshop, .icon, nil: found.insert(.untold)
        }
        return TranscodedStreams.Remainder.allCases.filter(found.contains)
    }

    // MARK: - PNG

    private static let maxParts = 100_000

    /// Chunks of the picture and of notes about it (PNG, third edition, table 7); `iDOT` is Apple's way to decode it in halves.
    private static let pngChunks: Set<String> = [
        "IHDR", "PLTE", "IDAT", "tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "mDCV", "cLLI", "bKGD", "hIST",
        "pHYs", "sPLT", "tEXt", "zTXt", "iTXt", "tIME", "eXIf", "iDOT",
    ]

    /// Each chunk must have the check that it tells, and the last one be the end of the file.
    private var png: Set<TranscodedStreams.Remainder> {
        var found: Set<TranscodedStreams.Remainder> = []
        var offset = 8
        for _ in 0..<Self.maxParts {
            let named = file.view(at: offset + 4, count: 4)
            guard let length = file.number(at: offset, count: 4), named.count == 4,
                let check = file.number(at: offset + 8 + length, count: 4)
            else { break }
            var sum = CRC32()
            sum.update(file.view(at: offset + 4, count: length + 4).buffer)
            guard Int(sum.value) == check else { break }
            offset += length + 12
            let name = String(decoding: named.buffer, as: UTF8.self)
            switch name {
            case "IEND":
                if offset != file.count { found.insert(.unread) }
                return found
            case "acTL", "fcTL", "fdAT": found.insert(.animation)
            case "iTXt":
                found.formUnion(PictureNotes.remainders(in: file.view(at: offset - length - 4, count: length)))
            default:
                if !Self.pngChunks.contains(name) { found.insert(.unread) }
            }
        }
        return found.union([.unread])
    }

    // MARK: - WebP and BMP

    /// Chunks of a still picture and of notes about it (RFC 9649, 2.7); one behind the other to the end that the file tells.
    private var webP: Set<TranscodedStreams.Remainder> {
        var found: Set<TranscodedStreams.Remainder> = []
        guard let size = file.number(at: 4, count: 4, bigEndian: false), size + 8 + (size & 1) == file.count else {
            return [.unread]
        }
        var offset = 12
        for _ in 0..<Self.maxParts {
            guard offset < file.count else { return found }
            guard let length = file.number(at: offset + 4, count: 4, bigEndian: false) else { break }
            let content = file.view(at: offset + 8, count: length)
            guard content.count == length else { break }
            switch String(decoding: file.view(at: offset, count: 4).buffer, as: UTF8.self) {
            case "VP8 ", "VP8L", "VP8X", "ALPH", "ICCP", "EXIF": break
            case "XMP ": found.formUnion(PictureNotes.remainders(in: content))
            case "ANIM", "ANMF": found.insert(.animation)
            default: found.insert(.unread)
            }
            offset += 8 + length + (length & 1)
        }
        return found.union([.unread])
    }

    /// The file is as long as its header tells.
    private var bitmap: Set<TranscodedStreams.Remainder> {
        file.number(at: 2, count: 4, bigEndian: false) == file.count ? [] : [.unread]
    }

    // MARK: - HEIC and AVIF

    /// Items of pictures and of notes about them (ISO/IEC 23008-12); a gain map (`tmap`), an overlay, notes that nobody reads here (`mime`)
    /// and others are none of them.
    private static let items: Set<String> = ["hvc1", "av01", "grid", "Exif"]
    private static let boxes: Set<String> = ["ftyp", "meta", "mdat", "free", "skip"]

    /// One picture, with nothing beside it but its transparency and thumbnails, and no box that has other things.
    private func heif(_ format: ImageFormat) -> Set<TranscodedStreams.Remainder> {
        var found: Set<TranscodedStreams.Remainder> = []
        let outer = BoxView.all(in: file)
        if outer.contains(where: { $0.type == "moov" }) { found.insert(.animation) }
        let end = outer.reduce(0) { $0 + $1.content.count + 8 }
        // A long box has eight bytes more.
        let isWhole = end <= file.count && file.count - end <= 8 * outer.count
        let isKnown = outer.allSatisfy { Self.boxes.contains($0.type) || $0.type == "moov" }
        // Of several indices only one is read.
        let isOne = outer.count { $0.type == "meta" } == 1
        if !isWhole || !isKnown || !isOne { found.insert(.unread) }
        guard let decoder = try? HEIFDecoder(format, file), let items = HEIFItems(file) else {
            return found.union([.untold])
        }
        if decoder.hasMaps || items.hasFurtherPictures { found.insert(.pictures) }
        if decoder.isHighRange { found.insert(.dynamicRange) }
        if !items.types.values.allSatisfy(Self.items.contains) { found.insert(.unread) }
        return found
    }
}

/// What notes of Adobe's form (XMP) tell of a picture that is more than one picture.
enum PictureNotes {
    /// A sphere; maps of depth; of gain; a film behind the picture.
    private static let marks: [(text: String, remainder: TranscodedStreams.Remainder)] = [
        ("GPano", .depth), ("GDepth", .depth), ("GImage", .depth), ("depthmap", .depth), ("hdrgm", .dynamicRange),
        ("HDRGainMap", .dynamicRange), ("MotionPhoto", .pictures), ("MicroVideo", .pictures),
    ]

    static func remainders(in notes: ByteView) -> Set<TranscodedStreams.Remainder> {
        let text = String(decoding: notes.buffer, as: UTF8.self)
        return Set(marks.filter { text.contains($0.text) }.map(\.remainder))
    }
}
