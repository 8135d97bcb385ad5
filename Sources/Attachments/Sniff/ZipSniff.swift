/// ZIP, and the document formats that are ZIP inside.
enum ZipSniff {
    static func sniff(_ prefix: SniffPrefix) -> SniffedType? {
        if prefix.has([0x50, 0x4B, 0x05, 0x06], at: 0) || prefix.has([0x50, 0x4B, 0x07, 0x08], at: 0) {
            return .document(TypeFamily.zipBase)
        }
        guard prefix.has(localHeader, at: 0) else { return nil }
        if let declared = declaredType(prefix) {
            return .document(declared)
        }
        let names = entryNames(prefix)
        let match = folders.first { row in names.contains { $0.hasPrefix(row.prefix) } }
        return .document(match?.mediaType ?? TypeFamily.zipBase)
    }

    private static let localHeader: [UInt8] = [0x50, 0x4B, 0x03, 0x04]

    private static let folders: [(prefix: String, mediaType: String)] = [
        ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
        ("AndroidManifest.xml", "application/vnd.android.package-archive"),
        ("META-INF/MANIFEST.MF", "application/java-archive"),
    ]

    /// EPUB and OpenDocument begin with a stored entry, `mimetype`, that is the type itself.
    private static func declaredType(_ prefix: SniffPrefix) -> String? {
        guard prefix.has("mimetype", at: 30), prefix.littleEndian(at: 26, byteCount: 2) == 8,
            let extraByteCount = prefix.littleEndian(at: 28, byteCount: 2)
        else { return nil }
        let start = 38 + Int(extraByteCount)
        let end = prefix.offset(of: [0x50, 0x4B], from: start) ?? prefix.count
        guard start <= end, end - start <= 100, let text = prefix.ascii(at: start, byteCount: end - start) else {
            return nil
        }
        let isKnown = text == "application/epub+zip" || text.hasPrefix("application/vnd.oasis.opendocument.")
        return isKnown && text.utf8.allSatisfy { $0 > 0x20 } ? text : nil
    }

    /// The names of the entries whose headers lie in the prefix.
    private static func entryNames(_ prefix: SniffPrefix) -> [String] {
        var names: [String] = []
        var next = prefix.offset(of: localHeader)
        while let header = next {
            if let byteCount = prefix.littleEndian(at: header + 26, byteCount: 2),
                let name = prefix.ascii(at: header + 30, byteCount: Int(byteCount))
            {
                names.append(name)
            }
            next = prefix.offset(of: localHeader, from: header + 4)
        }
        return names
    }
}
