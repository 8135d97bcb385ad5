/// What a baseline JPEG with one scan says of itself in front of its data (ITU T.81 B.2).
///
/// Only what nearly all photographs are: whatever is unusual is left to libjpeg, which knows what others make of it.
struct JPEGFrame {
    /// A plane of the picture.
    struct Component {
        let identifier: Int
        /// The blocks of a unit in a row, and the rows of them; 1 to 4.
        let columns: Int
        let rows: Int
        fileprivate let quantizationTable: Int
        /// What coefficients are multiplied by, in the order of the data.
        fileprivate(set) var quantization: [UInt8] = []
        fileprivate(set) var meanCode: JPEGHuffmanCode?
        fileprivate(set) var coefficientCode: JPEGHuffmanCode?
    }

    /// The most blocks of a unit (ITU T.81 B.2.3).
    static let maxUnitBlocks = 10

    private(set) var width = 0
    private(set) var height = 0
    /// One of grey; or three, of brightness and two of colour (ITU T.871).
    private(set) var components: [Component] = []
    /// How many units there are between restart markers; 0 where there are none.
    private(set) var restartInterval = 0
    /// Where the data of the scan begins.
    private(set) var dataOffset = 0

    private var quantizations: [Int: [UInt8]] = [:]
    /// By class and number, as the segment has them in one byte.
    private var codes: [Int: JPEGHuffmanCode] = [:]
    private var isJFIF = false
    /// How Adobe's segment says that the colours were transformed.
    private var adobeTransform: Int?

    /// Nil for what is not such a file, or says anything that is unusual.
    init?(_ file: ByteView) {
        guard file.number(at: 0, count: 2) == 0xFFD8 else { return nil }
        var offset = 2
        while let marker = file.number(at: offset, count: 2), let length = file.number(at: offset + 2, count: 2) {
            let content = file.view(at: offset + 4, count: length - 2)
            guard content.count == length - 2 else { return nil }
            offset += 2 + length
            guard marker != 0xFFDA else {
                dataOffset = offset
                guard takeScan(content), isInKnownColors else { return nil }
                return
            }
            guard take(marker, content) else { return nil }
        }
        return nil
    }

    private mutating func take(_ marker: Int, _ content: ByteView) -> Bool {
        switch marker {
        case 0xFFC0, 0xFFC1: return takeFrame(content)
        case 0xFFC4: return takeCodes(content)
        case 0xFFDB: return takeQuantizations(content)
        case 0xFFDD:
            guard content.count == 2, let interval = content.number(at: 0, count: 2) else { return false }
            restartInterval = interval
        case 0xFFE0:
            isJFIF = isJFIF || content.count >= 14 && content.hasText("JFIF\0")
        case 0xFFEE:
            if content.count >= 12, content.hasText("Adobe") { adobeTransform = content.number(at: 11, count: 1) }
        case 0xFFE1...0xFFEF, 0xFFFE: break
        default: return false
        }
        return true
    }

    private mutating func takeFrame(_ content: ByteView) -> Bool {
        guard components.isEmpty, content.number(at: 0, count: 1) == 8,
            let height = content.number(at: 1, count: 2), let width = content.number(at: 3, count: 2),
            let count = content.number(at: 5, count: 1), count == 1 || count == 3, content.count == 6 + 3 * count,
            width > 0, height > 0
        else { return false }
        (self.width, self.height) = (width, height)
        for index in 0..<count {
            guard let entry = content.number(at: 6 + 3 * index, count: 3) else { return false }
            let (columns, rows) = (entry >> 12 & 15, entry >> 8 & 15)
            guard (1...4).contains(columns), (1...4).contains(rows) else { return false }
            // A single component's data has no units but its blocks.
            components.append(
                Component(
                    identifier: entry >> 16,
                    columns: count == 1 ? 1 : columns,
                    rows: count == 1 ? 1 : rows,
                    quantizationTable: entry & 0xFF
                )
            )
        }
        return components.reduce(0) { $0 + $1.columns * $1.rows } <= Self.maxUnitBlocks
            && Set(components.map(\.identifier)).count == count
    }

    /// Tables of 8 bits, which is what baseline has.
    private mutating func takeQuantizations(_ content: ByteView) -> Bool {
        guard content.count % 65 == 0 else { return false }
        for offset in stride(from: 0, to: content.count, by: 65) {
            guard let number = content.number(at: offset, count: 1), number < 4 else { return false }
            quantizations[number] = content.view(at: offset + 1, count: 64).bytes
        }
        return true
    }

    private mutating func takeCodes(_ content: ByteView) -> Bool {
        var offset = 0
        while offset < content.count {
            guard let number = content.number(at: offset, count: 1), number & 15 < 4, number < 0x20 else {
                return false
            }
            let counts = content.view(at: offset + 1, count: JPEGHuffmanCode.maxLength).bytes
            offset += 1 + JPEGHuffmanCode.maxLength
            let symbols = content.view(at: offset, count: counts.reduce(0) { $0 + Int($1) }).bytes
            offset += symbols.count
            guard let code = JPEGHuffmanCode(counts: counts, symbols: symbols) else { return false }
            // Numbers of more bits than the transform of 8-bit samples has.
            let maxBitCount = number < 0x10 ? 11 : 10
            guard symbols.allSatisfy({ (number < 0x10 ? Int($0) : Int($0) & 15) <= maxBitCount }) else { return false }
            codes[number] = code
        }
        return true
    }

    /// A scan of everything, in the frame's order.
    private mutating func takeScan(_ content: ByteView) -> Bool {
        let count = components.count
        guard count > 0, content.number(at: 0, count: 1) == count, content.count == 4 + 2 * count,
            content.has([0, 63, 0], at: 1 + 2 * count)
        else { return false }
        for index in 0..<count {
            guard let entry = content.number(at: 1 + 2 * index, count: 2), entry >> 8 == components[index].identifier,
                let mean = codes[entry >> 4 & 15], let coefficients = codes[0x10 | entry & 15],
                let quantization = quantizations[components[index].quantizationTable]
            else { return false }
            components[index].quantization = quantization
            components[index].meanCode = mean
            components[index].coefficientCode = coefficients
        }
        return true
    }

    /// As libjpeg tells: three components are not red, green and blue.
    private var isInKnownColors: Bool {
        guard components.count == 3, !isJFIF else { return true }
        if let adobeTransform { return adobeTransform != 0 }
        return components.map(\.identifier) != "RGB".utf8.map { Int($0) }
    }
}
