import Media

/// What stripping must leave as it was.
struct KeptFacts: Equatable {
    /// As EXIF numbers it; 1 where nothing is told, or where the format has another way to tell.
    var orientation = 1
    var colorProfileByteCount: Int64 = 0
}

/// Plans the stripping of a file of a known format (JPEG, PNG, WebP, HEIF, AVIF, MP4, QuickTime).
enum Stripper {
    /// The edits that take a file's metadata out; fails where it cannot be told that they take all of it.
    ///
    /// Writes nothing. The stripped file is read again, by the plan, with the same eyes: there must be nothing left to do,
    /// and orientation and colour profile must be what they were.
    static func plan(for file: any ByteSource, mode: StripMode) throws(StripError) -> StripPlan {
        guard mode != .off else { return try EditList().plan(for: file.byteCount) }
        let (plan, kept) = try survey(file, mode)
        guard !plan.isEmpty else { return plan }
        let (rest, keptAfterwards) = try survey(StrippedView(of: file, by: plan), mode)
        guard rest.isEmpty else {
            throw StripError(.incomplete, "The stripped file would still hold what was to go.")
        }
        guard kept == keptAfterwards else {
            throw StripError(.incomplete, "The stripped file would lack what was to stay.")
        }
        return plan
    }

    private static func survey(
        _ file: any ByteSource,
        _ mode: StripMode
    ) throws(StripError) -> (plan: StripPlan, kept: KeptFacts) {
        let start = try StripReader(source: file).bytes(at: 0, upTo: 16)
        let (edits, kept): (EditList, KeptFacts)
        if start.holds([0xFF, 0xD8, 0xFF]) {
            let image = try JPEGFile(file, mode: mode)
            (edits, kept) = (image.edits, image.kept)
        } else if start.holds(PNGStrip.signature) {
            let image = try PNGStrip(file, mode: mode)
            (edits, kept) = (image.edits, image.kept)
        } else if start.holds("RIFF".utf8), start.holds("WEBP".utf8, at: 8) {
            let image = try WebPStrip(file, mode: mode)
            (edits, kept) = (image.edits, image.kept)
        } else if ISOFile.mayBegin(with: start) {
            (edits, kept) = (try ISOFile(file, mode: mode).edits, KeptFacts())
        } else {
            throw StripError(.unsupported, "Metadata is not taken out of files of this format.")
        }
        return (try edits.plan(for: file.byteCount), kept)
    }
}
