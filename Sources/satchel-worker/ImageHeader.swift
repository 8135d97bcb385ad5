/// What a picture's header declares, to be judged before anything is decoded.
struct ImageHeader: Equatable {
    let format: ImageFormat
    /// As stored, but for formats whose decoder turns the picture by itself: then as displayed.
    var width: Int
    var height: Int
    /// How the decoded picture is to be turned; nil where the file does not say.
    var orientation: Orientation?
    /// How a decoder turns the picture by itself.
    var turnedByDecoder: Orientation?
    /// There is a channel for transparency; nil where only the decoder can tell.
    var hasAlpha: Bool?
    var isAnimated = false
    /// The frames of an animated picture.
    var frameCount: Int?
    var capturedAt: String?
    /// The colour space that the file declares by code points.
    var color: CodedColor?
    /// Why the picture is not decoded though its format is known.
    var obstacle: String?
    /// A JPEG of a kind that only FFmpeg decodes.
    var isUncommonJPEG = false
    /// The channels of a JPEG: one of grey, three of colours, four of inks.
    var componentCount = 3

    init(_ format: ImageFormat, width: Int, height: Int) {
        self.format = format
        self.width = width
        self.height = height
    }

    /// Reads the header of a file of a format; nil where it is broken, and for formats whose libraries read it themselves.
    init?(_ format: ImageFormat, _ file: ByteView) {
        switch format {
        case .jpeg: self.init(jpeg: file)
        case .png: self.init(png: file)
        case .webp: self.init(webP: file)
        case .gif: self.init(gif: file)
        case .tiff: self.init(tiff: file)
        case .jpeg2000: self.init(jpeg2000: file)
        case .photoshop: self.init(photoshop: file)
        case .heif, .avif, .jpegXL, .bmp, .icon: return nil
        }
    }

    /// More pixels than `limit`, counted in 64 bits.
    func exceeds(_ limit: Int64) -> Bool {
        let (pixels, overflows) = Int64(width).multipliedReportingOverflow(by: Int64(height))
        return overflows || pixels > limit
    }

    /// The size that the picture is displayed in.
    var displayedSize: (width: Int, height: Int) {
        orientation?.swapsSides ?? false ? (height, width) : (width, height)
    }
}
