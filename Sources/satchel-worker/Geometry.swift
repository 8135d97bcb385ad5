import CLibAV
import Media

/// From the stored size of a picture to the displayed one, and to a thumbnail's.
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

    /// The thumbnail's size before turning: displayed, it is at most so wide, at most as high as a specification of that width
    /// allows, and never larger than the picture.
    func thumbnailSize(maxWidth: Int) -> (width: Int, height: Int) {
        let scale = min(
            1,
            Double(maxWidth) / Double(displayedWidth),
            Double(ThumbnailSpecification.maxHeight(forWidth: maxWidth)) / Double(displayedHeight)
        )
        return (
            width: max(1, Int((Double(width) * scale).rounded())),
            height: max(1, Int((Double(height) * scale).rounded()))
        )
    }
}
