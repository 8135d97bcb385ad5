import Media

/// Decodes Windows bitmaps: BMP files, and icons that hold no PNG.
struct BitmapDecoder: StillDecoder {
    let header: ImageHeader
    let profile: [UInt8] = []
    private let bitmap: Bitmap

    /// A BMP file.
    init?(bmp file: ByteView) {
        // The file header's last field says where the pixels begin, counted from its own start.
        guard let offset = file.number(at: 10, count: 4, bigEndian: false),
            let bitmap = Bitmap(file.view(at: 14), pixelOffset: offset >= 26 ? offset - 14 : nil)
        else { return nil }
        self.init(.bmp, bitmap)
    }

    /// A picture of an icon file.
    init?(icon picture: ByteView) {
        guard let bitmap = Bitmap(picture, pixelOffset: nil, isIcon: true) else { return nil }
        self.init(.icon, bitmap)
    }

    private init(_ format: ImageFormat, _ bitmap: Bitmap) {
        var header = ImageHeader(format, width: bitmap.width, height: bitmap.height)
        header.hasAlpha = bitmap.hasAlpha
        self.header = header
        self.bitmap = bitmap
    }

    func decoded(_ wanted: (width: Int, height: Int), frame: Int) throws(MediaFailure) -> VipsPicture? {
        guard frame == 0 else { return nil }
        return try VipsPicture(try bitmap.pixels())
    }
}
