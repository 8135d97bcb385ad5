/// Builds pictures byte by byte, so that what is in them is known for certain.
enum ImageSamples {
    /// A number in so many bytes, the most significant first.
    static func big(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * (count - 1 - $0))) }
    }

    /// A number in so many bytes, the least significant first.
    static func little(_ number: Int, _ count: Int) -> [UInt8] { big(number, count).reversed() }

    /// A PNG (third edition); a row has no filter byte yet.
    static func png(
        width: Int,
        colorType: Int,
        bitDepth: Int = 8,
        rows: [[UInt8]],
        chunks: [[UInt8]] = []
    ) -> [UInt8] {
        let header =
            big(width, 4) + big(rows.count, 4) + [UInt8(bitDepth), UInt8(colorType), 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + chunks.flatMap { $0 }
            + chunk("IDAT", zlib(rows.flatMap { [0] + $0 })) + chunk("IEND", [])
    }

    /// A chunk of a PNG.
    static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
        let named = [UInt8](type.utf8) + content
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in named {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 != 0 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return big(content.count, 4) + named + big(Int(~crc), 4)
    }

    /// Bytes as a zlib stream that is not compressed (RFC 1950, RFC 1951 3.2.4).
    static func zlib(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var offset = 0
        repeat {
            let count = min(bytes.count - offset, 65_535)
            stream += [offset + count == bytes.count ? 1 : 0] + little(count, 2) + little(~count, 2)
            stream += bytes[offset..<offset + count]
            offset += count
        } while offset < bytes.count
        var (a, b) = (1, 0)
        for byte in bytes {
            a = (a + Int(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return stream + big(b << 16 | a, 4)
    }

    /// A TIFF (6.0) of one strip without compression.
    static func tiff(
        width: Int,
        height: Int,
        photometric: Int,
        samplesPerPixel: Int,
        bitDepth: Int = 8,
        pixels: [UInt8],
        tags: [(tag: Int, type: Int, values: [Int])] = []
    ) -> [UInt8] {
        let depths = [Int](repeating: bitDepth, count: samplesPerPixel)
        var entries: [(tag: Int, type: Int, values: [Int])] = [
            (256, 4, [width]), (257, 4, [height]), (258, 3, depths), (259, 3, [1]), (262, 3, [photometric]),
            (273, 4, [8]), (277, 3, [samplesPerPixel]), (278, 4, [height]), (279, 4, [pixels.count]),
        ]
        entries += tags
        return tiff(entries, behind: pixels)
    }

    /// The bytes of a TIFF structure: some data, and a directory of tags behind it.
    static func tiff(_ entries: [(tag: Int, type: Int, values: [Int])], behind data: [UInt8] = []) -> [UInt8] {
        let data = data + [UInt8](repeating: 0, count: data.count % 2)
        let directory = 8 + data.count
        var table = little(entries.count, 2)
        var values: [UInt8] = []
        let valuesOffset = directory + 2 + 12 * entries.count + 4
        for entry in entries.sorted(by: { $0.tag < $1.tag }) {
            let size = [1: 1, 2: 1, 3: 2, 4: 4, 7: 1][entry.type] ?? 4
            let bytes = entry.values.flatMap { little($0, size) }
            table += little(entry.tag, 2) + little(entry.type, 2) + little(entry.values.count, 4)
            if bytes.count <= 4 {
                table += bytes + [UInt8](repeating: 0, count: 4 - bytes.count)
            } else {
                table += little(valuesOffset + values.count, 4)
                values += bytes + [UInt8](repeating: 0, count: bytes.count % 2)
            }
        }
        return [0x49, 0x49, 42, 0] + little(directory, 4) + data + table + little(0, 4) + values
    }

    /// EXIF with a directory of its own for what belongs there.
    static func exif(_ main: [(tag: Int, type: Int, values: [Int])], camera: [(tag: Int, text: String)] = []) -> [UInt8]
    {
        // The camera's directory comes first: its offset is then known.
        let nested = tiff(camera.map { ($0.tag, 2, $0.text.utf8.map { Int($0) } + [0]) })
        let offset = 8
        let moved = camera.isEmpty ? [] : shifted(nested)
        return tiff(main + (camera.isEmpty ? [] : [(0x8769, 4, [offset])]), behind: moved)
    }

    /// A structure without its header, which is as long as that of the one that it comes to lie in.
    private static func shifted(_ structure: [UInt8]) -> [UInt8] { Array(structure[8...]) }

    /// A matrix profile (ICC.1) with one gamma, named by its description.
    static func profile(_ name: String, gamma: Double, red: [Double], green: [Double], blue: [Double]) -> [UInt8] {
        func fixed(_ value: Double) -> [UInt8] { big(Int((value * 65_536).rounded()), 4) }
        func xyz(_ values: [Double]) -> [UInt8] { [UInt8]("XYZ \0\0\0\0".utf8) + values.flatMap(fixed) }
        let text = [UInt8](name.utf8) + [0]
        let description =
            [UInt8]("desc\0\0\0\0".utf8) + big(text.count, 4) + text + [UInt8](repeating: 0, count: 78)
        let curve = [UInt8]("curv\0\0\0\0".utf8) + big(1, 4) + big(Int((gamma * 256).rounded()), 2) + [0, 0]
        let tags: [(String, [UInt8])] = [
            ("desc", description), ("wtpt", xyz([0.9642, 1, 0.8249])), ("rXYZ", xyz(red)), ("gXYZ", xyz(green)),
            ("bXYZ", xyz(blue)), ("rTRC", curve), ("gTRC", curve), ("bTRC", curve),
        ]
        var table = big(tags.count, 4)
        var data: [UInt8] = []
        for (tag, content) in tags {
            table += [UInt8](tag.utf8) + big(132 + 12 * tags.count + data.count, 4) + big(content.count, 4)
            data += content + [UInt8](repeating: 0, count: (4 - content.count % 4) % 4)
        }
        var header = [UInt8](repeating: 0, count: 128)
        header.replaceSubrange(0..<4, with: big(128 + table.count + data.count, 4))
        header.replaceSubrange(8..<12, with: [2, 0x10, 0, 0])
        header.replaceSubrange(12..<24, with: "mntrRGB XYZ ".utf8)
        header.replaceSubrange(36..<40, with: "acsp".utf8)
        header.replaceSubrange(68..<80, with: [0.9642, 1, 0.8249].flatMap(fixed))
        return header + table + data
    }

    /// Adobe RGB (1998): its primaries adapted to D50, and its gamma.
    static let adobeRGB = profile(
        "Adobe RGB (1998)",
        gamma: 2.199_218_75,
        red: [0.609_74, 0.311_11, 0.019_47],
        green: [0.205_28, 0.625_67, 0.060_87],
        blue: [0.149_19, 0.063_22, 0.744_57]
    )
}
