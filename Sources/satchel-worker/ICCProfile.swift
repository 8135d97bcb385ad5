/// What is read of an ICC profile (ICC.1:2010).
enum ICCProfile {
    private static let maxNameLength = 100

    /// The profile's description in ASCII; nil where there is none.
    static func name(of profile: [UInt8]) -> String? {
        let bytes = ByteView(ImageBytes(copying: profile))
        guard let count = bytes.number(at: 128, count: 4) else { return nil }
        for index in 0..<min(count, 100) where bytes.hasText("desc", at: 132 + 12 * index) {
            guard let offset = bytes.number(at: 136 + 12 * index, count: 4),
                let byteCount = bytes.number(at: 140 + 12 * index, count: 4)
            else { return nil }
            return text(bytes.view(at: offset, count: byteCount))
        }
        return nil
    }

    private static func text(_ tag: ByteView) -> String? {
        var characters: [UInt8]
        if tag.hasText("desc"), let count = tag.number(at: 8, count: 4) {
            characters = tag.view(at: 12, count: min(count, maxNameLength)).bytes
        } else if tag.hasText("mluc"), let byteCount = tag.number(at: 20, count: 4),
            let offset = tag.number(at: 24, count: 4)
        {
            // UTF-16, of the first language.
            let units = tag.view(at: offset, count: min(byteCount, 2 * maxNameLength))
            characters = (0..<units.count / 2)
                .map { UInt8(exactly: units.number(at: 2 * $0, count: 2) ?? 0) ?? UInt8(ascii: "?") }
        } else {
            return nil
        }
        characters = characters.prefix { $0 != 0 }.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
        return characters.isEmpty ? nil : String(decoding: characters, as: UTF8.self)
    }
}
