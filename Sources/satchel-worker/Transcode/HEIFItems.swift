/// The items that a HEIF file names (ISO/IEC 14496-12, 8.11.6).
enum HEIFItems {
    private static let maxCount = 100_000

    /// The four letters of each item's type; nil where they cannot be read.
    static func types(in file: ByteView) -> [String]? {
        // Full boxes: version and flags come first.
        guard let meta = BoxView.first("meta", in: file)?.view(at: 4), let infos = BoxView.first("iinf", in: meta),
            let version = infos.number(at: 0, count: 1)
        else { return nil }
        let countByteCount = version == 0 ? 2 : 4
        guard let count = infos.number(at: 4, count: countByteCount), count <= maxCount else { return nil }
        let entries = BoxView.all(in: infos.view(at: 4 + countByteCount))
        guard entries.count == count else { return nil }
        var types: [String] = []
        for entry in entries {
            // Of the versions of before, items have no type.
            guard entry.type == "infe", let version = entry.content.number(at: 0, count: 1), (2...3).contains(version)
            else { return nil }
            // The item's number, and how it is protected.
            let type = entry.content.view(at: 4 + (version == 2 ? 2 : 4) + 2, count: 4)
            guard type.count == 4 else { return nil }
            types.append(String(decoding: type.buffer, as: UTF8.self))
        }
        return types
    }
}
