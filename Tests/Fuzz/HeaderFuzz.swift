/// Reads any bytes as a picture: its format, its header, and the directories, items and profiles in it; and decodes bitmaps
/// and JPEGs at an eighth of their size, which no library does.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = [UInt8](UnsafeBufferPointer(start: data, count: count))
    let file = ByteView(ImageBytes(copying: bytes))
    if let format = ImageFormat(file), let header = ImageHeader(format, file) {
        precondition(header.width >= 0 && header.height >= 0, "A size is none below zero.")
        _ = header.exceeds(50_000_000)
    }
    _ = ImageHeader.profile(ofJPEG: file)
    _ = ImageHeader.webPChunk("ICCP", of: file)
    _ = HEIFOrientation.read(file)
    _ = ICCProfile.name(of: bytes)
    _ = ExifTags(file)
    let bitmaps = [
        Bitmap(file.view(at: 14), pixelOffset: file.number(at: 10, count: 4, bigEndian: false)),
        IconDirectory(file).flatMap { Bitmap($0.best, pixelOffset: nil, isIcon: true) },
    ]
    for case let bitmap? in bitmaps where bitmap.width <= 1_000 && bitmap.height <= 1_000 {
        _ = try? bitmap.pixels()
    }
    if let frame = JPEGFrame(file), frame.width <= 4_000, frame.height <= 4_000 {
        let pixels = try? PixelBuffer(
            width: (frame.width + 7) / 8,
            height: (frame.height + 7) / 8,
            channelCount: frame.components.count
        )
        if let pixels { _ = try? JPEGEighth(file)?.decode(to: pixels) }
    }
    return 0
}
