import Catalog

/// The family of the ISO base media format: MP4, QuickTime, 3GP, HEIF, AVIF (ISO/IEC 14496-12).
enum ISOMediaSniff {
    static func sniff(_ prefix: SniffPrefix) -> SniffedType? {
        guard let size = prefix.bigEndian(at: 0, byteCount: 4) else { return nil }
        if prefix.has("ftyp", at: 4) {
            guard (8...0xFFFF).contains(size), let branded = brandedType(prefix, typeBoxByteCount: Int(size)) else {
                return nil
            }
            return withoutPicture(branded, prefix)
        }
        // QuickTime before the file type box; text may hold the same four letters.
        guard !prefix.hasNoControlBytes, size <= 1 || size >= 8,
            ["moov", "mdat", "wide", "free", "skip", "pnot"].contains(where: { prefix.has($0, at: 4) })
        else { return nil }
        return .video("video/quicktime")
    }

    // MARK: - Brands

    private static let brands: [String: SniffedType] = [
        "avif": .image("image/avif"), "avis": .image("image/avif"),
        "heic": .image("image/heic"), "heix": .image("image/heic"),
        "heim": .image("image/heic"), "heis": .image("image/heic"),
        "hevc": .image("image/heic-sequence"), "hevx": .image("image/heic-sequence"),
        "hevm": .image("image/heic-sequence"), "hevs": .image("image/heic-sequence"),
        "mif1": .image("image/heif"), "mif2": .image("image/heif"), "msf1": .image("image/heif-sequence"),
        "crx ": .image("image/x-canon-cr3"),
        "M4A ": .audio("audio/mp4"), "M4B ": .audio("audio/mp4"), "M4P ": .audio("audio/mp4"),
        "F4A ": .audio("audio/mp4"), "F4B ": .audio("audio/mp4"),
        "M4V ": .video("video/x-m4v"), "M4VH": .video("video/x-m4v"), "M4VP": .video("video/x-m4v"),
        "qt  ": .video("video/quicktime"),
        "mp41": .video("video/mp4"), "mp42": .video("video/mp4"), "isom": .video("video/mp4"),
        "avc1": .video("video/mp4"), "dash": .video("video/mp4"),
    ]

    /// Brands that say only "an item file"; a compatible brand says which codec.
    private static let moreExact: [String: Set<String>] = [
        "mif1": ["avif", "avis"], "mif2": ["avif", "avis"], "msf1": ["avis", "hevc", "hevx"],
    ]

    private static func brandedType(_ prefix: SniffPrefix, typeBoxByteCount: Int) -> SniffedType? {
        guard let major = prefix.ascii(at: 8, byteCount: 4) else { return nil }
        let compatible = stride(from: 16, to: min(typeBoxByteCount, prefix.count), by: 4)
            .compactMap {
                prefix.ascii(at: $0, byteCount: 4)
            }
        if let exact = compatible.first(where: { moreExact[major]?.contains($0) == true }) {
            return brands[exact]
        }
        if let known = brand(major) ?? compatible.lazy.compactMap(brand).first {
            return known
        }
        // Makers of cameras have brands of their own.
        return major.contains { $0.isLetter || $0.isNumber } ? .video("video/mp4") : nil
    }

    private static func brand(_ name: String) -> SniffedType? {
        if let known = brands[name] { return known }
        if name.hasPrefix("3g2") { return .video("video/3gpp2") }
        return name.hasPrefix("3g") ? .video("video/3gpp") : nil
    }

    // MARK: - Tracks

    private struct Tracks {
        var isComplete = false
        var hasVideo = false
        var hasAudio = false
    }

    /// A voice message in a video's container is audio; known when the whole index lies in the prefix.
    private static func withoutPicture(_ type: SniffedType, _ prefix: SniffPrefix) -> SniffedType {
        guard type.kind == .video else { return type }
        var tracks = Tracks()
        readBoxes(of: prefix, in: 0..<prefix.count, into: &tracks)
        guard tracks.isComplete, tracks.hasAudio, !tracks.hasVideo else { return type }
        return soundType(for: type) ?? type
    }

    /// What a file of one of this family's video types is when it holds sound alone; nil for other types.
    static func soundType(for type: SniffedType) -> SniffedType? {
        switch type.mediaType {
        case "video/3gpp": .audio("audio/3gpp")
        case "video/3gpp2": .audio("audio/3gpp2")
        case "video/mp4", "video/x-m4v", "video/quicktime": .audio("audio/mp4")
        default: nil
        }
    }

    private static func readBoxes(of prefix: SniffPrefix, in range: Range<Int>, into tracks: inout Tracks) {
        var offset = range.lowerBound
        while offset + 8 <= range.upperBound, var size = prefix.bigEndian(at: offset, byteCount: 4) {
            var headerByteCount = 8
            if size == 1 {
                guard let large = prefix.bigEndian(at: offset + 8, byteCount: 8) else { return }
                size = large
                headerByteCount = 16
            } else if size == 0 {
                size = UInt64(range.upperBound - offset)
            }
            // A box beyond the prefix ends the walk in any case.
            let byteCount = Int(min(size, UInt64(Int32.max)))
            guard byteCount >= headerByteCount else { return }
            let end = min(offset + byteCount, range.upperBound)
            let content = min(offset + headerByteCount, end)..<end
            if prefix.has("moov", at: offset + 4) {
                tracks.isComplete = offset + byteCount <= range.upperBound
                readBoxes(of: prefix, in: content, into: &tracks)
            } else if prefix.has("trak", at: offset + 4) || prefix.has("mdia", at: offset + 4) {
                readBoxes(of: prefix, in: content, into: &tracks)
            } else if prefix.has("hdlr", at: offset + 4) {
                tracks.hasVideo = tracks.hasVideo || prefix.has("vide", at: content.lowerBound + 8)
                tracks.hasAudio = tracks.hasAudio || prefix.has("soun", at: content.lowerBound + 8)
            }
            offset += byteCount
        }
    }
}
