/// The formats of still pictures that are known here, told by their first bytes alone.
///
/// SVG and other formats that are never rendered are none of them.
enum ImageFormat: String {
    case jpeg, png, webp, gif, tiff, heif, avif, bmp
    case jpegXL = "jxl"
    case jpeg2000 = "jp2"
    case photoshop = "psd"
    case icon = "ico"

    /// The eight bytes that a PNG begins with.
    static let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    private static let iconSignature: [UInt8] = [0, 0, 1, 0]

    /// The bytes at the beginning; what needs more than that to be told is below.
    private static let signatures: [(ImageFormat, [UInt8])] = [
        (.jpeg, [0xFF, 0xD8, 0xFF]),
        (.png, pngSignature),
        (.gif, [UInt8]("GIF87a".utf8)),
        (.gif, [UInt8]("GIF89a".utf8)),
        (.tiff, [0x49, 0x49, 42, 0]),
        (.tiff, [0x4D, 0x4D, 0, 42]),
        // BigTIFF.
        (.tiff, [0x49, 0x49, 43, 0]),
        (.tiff, [0x4D, 0x4D, 0, 43]),
        // A codestream, and one in a container.
        (.jpegXL, [0xFF, 0x0A]),
        (.jpegXL, [0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20, 0x0D, 0x0A, 0x87, 0x0A]),
        (.jpeg2000, [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20, 0x0D, 0x0A, 0x87, 0x0A]),
        (.jpeg2000, [0xFF, 0x4F, 0xFF, 0x51]),
        (.photoshop, [UInt8]("8BPS".utf8) + [0, 1]),
    ]

    /// How much of a file tells whether it can be a picture.
    private static let conceivableByteCount = 12

    /// Whether a file can be a picture, by its first bytes.
    ///
    /// What cannot need not be mapped: a video may be larger than all the memory that a job has addresses for.
    static func isConceivable(_ file: FileBytes) -> Bool {
        let start = ByteView(ImageBytes(copying: file.read(at: 0, count: conceivableByteCount)))
        return signatures.contains { start.has($0.1) }
            || start.hasText("RIFF") && start.hasText("WEBP", at: 8)
            || start.hasText("ftyp", at: 4) && ImageFormat(brand: start.view(at: 8, count: 4)) != nil
            || start.hasText("BM") || start.has(iconSignature)
    }

    /// Nil for what is no picture.
    init?(_ file: ByteView) {
        if let (format, _) = Self.signatures.first(where: { file.has($0.1) }) {
            self = format
        } else if file.hasText("RIFF"), file.hasText("WEBP", at: 8) {
            self = .webp
        } else if file.hasText("ftyp", at: 4), let format = ImageFormat(brand: file.view(at: 8, count: 4)) {
            self = format
        } else if file.hasText("BM"), Bitmap.isHeader(file.view(at: 14)) {
            self = .bmp
        } else if file.has(Self.iconSignature), IconDirectory(file) != nil {
            self = .icon
        } else {
            return nil
        }
    }

    /// By an ISO file's major brand (ISO/IEC 23008-12, AVIF 1.1): those that say that there is a picture.
    private init?(brand: ByteView) {
        if ["avif", "avis"].contains(where: { brand.hasText($0) }) {
            self = .avif
        } else if ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "mif2", "msf1"]
            .contains(where: { brand.hasText($0) })
        {
            self = .heif
        } else {
            return nil
        }
    }

    /// The codec's name as ffprobe tells it; nil where it has none.
    var codecName: String? {
        switch self {
        case .jpeg: "mjpeg"
        case .heif: "hevc"
        case .avif: "av1"
        case .jpegXL: "jpegxl"
        case .jpeg2000: "jpeg2000"
        case .png, .webp, .gif, .tiff, .bmp, .photoshop: rawValue
        case .icon: nil
        }
    }
}
