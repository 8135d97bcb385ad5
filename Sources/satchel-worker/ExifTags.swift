/// What is read from EXIF (CIPA DC-008), which is a TIFF structure.
struct ExifTags {
    private enum Tag {
        static let orientation = 0x0112
        static let exif = 0x8769
        static let taken = 0x9003
        static let digitized = 0x9004
        static let takenOffset = 0x9011
        static let digitizedOffset = 0x9012
        static let takenFraction = 0x9291
        static let digitizedFraction = 0x9292
    }

    /// From IFD0; nil where it is missing or none of the eight.
    let orientation: Orientation?
    /// When the picture was taken, else digitized: ISO 8601, with an offset where one is told.
    let capturedAt: String?

    /// Nil for a broken structure.
    init?(_ tiff: ByteView) {
        guard let main = TIFFDirectory(tiff) else { return nil }
        orientation = main.number(Tag.orientation).flatMap { Orientation(exif: $0) }
        let exif = main.directories(Tag.exif).first
        capturedAt =
            exif.flatMap { Self.moment($0, Tag.taken, fraction: Tag.takenFraction, offset: Tag.takenOffset) }
            ?? exif.flatMap {
                Self.moment($0, Tag.digitized, fraction: Tag.digitizedFraction, offset: Tag.digitizedOffset)
            }
    }

    /// `YYYY:MM:DD HH:MM:SS` and its companions as ISO 8601; nil for a moment that no calendar has.
    private static func moment(_ directory: TIFFDirectory, _ tag: Int, fraction: Int, offset: Int) -> String? {
        let parts = (directory.text(tag) ?? "").prefix(19).split(whereSeparator: { !isDigit($0) })
        let numbers = parts.compactMap { Int($0) }
        guard parts.map(\.count) == [4, 2, 2, 2, 2, 2], numbers.count == 6, numbers[0] > 0,
            (1...12).contains(numbers[1]), (1...31).contains(numbers[2]), numbers[3] <= 23, numbers[4] <= 59,
            numbers[5] <= 60
        else { return nil }
        var moment = parts[..<3].joined(separator: "-") + "T" + parts[3...].joined(separator: ":")
        let decimals = (directory.text(fraction) ?? "").prefix(while: isDigit).prefix(6)
        if !decimals.isEmpty { moment += "." + decimals }
        return moment + (zone(directory.text(offset) ?? "") ?? "")
    }

    /// `+hh:mm` or `-hh:mm`; nil for what is neither.
    private static func zone(_ text: String) -> String? {
        let sign = text.prefix(1)
        let parts = text.dropFirst().prefix(5).split(separator: ":", omittingEmptySubsequences: false)
        guard sign == "+" || sign == "-", parts.count == 2,
            parts.allSatisfy({ $0.count == 2 && $0.allSatisfy(isDigit) })
        else { return nil }
        return sign + parts.joined(separator: ":")
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }
}
