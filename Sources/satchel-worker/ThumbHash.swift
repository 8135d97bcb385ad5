import FoundationEssentials
import Glibc

/// A picture's impression in at most 25 bytes, for clients to show until the picture is there: Evan Wallace's
/// ThumbHash.
///
/// A cosine transform keeps the few lowest frequencies of brightness, of two colour differences and, where there is
/// any, of transparency, each a mean and 4-bit steps of a common scale (https://evanw.github.io/thumbhash/).
struct ThumbHash {
    /// The longest side of a picture that is taken; a larger one would take longer and say no more.
    static let maxSide = 100

    /// The hash itself.
    let bytes: [UInt8]

    /// The hash in base64, as clients get it.
    var placeholder: String { Data(bytes).base64EncodedString() }

    /// Hashes rows of RGBA from the top, without padding, colours not multiplied by alpha.
    ///
    /// Nil for a picture without pixels, with a side over `maxSide`, or whose bytes are not those of its size.
    init?(width: Int, height: Int, rgba: [UInt8]) {
        guard (1...Self.maxSide).contains(width), (1...Self.maxSide).contains(height),
            rgba.count == 4 * width * height
        else { return nil }
        let planes = ColourPlanes(rgba: rgba, pixelCount: width * height)
        let transform = CosineTransform(width: width, height: height)
        // Transparency takes room from brightness.
        let most = planes.hasAlpha ? 5.0 : 7.0
        let longest = Double(max(width, height))
        let columns = max(1, Int((most * Double(width) / longest).rounded()))
        let rows = max(1, Int((most * Double(height) / longest).rounded()))

        let brightness = transform.channel(planes.brightness, columns: max(3, columns), rows: max(3, rows))
        let yellowBlue = transform.channel(planes.yellowBlue, columns: 3, rows: 3)
        let redGreen = transform.channel(planes.redGreen, columns: 3, rows: 3)
        var channels = [brightness, yellowBlue, redGreen]

        let isLandscape = width > height
        var header = Self.step(brightness.mean, of: 63)
        header |= Self.step(0.5 + 0.5 * yellowBlue.mean, of: 63) << 6
        header |= Self.step(0.5 + 0.5 * redGreen.mean, of: 63) << 12
        header |= Self.step(brightness.scale, of: 31) << 18
        header |= (planes.hasAlpha ? 1 : 0) << 23
        header |= (isLandscape ? rows : columns) << 24
        header |= Self.step(yellowBlue.scale, of: 63) << 27
        header |= Self.step(redGreen.scale, of: 63) << 33
        header |= (isLandscape ? 1 : 0) << 39
        var bytes = (0..<5).map { UInt8(truncatingIfNeeded: header >> (8 * $0)) }
        if planes.hasAlpha {
            let alpha = transform.channel(planes.alpha, columns: 5, rows: 5)
            channels.append(alpha)
            bytes.append(UInt8(truncatingIfNeeded: Self.step(alpha.mean, of: 15) | Self.step(alpha.scale, of: 15) << 4))
        }
        // Two to a byte, the first one in its lower half.
        let steps = channels.flatMap { channel in channel.terms.map { Self.step($0, of: 15) } }
        for index in stride(from: 0, to: steps.count, by: 2) {
            let second = index + 1 < steps.count ? steps[index + 1] : 0
            bytes.append(UInt8(truncatingIfNeeded: steps[index] | second << 4))
        }
        self.bytes = bytes
    }

    /// Which of the steps from 0 to `most` a fraction is nearest to.
    private static func step(_ fraction: Double, of most: Double) -> Int {
        Int(min(max(fraction * most, 0), most).rounded())
    }
}

/// The planes that are transformed, each value from 0 to 1, the differences from -1 to 1.
private struct ColourPlanes {
    private(set) var brightness: [Double] = []
    private(set) var yellowBlue: [Double] = []
    private(set) var redGreen: [Double] = []
    private(set) var alpha: [Double] = []
    let hasAlpha: Bool

    init(rgba: [UInt8], pixelCount: Int) {
        var red = 0.0
        var green = 0.0
        var blue = 0.0
        var opacity = 0.0
        for start in stride(from: 0, to: rgba.count, by: 4) {
            let alpha = Double(rgba[start + 3]) / 255
            red += alpha / 255 * Double(rgba[start])
            green += alpha / 255 * Double(rgba[start + 1])
            blue += alpha / 255 * Double(rgba[start + 2])
            opacity += alpha
        }
        if opacity > 0 {
            red /= opacity
            green /= opacity
            blue /= opacity
        }
        hasAlpha = opacity < Double(pixelCount)
        for plane in [\Self.brightness, \.yellowBlue, \.redGreen, \.alpha] {
            self[keyPath: plane].reserveCapacity(pixelCount)
        }
        // What shows through is the mean colour: it adds nothing to the picture.
        for start in stride(from: 0, to: rgba.count, by: 4) {
            let opaque = Double(rgba[start + 3]) / 255
            let r = red * (1 - opaque) + opaque / 255 * Double(rgba[start])
            let g = green * (1 - opaque) + opaque / 255 * Double(rgba[start + 1])
            let b = blue * (1 - opaque) + opaque / 255 * Double(rgba[start + 2])
            brightness.append((r + g + b) / 3)
            yellowBlue.append((r + g) / 2 - b)
            redGreen.append(r - g)
            alpha.append(opaque)
        }
    }
}

/// The low frequencies of planes of one size.
private struct CosineTransform {
    /// A plane's mean, and its other terms brought between 0 and 1 by the largest of them.
    struct Channel {
        let mean: Double
        let terms: [Double]
        let scale: Double
    }

    private let width: Int
    private let height: Int
    /// For each frequency its values along a side.
    private let horizontal: [[Double]]
    private let vertical: [[Double]]

    private static let frequencyCount = 7

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        horizontal = Self.waves(length: width)
        vertical = Self.waves(length: height)
    }

    private static func waves(length: Int) -> [[Double]] {
        (0..<frequencyCount)
            .map { frequency in
                (0..<length).map { cos(Double.pi / Double(length) * Double(frequency) * (Double($0) + 0.5)) }
            }
    }

    /// The terms of the triangle of lowest frequencies, row by row.
    func channel(_ plane: [Double], columns: Int, rows: Int) -> Channel {
        var mean = 0.0
        var terms: [Double] = []
        for row in 0..<rows {
            var column = 0
            while column * rows < columns * (rows - row) {
                let term = self.term(of: plane, column: column, row: row)
                if column == 0, row == 0 { mean = term } else { terms.append(term) }
                column += 1
            }
        }
        let scale = terms.map(abs).max() ?? 0
        return Channel(mean: mean, terms: scale > 0 ? terms.map { 0.5 + 0.5 / scale * $0 } : terms, scale: scale)
    }

    private func term(of plane: [Double], column: Int, row: Int) -> Double {
        let (across, down) = (horizontal[column], vertical[row])
        var sum = 0.0
        for y in 0..<height {
            for x in 0..<width { sum += plane[y * width + x] * across[x] * down[y] }
        }
        return sum / Double(width * height)
    }
}
