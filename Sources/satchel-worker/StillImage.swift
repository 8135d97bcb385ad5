import Media

/// A still picture, told by its content: its header is read at once, it is decoded when a size is asked for.
final class StillImage: PictureSource {
    /// How many pictures of an animation may be invisible before the first one is taken as it is.
    private static let maxInvisibleFrames = 20

    /// What the picture is.
    let report: MediaReport
    private let decoder: any StillDecoder
    private let maxPixels: Int64
    /// The largest that was rendered so far: smaller ones are made of it.
    private var largest: Picture?

    /// Nil for a file that is no still picture, or is one that plays like a video.
    ///
    /// Throws where the picture cannot be told from its header.
    init?(_ file: ByteView, maxPixels: Int64) throws(MediaFailure) {
        guard let format = ImageFormat(file) else { return nil }
        do throws(MediaFailure) {
            decoder = try Self.decoder(format, file, maxPixels: maxPixels)
        } catch {
            // A sequence of pictures need not have one that stands for all: FFmpeg plays it.
            let isISO = format == .heif || format == .avif
            guard isISO, BoxView.first("moov", in: file) != nil else { throw error }
            return nil
        }
        self.maxPixels = maxPixels
        report = MediaReport(decoder.header, profile: decoder.profile)
    }

    func picture(within bounds: PictureBounds) throws(MediaFailure) -> Picture {
        let header = decoder.header
        if let obstacle = header.obstacle { throw MediaFailure(.unsupportedFormat, obstacle) }
        guard !header.exceeds(maxPixels) else {
            throw MediaFailure(.tooManyPixels, "The picture has more pixels than the limit.")
        }
        let orientation = header.orientation ?? .upright
        let (width, height) = bounds.size(ofWidth: header.displayedSize.width, height: header.displayedSize.height)
        if let largest, largest.width >= width, largest.height >= height {
            return try largest.scaled(width: width, height: height)
        }
        let stored = orientation.swapsSides ? (width: height, height: width) : (width: width, height: height)
        let picture = try visible(stored).turned(orientation)
        largest = picture
        return picture
    }

    /// The picture or, of an animated one, the first frame that shows anything.
    private func visible(_ size: (width: Int, height: Int)) throws(MediaFailure) -> Picture {
        var first: Picture?
        for frame in 0..<Self.maxInvisibleFrames {
            guard let decoded = try decoder.decoded(size, frame: frame) else { break }
            let picture = try rendered(decoded, size)
            guard picture.isInvisible, decoder.header.isAnimated else { return picture }
            if first == nil { first = picture }
        }
        guard let first else { throw MediaFailure(.noFrame, "There is no picture in the file.") }
        return first
    }

    private func rendered(
        _ decoded: VipsPicture,
        _ size: (width: Int, height: Int)
    ) throws(MediaFailure) -> Picture {
        guard let color = decoder.header.color else {
            return try decoded.scaled(width: size.width, height: size.height).inSRGB().picture().simplified
        }
        let scaled = try decoded.inRGB().scaled(width: size.width, height: size.height)
        return color.picture(
            width: size.width,
            height: size.height,
            channelCount: scaled.bandCount,
            samples: try scaled.samples()
        )
    }
}

extension StillImage {
    private static func decoder(
        _ format: ImageFormat,
        _ file: ByteView,
        maxPixels: Int64
    ) throws(MediaFailure) -> any StillDecoder {
        switch format {
        case .heif, .avif: return try HEIFDecoder(format, file)
        case .jpegXL: return try JXLDecoder(file)
        case .bmp:
            guard let decoder = BitmapDecoder(bmp: file) else { throw brokenHeader }
            return decoder
        case .icon:
            guard let picture = IconDirectory(file)?.best else { throw brokenHeader }
            if picture.has(ImageFormat.pngSignature) { return try Self.decoder(.png, picture, maxPixels: maxPixels) }
            guard let decoder = BitmapDecoder(icon: picture) else { throw brokenHeader }
            return decoder
        case .jpeg, .png, .webp, .gif, .tiff, .jpeg2000, .photoshop:
            guard let header = ImageHeader(format, file), header.width > 0, header.height > 0 else {
                throw brokenHeader
            }
            return try Self.decoder(header, file, maxPixels: maxPixels)
        }
    }

    private static func decoder(
        _ header: ImageHeader,
        _ file: ByteView,
        maxPixels: Int64
    ) throws(MediaFailure) -> any StillDecoder {
        switch header.format {
        case .webp: return WebPDecoder(header, file)
        case .jpeg2000: return LibAVDecoder(header, file, .jpeg2000, maxPixels: maxPixels)
        case .photoshop: return LibAVDecoder(header, file, .photoshop, maxPixels: maxPixels)
        case .jpeg:
            guard [1, 3, 4].contains(header.componentCount) else { return UndecodedImage(header: header) }
            return header.isUncommonJPEG
                ? LibAVDecoder(header, file, .jpeg, maxPixels: maxPixels) : JPEGDecoder(header, file)
        default:
            // What is not going to be decoded need not be opened.
            guard header.obstacle == nil, !header.exceeds(maxPixels) else { return UndecodedImage(header: header) }
            do throws(MediaFailure) {
                return try VipsDecoder(header, file)
            } catch {
                // The header can be told, so there is a report; the reason stands for the pictures.
                return UndecodedImage(header: header, reason: error)
            }
        }
    }

    private static var brokenHeader: MediaFailure { MediaFailure(.invalidData, "The picture's header is broken.") }
}

/// A picture of which there is no more than the header.
private struct UndecodedImage: StillDecoder {
    let header: ImageHeader
    var profile: [UInt8] { [] }
    var reason = MediaFailure(.unsupportedFormat, "The picture is not decoded here.")

    func decoded(_ wanted: (width: Int, height: Int), frame: Int) throws(MediaFailure) -> VipsPicture? {
        throw reason
    }
}

extension MediaReport {
    fileprivate init(_ header: ImageHeader, profile: [UInt8]) {
        let (width, height) = header.displayedSize
        self.init(
            format: header.format.rawValue,
            isStillImage: true,
            width: width,
            height: height,
            rotation: (header.turnedByDecoder ?? header.orientation ?? .upright).rotation,
            videoCodec: header.format == .png && header.isAnimated ? "apng" : header.format.codecName,
            hasAlpha: header.hasAlpha,
            isAnimated: header.isAnimated,
            frameCount: header.frameCount,
            hdrTransfer: header.color?.hdrTransfer,
            capturedAt: header.capturedAt,
            colorProfile: header.color?.name ?? ICCProfile.name(of: profile)
        )
    }
}

extension PictureBounds {
    /// The size of a picture within them, never enlarged and at least one pixel each way.
    fileprivate func size(ofWidth width: Int, height: Int) -> (width: Int, height: Int) {
        let scale = min(1, Double(self.width) / Double(width), Double(self.height) / Double(height))
        return (
            width: max(1, Int((Double(width) * scale).rounded())),
            height: max(1, Int((Double(height) * scale).rounded()))
        )
    }
}

extension Picture {
    /// The picture in another size.
    fileprivate func scaled(width: Int, height: Int) throws(MediaFailure) -> Picture {
        guard width != self.width || height != self.height else { return self }
        let buffer = try PixelBuffer(width: self.width, height: self.height, channelCount: channelCount)
        pixels.withUnsafeBytes { bytes in
            // A picture without pixels has no buffer.
            if let start = bytes.baseAddress { buffer.bytes.copyMemory(from: start, byteCount: bytes.count) }
        }
        return try VipsPicture(buffer).scaled(width: width, height: height).picture().simplified
    }
}
