import Glibc

/// Makes a picture smaller, a row at a time: by a mean of whole pixels as far as that leaves twice what is wanted, and the rest
/// by Lanczos's filter with three lobes.
///
/// What is transparent weighs nothing. One row of the source, and a few of the result, are all that is held in memory.
final class Reduction<Channel: FixedWidthInteger & UnsignedInteger> {
    /// The result's channels, in rows without padding; as many as have been given out.
    private let result: UnsafeMutableBufferPointer<Channel>
    private var givenCount = 0

    private let sourceWidth: Int
    private let sourceHeight: Int
    private let channelCount: Int
    /// Those in front of transparency.
    private let colorCount: Int
    private let box: (width: Int, height: Int)
    private let columns: LanczosWindows
    private let rows: LanczosWindows

    /// The sum of rows that go into one mean; colours are multiplied by their transparency, which is the last lane.
    private let sums: LaneRow
    /// Their means.
    private let line: LaneRow
    private let narrowed: LaneRow
    /// The rows of the result that are under way, a ring.
    private let open: [LaneRow]
    private var firstOpen = 0
    private var rowsTaken = 0
    private var rowsInSum = 0
    private var lineIndex = 0

    /// The sides of the source are at least those of the target; 1 to 4 channels, the last perhaps of transparency.
    ///
    /// `result` has room for the target, and is kept by the caller.
    init(
        width: Int,
        height: Int,
        channelCount: Int,
        hasAlpha: Bool,
        targetWidth: Int,
        targetHeight: Int,
        result: UnsafeMutableBufferPointer<Channel>
    ) {
        self.result = result
        sourceWidth = width
        sourceHeight = height
        self.channelCount = channelCount
        colorCount = channelCount - (hasAlpha ? 1 : 0)
        box = (max(1, width / (2 * targetWidth)), max(1, height / (2 * targetHeight)))
        columns = LanczosWindows(sourceLength: width, box: box.width, targetLength: targetWidth)
        rows = LanczosWindows(sourceLength: height, box: box.height, targetLength: targetHeight)
        sums = LaneRow(count: width)
        line = LaneRow(count: (width + box.width - 1) / box.width)
        narrowed = LaneRow(count: targetWidth)
        open = (0..<rows.maxOverlap).map { _ in LaneRow(count: targetWidth) }
    }

    /// The result is whole.
    var isComplete: Bool { givenCount == result.count }

    /// Takes the next row of the source.
    func take(_ row: UnsafePointer<Channel>) {
        rowsTaken += 1
        if box == (1, 1) {
            // Nothing to make a mean of.
            pour(row, into: line.lanes, adding: false)
        } else {
            pour(row, into: sums.lanes, adding: true)
            rowsInSum += 1
            guard rowsInSum == box.height || rowsTaken == sourceHeight else { return }
            average()
        }
        narrow()
        spread()
        rowsInSum = 0
        lineIndex += 1
    }

    /// The row's pixels as lanes, or added to those that are there.
    @inline(__always)
    private func pour(
        _ row: UnsafePointer<Channel>,
        into lanes: UnsafeMutableBufferPointer<SIMD4<Float>>,
        adding: Bool
    ) {
        switch (colorCount, channelCount) {
        case (3, 3):
            for column in 0..<sourceWidth {
                let pixel = row + column * 3
                let value = SIMD4(Float(pixel[0]), Float(pixel[1]), Float(pixel[2]), 0)
                lanes[column] = adding ? lanes[column] + value : value
            }
        case (3, 4):
            for column in 0..<sourceWidth {
                let pixel = row + column * 4
                let value = SIMD4(Float(pixel[0]), Float(pixel[1]), Float(pixel[2]), 1) * Float(pixel[3])
                lanes[column] = adding ? lanes[column] + value : value
            }
        case (1, 2):
            for column in 0..<sourceWidth {
                let value = SIMD4(Float(row[2 * column]), 0, 0, 1) * Float(row[2 * column + 1])
                lanes[column] = adding ? lanes[column] + value : value
            }
        default:
            for column in 0..<sourceWidth {
                var value = SIMD4<Float>.zero
                for lane in 0..<colorCount { value[lane] = Float(row[column * channelCount + lane]) }
                lanes[column] = adding ? lanes[column] + value : value
            }
        }
    }

    /// Means of the sums, and nothing in them for the next ones.
    private func average() {
        let (sums, line) = (sums.lanes, line.lanes)
        for index in line.indices {
            let start = index * box.width
            let end = min(start + box.width, sourceWidth)
            var sum = SIMD4<Float>.zero
            for column in start..<end {
                sum += sums[column]
                sums[column] = .zero
            }
            line[index] = sum * (1 / Float((end - start) * rowsInSum))
        }
    }

    private func narrow() {
        let (line, narrowed) = (line.lanes, narrowed.lanes)
        columns.weights.withUnsafeBufferPointer { weights in
            columns.windows.withUnsafeBufferPointer { windows in
                for column in narrowed.indices {
                    let window = windows[column]
                    // Sums that do not wait for each other.
                    var (even, odd) = (SIMD4<Float>.zero, SIMD4<Float>.zero)
                    var tap = 0
                    while tap + 1 < window.count {
                        even += line[window.start + tap] * weights[window.offset + tap]
                        odd += line[window.start + tap + 1] * weights[window.offset + tap + 1]
                        tap += 2
                    }
                    if tap < window.count { even += line[window.start + tap] * weights[window.offset + tap] }
                    narrowed[column] = even + odd
                }
            }
        }
    }

    /// Adds the row to the rows of the result that it has a part in, and gives out those that are complete.
    private func spread() {
        let narrowed = narrowed.lanes
        var row = firstOpen
        while row < rows.windows.count, rows.windows[row].start <= lineIndex {
            let window = rows.windows[row]
            let weight = rows.weights[window.offset + lineIndex - window.start]
            let sums = open[row % open.count].lanes
            for column in narrowed.indices { sums[column] += narrowed[column] * weight }
            if lineIndex == window.start + window.count - 1 {
                give(sums)
                firstOpen = row + 1
            }
            row += 1
        }
    }

    private func give(_ row: UnsafeMutableBufferPointer<SIMD4<Float>>) {
        let most = Float(Channel.max)
        for column in row.indices {
            var pixel = row[column]
            row[column] = .zero
            if colorCount < channelCount {
                let alpha = pixel.w
                pixel *= alpha > 0 ? 1 / alpha : 0
                pixel[colorCount] = alpha
            }
            for lane in 0..<channelCount {
                result[givenCount] = Channel(truncatingIfNeeded: Int(min(max(pixel[lane], 0), most) + 0.5))
                givenCount += 1
            }
        }
    }
}

/// Pixels of four lanes, all zero to begin with.
///
/// Owns the memory.
private final class LaneRow {
    let lanes: UnsafeMutableBufferPointer<SIMD4<Float>>

    init(count: Int) {
        lanes = .allocate(capacity: count)
        lanes.initialize(repeating: .zero)
    }

    deinit {
        lanes.deallocate()
    }
}

/// For each position of a shorter line, what goes into it of a longer one (Lanczos's filter with three lobes).
struct LanczosWindows {
    private static let lobes = 3.0

    /// Where one begins in the longer line, how long it is, and where its weights are.
    struct Window {
        let start: Int
        let count: Int
        let offset: Int
    }

    let windows: [Window]
    let weights: [Float]
    /// The most windows that a place of the longer line is in.
    let maxOverlap: Int

    /// The longer line is made of means of `box` pixels each.
    init(sourceLength: Int, box: Int, targetLength: Int) {
        let length = (sourceLength + box - 1) / box
        let scale = Double(sourceLength) / Double(box) / Double(targetLength)
        // A filter that is wider than its picture takes the whole of it.
        let reach = Self.lobes * max(scale, 1)
        var windows: [Window] = []
        var weights: [Float] = []
        for position in 0..<targetLength {
            let center = (Double(position) + 0.5) * scale
            let start = min(max(Int((center - reach).rounded(.down)), 0), length - 1)
            let end = min(max(Int((center + reach).rounded(.up)), start + 1), length)
            let window = (start..<end).map { Self.lanczos((Double($0) + 0.5 - center) / max(scale, 1)) }
            let sum = window.reduce(0, +)
            windows.append(Window(start: start, count: window.count, offset: weights.count))
            weights += window.map { Float($0 / sum) }
        }
        self.windows = windows
        self.weights = weights
        maxOverlap = Int((2 * Self.lobes * max(scale, 1) / scale).rounded(.up)) + 2
    }

    private static func lanczos(_ x: Double) -> Double {
        guard abs(x) < lobes else { return 0 }
        return sinc(x) * sinc(x / lobes)
    }

    private static func sinc(_ x: Double) -> Double {
        x == 0 ? 1 : sin(.pi * x) / (.pi * x)
    }
}
