import CLibAV
import Media

/// A frame in the colours and the size of a rendered picture, before turning.
struct Rendering {
    /// RGBA.
    private let frame: Frame
    private let orientation: Orientation
    /// The first row; `frame` holds it.
    private let pixels: UnsafeMutablePointer<UInt8>

    init(_ frame: Frame, orientation: Orientation) throws(MediaFailure) {
        guard let pixels = frame.pointer.pointee.data.0 else { throw MediaFailure.outOfMemory }
        self.frame = frame
        self.orientation = orientation
        self.pixels = pixels
    }

    var width: Int { frame.width }
    var height: Int { frame.height }

    /// The picture as displayed.
    var picture: Picture {
        Picture(width: width, height: height, rgba: pixels, stride: stride, orientation: orientation)
    }

    /// How much there is to see.
    var impression: Impression { Impression(pixels, stride: stride, width: width, height: height) }

    /// Not a single pixel of it shows.
    var isTransparent: Bool {
        (0..<height)
            .allSatisfy { row in
                (0..<width).allSatisfy { pixels[row * stride + $0 * 4 + 3] == 0 }
            }
    }

    /// Copies the rows to a place in a larger picture, whose rows are `canvasStride` bytes each.
    func copy(to canvas: UnsafeMutablePointer<UInt8>, stride canvasStride: Int) {
        for row in 0..<height {
            (canvas + row * canvasStride).update(from: pixels + row * stride, count: width * 4)
        }
    }

    private var stride: Int { Int(frame.pointer.pointee.linesize.0) }
}

/// Whether a picture shows something, or is near-black or all of one shade.
struct Impression {
    /// The mean brightness, 0 to 255.
    let brightness: Double
    /// The standard deviation of the brightness.
    let contrast: Double

    fileprivate init(_ pixels: UnsafePointer<UInt8>, stride: Int, width: Int, height: Int) {
        var sum = 0
        var squares = 0
        for row in 0..<height {
            for column in 0..<width {
                let pixel = pixels + row * stride + column * 4
                let luma = (299 * Int(pixel[0]) + 587 * Int(pixel[1]) + 114 * Int(pixel[2]) + 500) / 1_000
                sum += luma
                squares += luma * luma
            }
        }
        let count = Double(width * height)
        brightness = Double(sum) / count
        contrast = max(Double(squares) / count - brightness * brightness, 0).squareRoot()
    }

    /// It makes a poor poster: of one shade, or dark with little in it.
    var isDull: Bool { contrast < 5 || brightness < 18 && contrast < 12 }
}
