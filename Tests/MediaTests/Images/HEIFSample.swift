import TestSupport

/// Builds HEIC files (ISO/IEC 23008-12) around one picture that ffmpeg has encoded.
struct HEIFSample {
    /// The picture's size; its top left corner is red.
    static let width = 256
    static let height = 192

    private let configuration: [UInt8]
    private let picture: [UInt8]

    /// Encodes the picture.
    init(_ fixtures: MediaFixtures) throws {
        let path = try fixtures.video(
            "picture.mp4",
            codec: .hevc,
            width: Self.width,
            height: Self.height,
            seconds: 0.04
        )
        let file = try fixtures.bytes(of: path)
        guard let configuration = Self.box("hvcC", in: file), let picture = Self.box("mdat", in: file)?.dropFirst(8)
        else {
            throw MediaFixtureError(message: "ffmpeg's file has no picture")
        }
        self.configuration = configuration
        self.picture = Array(picture)
    }

    /// A file with the picture alone, or with a grid of it cut to a size.
    ///
    /// The last item is the one that counts, unless another is named; those of these numbers, from 1 on, are not for showing.
    func file(
        properties: [[UInt8]] = [],
        grid: (columns: Int, rows: Int, width: Int, height: Int)? = nil,
        primary: Int? = nil,
        hidden: Set<Int> = []
    ) -> [UInt8] {
        let tileCount = grid.map { $0.columns * $0.rows } ?? 1
        // The tiles are items 1 and following; a grid of them comes last.
        let items = Array(1...tileCount) + (grid == nil ? [] : [tileCount + 1])
        let last = items.count
        var boxes = [
            configuration, Self.full("ispe", ImageSamples.big(Self.width, 4) + ImageSamples.big(Self.height, 4)),
        ]
        var references: [UInt8] = []
        var description: [UInt8] = []
        if let grid {
            let size = ImageSamples.big(grid.width, 2) + ImageSamples.big(grid.height, 2)
            description = [0, 0, UInt8(grid.rows - 1), UInt8(grid.columns - 1)] + size
            boxes.append(Self.full("ispe", ImageSamples.big(grid.width, 4) + ImageSamples.big(grid.height, 4)))
            let tiles = (1...tileCount).flatMap { ImageSamples.big($0, 2) }
            let derived = Self.box("dimg", ImageSamples.big(last, 2) + ImageSamples.big(tileCount, 2) + tiles)
            references = Self.full("iref", derived)
        }
        let firstOfLast = grid == nil ? [1, 2] : [3]
        let others = boxes.count + 1..<boxes.count + 1 + properties.count
        boxes += properties
        var associations = ImageSamples.big(items.count, 4)
        for item in items {
            let indices = item == last ? firstOfLast + others : [1, 2]
            associations += ImageSamples.big(item, 2) + [UInt8(indices.count)] + indices.map { UInt8($0) }
        }
        let entries = items.flatMap { item in
            let type = item > tileCount ? "grid" : "hvc1"
            let head = [2, 0, 0, hidden.contains(item) ? 1 : 0] + ImageSamples.big(item, 2) + [0, 0]
            return Self.box("infe", head + [UInt8](type.utf8) + [0])
        }
        let contents = items.map { $0 > tileCount ? description : picture }
        let ftyp = Self.box("ftyp", [UInt8]("heic\0\0\0\0mif1heic".utf8))
        func meta(dataOffset: Int) -> [UInt8] {
            var offset = dataOffset
            var places: [UInt8] = [0x44, 0x00] + ImageSamples.big(items.count, 2)
            for (item, content) in zip(items, contents) {
                places += ImageSamples.big(item, 2) + [0, 0, 0, 1]
                places += ImageSamples.big(offset, 4) + ImageSamples.big(content.count, 4)
                offset += content.count
            }
            return Self.full(
                "meta",
                Self.full("hdlr", [0, 0, 0, 0] + [UInt8]("pict".utf8) + [UInt8](repeating: 0, count: 13))
                    + Self.full("pitm", ImageSamples.big(primary ?? last, 2)) + Self.full("iloc", places)
                    + Self.full("iinf", ImageSamples.big(items.count, 2) + entries) + references
                    + Self.box("iprp", Self.box("ipco", boxes.flatMap { $0 }) + Self.full("ipma", associations))
            )
        }
        let before = ftyp.count + meta(dataOffset: 0).count + 8
        return ftyp + meta(dataOffset: before) + Self.box("mdat", contents.flatMap { $0 })
    }

    /// The property of quarter turns against the clock.
    static func turn(_ quarters: Int) -> [UInt8] { box("irot", [UInt8(quarters)]) }

    /// The property of a mirroring: 0 changes top and bottom, 1 left and right.
    static func mirroring(_ axis: Int) -> [UInt8] { box("imir", [UInt8(axis)]) }

    /// The property of a colour space by its code points (ITU-T H.273).
    static func color(primaries: Int, transfer: Int, matrix: Int) -> [UInt8] {
        let numbers = [primaries, transfer, matrix].flatMap { ImageSamples.big($0, 2) }
        return box("colr", [UInt8]("nclx".utf8) + numbers + [0x80])
    }

    /// The property of an ICC profile.
    static func profile(_ bytes: [UInt8]) -> [UInt8] { box("colr", [UInt8]("prof".utf8) + bytes) }

    private static func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
        ImageSamples.big(content.count + 8, 4) + [UInt8](type.utf8) + content
    }

    private static func full(_ type: String, _ content: [UInt8]) -> [UInt8] { box(type, [0, 0, 0, 0] + content) }

    /// The first box of a type, wherever it lies.
    private static func box(_ type: String, in file: [UInt8]) -> [UInt8]? {
        let mark = [UInt8](type.utf8)
        for index in 4..<max(file.count - 4, 4) where file[index..<index + 4].elementsEqual(mark) {
            let size = file[index - 4..<index].reduce(0) { $0 << 8 | Int($1) }
            guard size >= 8, index - 4 + size <= file.count else { continue }
            return Array(file[index - 4..<index - 4 + size])
        }
        return nil
    }
}
