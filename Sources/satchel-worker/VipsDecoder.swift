import Media

/// Decodes PNG, GIF and TIFF with libvips.
struct VipsDecoder: StillDecoder {
    let header: ImageHeader
    let profile: [UInt8]
    private let file: ByteView

    /// Opens the file; what its format's library sees must be what the header told.
    init(_ header: ImageHeader, _ file: ByteView) throws(MediaFailure) {
        let opened = try VipsPicture(header.format, file)
        guard opened.width == header.width, opened.height == header.height else {
            throw MediaFailure(.invalidData, "The picture's size is told in two ways.")
        }
        guard opened.isPictorial else {
            throw MediaFailure(.unsupportedFormat, "The picture's channels are not those that pictures have.")
        }
        self.header = header
        self.file = file
        profile = opened.profile
    }

    func decoded(_ wanted: (width: Int, height: Int), frame: Int) throws(MediaFailure) -> VipsPicture? {
        guard frame < header.frameCount ?? 1, frame == 0 || header.format == .gif else { return nil }
        return try VipsPicture(header.format, file, frame: frame)
    }
}
