import Media

/// Decodes a baseline JPEG at an eighth of its size: a sample for each block of eight by eight.
///
/// At that size brightness needs of a block its mean alone, and most of the data is gone over, several coefficients at a
/// time; libjpeg decodes each. The samples are those that libjpeg has.
///
/// The pointers in here are valid as long as the planes, the lookups and the data, which this object holds. What is written
/// lies in the planes, whose sizes follow from the number of units that the loop counts; what is read lies in the lookups,
/// which have an entry for each number of their bits, and in the data's piece, whose slack is more than a unit can have.
final class JPEGEighth {
    let frame: JPEGFrame
    private(set) var planes: [JPEGPlane] = []
    /// How many units there are in a row, and rows of them.
    private let unitColumns: Int
    private let unitRows: Int

    private let data: JPEGEntropyBytes
    /// Those of a unit.
    private let blocks: UnsafeMutableBufferPointer<JPEGBlock>
    /// By component the mean that the next block's differs from.
    private let means: UnsafeMutableBufferPointer<Int>
    private let transform = JPEGTransform()

    /// Nil where a file is better left to libjpeg.
    init?(_ file: ByteView) throws(MediaFailure) {
        guard let frame = JPEGFrame(file) else { return nil }
        let columns = frame.components.reduce(1) { max($0, $1.columns) }
        let rows = frame.components.reduce(1) { max($0, $1.rows) }
        self.frame = frame
        unitColumns = (frame.width + 8 * columns - 1) / (8 * columns)
        unitRows = (frame.height + 8 * rows - 1) / (8 * rows)
        data = JPEGEntropyBytes(file, from: frame.dataOffset)
        blocks = .allocate(capacity: frame.components.reduce(0) { $0 + $1.columns * $1.rows })
        means = .allocate(capacity: frame.components.count)
        means.initialize(repeating: 0)
        for component in frame.components {
            let plane = try JPEGPlane(
                component,
                most: (columns, rows),
                width: unitColumns * component.columns,
                height: unitRows * component.rows
            )
            guard let plane else { return nil }
            planes.append(plane)
        }
    }

    deinit {
        blocks.deallocate()
        means.deallocate()
    }

    /// Fills the planes; false where the data is not what it should be, or ends early.
    func decode() -> Bool {
        var bits = JPEGBits(at: data.start)
        var unitsToRestart = frame.restartInterval
        var restartCount = 0
        for row in 0..<unitRows {
            begin(row)
            for _ in 0..<unitColumns {
                if frame.restartInterval > 0, unitsToRestart == 0 {
                    guard restart(restartCount & 7, &bits) else { return false }
                    restartCount += 1
                    unitsToRestart = frame.restartInterval
                }
                unitsToRestart &-= 1
                if bits.next > data.limit {
                    guard makeRoom(for: &bits) else { return false }
                }
                for index in blocks.indices {
                    guard decode(&blocks[index], &bits) else { return false }
                }
            }
        }
        return !isOver(bits)
    }

    /// Points the blocks to a row of units.
    private func begin(_ row: Int) {
        var index = 0
        for (number, (component, plane)) in zip(frame.components, planes).enumerated() {
            for line in 0..<component.rows {
                let samples = plane.pixels.row((row * component.rows + line) * plane.side)
                guard let start = samples.baseAddress else { continue }
                for column in 0..<component.columns {
                    let block = JPEGBlock(plane, number, at: start + column * plane.side, unitWidth: component.columns)
                    blocks.initializeElement(at: index, to: block)
                    index += 1
                }
            }
        }
    }

    /// Goes on behind a restart marker.
    private func restart(_ number: Int, _ bits: inout JPEGBits) -> Bool {
        if !data.isLast { _ = makeRoom(for: &bits) }
        // Before the marker there are only the bits that fill up the last byte.
        guard data.isLast, (0..<8).contains(rest(bits)), data.restart(number) else { return false }
        bits = JPEGBits(at: data.start)
        means.update(repeating: 0)
        return true
    }

    /// Sees to it that the next unit is in memory; false where the data has ended.
    private func makeRoom(for bits: inout JPEGBits) -> Bool {
        guard !data.isLast else { return !isOver(bits) }
        data.advance(to: bits.next)
        bits.move(to: data.start)
        return true
    }

    private func isOver(_ bits: JPEGBits) -> Bool { data.isLast && rest(bits) < 0 }

    /// How many bits of the piece are left; negative where more were read.
    private func rest(_ bits: JPEGBits) -> Int { (UnsafePointer(data.end) - bits.next) * 8 + bits.count }
}

extension JPEGEighth {
    @inline(__always)
    private func decode(_ block: inout JPEGBlock, _ bits: inout JPEGBits) -> Bool {
        bits.refill()
        guard let bitCount = symbol(&bits, block.meanSymbols, of: block.component, isMean: true) else { return false }
        let mean = means[block.component] &+ bits.number(bitCount)
        // Four times brighter or darker than any sample: libjpeg has its own view of that.
        guard abs(mean &* block.meanFactor) < 4_096 else { return false }
        means[block.component] = mean
        if let runs = block.runs {
            block.put(mean)
            guard skip(block, runs, &bits) else { return false }
        } else if let values = block.values {
            guard read(block, values, mean, &bits) else { return false }
        }
        block.samples += block.step
        return true
    }

    /// Goes over the coefficients of a block.
    @inline(__always)
    private func skip(_ block: JPEGBlock, _ runs: UnsafePointer<UInt16>, _ bits: inout JPEGBits) -> Bool {
        var place = 1
        var before: (bits: JPEGBits, place: Int)
        repeat {
            bits.refill()
            before = (bits, place)
            var entry = Int(runs[bits.peek(JPEGEntry.runBitCount)])
            bits.skip(by: entry)
            place &+= entry &>> 8
            guard place <= JPEGEntry.coefficientCount else { break }
            // An entry has 23 bits at most, so that there are enough for a second one.
            before = (bits, place)
            entry = Int(runs[bits.peek(JPEGEntry.runBitCount)])
            bits.skip(by: entry)
            place &+= entry &>> 8
        } while place <= JPEGEntry.coefficientCount
        if isEnd(place) { return true }
        guard let rest = skipSingly(block.component, block.symbols, before.bits, from: before.place) else {
            return false
        }
        bits = rest
        return true
    }

    /// The last coefficient was reached, or the end came before it.
    @inline(__always)
    private func isEnd(_ place: Int) -> Bool {
        place == 64 || place > JPEGEntry.end && place < JPEGEntry.end + 64
    }

    /// Goes over the rest of a block symbol by symbol, where several are too many or a code is long; nil where there is none.
    ///
    /// Takes and gives values, so that the caller's bits stay in registers.
    @inline(never)
    private func skipSingly(
        _ component: Int,
        _ symbols: UnsafePointer<UInt16>,
        _ start: JPEGBits,
        from first: Int
    ) -> JPEGBits? {
        var bits = start
        var place = first
        while place <= JPEGEntry.coefficientCount {
            bits.refill()
            guard let symbol = symbol(&bits, symbols, of: component, isMean: false) else { return nil }
            let run = JPEGRun(symbol, codeLength: 0)
            bits.skip(run.bitCount)
            place &+= run.count
        }
        return isEnd(place) ? bits : nil
    }

    /// Reads the coefficients of a block, and makes two by two samples of them.
    @inline(__always)
    private func read(
        _ block: JPEGBlock,
        _ values: UnsafePointer<UInt64>,
        _ mean: Int,
        _ bits: inout JPEGBits
    ) -> Bool {
        transform.clear()
        transform.add(mean, at: 0, block.factors)
        var place = 1
        while true {
            bits.refill()
            let before = (bits: bits, place: place)
            let entry = Int(truncatingIfNeeded: values[bits.peek(JPEGEntry.valueBitCount)])
            bits.skip(by: entry)
            add(entry, at: place, block)
            place &+= entry &>> 8 & 0xFF
            if place > JPEGEntry.coefficientCount {
                if isEnd(place) { break }
                // Takes back what was too much.
                add(entry, at: before.place, block, times: -1)
                (bits, place) = before
                guard let symbol = symbol(&bits, block.symbols, of: block.component, isMean: false) else {
                    return false
                }
                let run = JPEGRun(symbol, codeLength: 0)
                let number = bits.number(run.bitCount)
                place &+= run.count
                if place <= 64 { transform.add(number, at: place &- 1, block.factors) }
                if place > JPEGEntry.coefficientCount {
                    guard isEnd(place) else { return false }
                    break
                }
            }
        }
        transform.put(to: block)
        return true
    }

    /// Adds the numbers of a lookup's entry to the coefficients from a place on.
    @inline(__always)
    private func add(_ entry: Int, at place: Int, _ block: JPEGBlock, times sign: Int = 1) {
        let first = Int(Int16(truncatingIfNeeded: entry &>> 32))
        transform.add(sign &* first, at: place &+ (entry &>> 16 & 0xFF), block.factors)
        transform.add(sign &* (entry &>> 48), at: place &+ (entry &>> 24 & 0xFF), block.factors)
    }

    /// The next symbol; nil where no code begins so.
    @inline(__always)
    private func symbol(
        _ bits: inout JPEGBits,
        _ lookup: UnsafePointer<UInt16>,
        of component: Int,
        isMean: Bool
    ) -> Int? {
        let entry = Int(lookup[bits.peek(JPEGEntry.symbolBitCount)])
        guard entry == 0 else {
            bits.skip(entry &>> 8)
            return entry & 0xFF
        }
        let long = longSymbol(bits.peek(JPEGHuffmanCode.maxLength), of: component, isMean: isMean)
        guard long > 0 else { return nil }
        bits.skip(long &>> 8)
        return long & 0xFF
    }

    /// The symbol that 16 bits begin with in the low byte, and its code's length above it; 0 where no code begins so.
    @inline(never)
    private func longSymbol(_ bits: Int, of component: Int, isMean: Bool) -> Int {
        let component = frame.components[component]
        let code = isMean ? component.meanCode : component.coefficientCode
        return code?.symbol(of: bits).map { $0.length << 8 | $0.symbol } ?? 0
    }
}
