import CLibAV
import Media

/// From the stored size of a picture to the displayed one, and to a rendered one's.
struct Geometry: Equatable {
    /// After pixel aspect, before turning.
    let width: Int
    let height: Int
    let orientation: Orientation

    /// The most that pixels are believed to be stretched; beyond, the ratio is taken for garbage.
    private static let ratios = 0.05...20.0

    init(storedWidth: Int, storedHeight: Int, pixelAspect: AVRational, orientation: Orientation) {
        let ratio = pixelAspect.den == 0 ? 0 : Double(pixelAspect.num) / Double(pixelAspect.den)
        let isBelieved = Self.ratios.contains(ratio)
        width = isBelieved ? max(1, Int((Double(storedWidth) * ratio).rounded())) : storedWidth
        height = storedHeight
        self.orientation = orientation
    }

    var displayedWidth: Int { orientation.swapsSides ? height : width }
    var displayedHeight: Int { orientation.swapsSides ? width : height }

    /// The rendered size before turning: displayed, it is within the bounds, and never larger than the picture.
    func size(within bounds: PictureBounds) -> (width: Int, height: Int) {
        let scale = min(
            1,
            Double(bounds.width) / Double(displayedWidth),
            Double(bounds.height) / Double(displayedHeight)
        )
        return (
            width: max(1, Int((Double(width) * scale).rounded())),
            height: max(1, Int((Double(height) * scale).rounded()))
        )
    }
}

extension Geometry {
    /// The geometry of a frame that no header has told of.
    init(frame: Frame) {
        self.init(
            storedWidth: frame.width,
            storedHeight: frame.height,
            pixelAspect: AVRational(num: 1, den: 1),
            orientation: Orientation(frame: frame.pointer) ?? .upright
        )
    }
}

/// The most that a rendered picture measures, as displayed.
struct PictureBounds: Equatable {
    let width: Int
    let height: Int

    /// So wide, and up to eight times as high.
    static func upTo(width: Int) -> PictureBounds { PictureBounds(width: width, height: 8 * width) }
}
