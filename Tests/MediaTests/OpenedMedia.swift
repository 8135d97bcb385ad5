import CLibAV
import Glibc
import Media
import TestSupport

@testable import satchel_worker

/// A file as a job of the worker has it before it, without the process around the job.
final class OpenedMedia {
    private static let isSilent: Bool = {
        av_log_set_level(AV_LOG_QUIET)
        return true
    }()

    let file: ProbedFile
    private let bytes: FileBytes
    private let maxPixels: Int64

    /// Opens and probes a file, and measures it where the worker would.
    init(_ path: String, maxPixels: Int64 = 50_000_000) throws {
        _ = Self.isSilent
        guard let bytes = FileBytes(descriptor: open(path, O_RDONLY | O_CLOEXEC)) else {
            throw MediaFixtureError(message: "no file to open")
        }
        self.bytes = bytes
        self.maxPixels = maxPixels
        var file = try ProbedFile(bytes, maxPixels: maxPixels)
        if file.lacksDuration || file.lacksFrameRate {
            file.complete(with: try PacketScan(bytes, maxPixels: maxPixels).run())
        }
        self.file = file
    }

    deinit {
        close(bytes.descriptor)
    }

    var report: MediaReport { file.report }

    /// The picture that stands for the file, before turning.
    func pixels(width: Int = 320, atMilliseconds position: Int64 = 1_000) throws -> Pixels {
        let picture = try RepresentativePicture(
            of: file,
            bytes: bytes,
            maxPixels: maxPixels,
            bounds: .upTo(width: width),
            atMilliseconds: position
        )
        return Pixels(try picture.rendering(within: .upTo(width: width)))
    }

    /// The storyboard; nil where the video has none.
    func storyboard(within milliseconds: Int64 = 60_000) throws -> Storyboard? {
        let deadline = MonotonicClock.milliseconds() + milliseconds
        var maker = try StoryboardMaker(file, maxPixels: maxPixels, deadline: deadline)
        return try maker?.storyboard()
    }
}

/// A rendering's pixels.
struct Pixels {
    let width: Int
    let height: Int
    private let rgba: [UInt8]

    init(_ rendering: Rendering) {
        width = rendering.width
        height = rendering.height
        var rgba = [UInt8](repeating: 0, count: width * height * 4)
        let stride = width * 4
        rgba.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { rendering.copy(to: base, stride: stride) }
        }
        self.rgba = rgba
    }

    /// Red, green, blue and alpha at a place.
    func color(_ x: Int, _ y: Int) -> SIMD4<Int> {
        let index = (min(y, height - 1) * width + min(x, width - 1)) * 4
        return SIMD4(Int(rgba[index]), Int(rgba[index + 1]), Int(rgba[index + 2]), Int(rgba[index + 3]))
    }

    /// Whether a place has a colour, but for a difference in each component.
    func isColor(_ red: Int, _ green: Int, _ blue: Int, within tolerance: Int, _ x: Int, _ y: Int) -> Bool {
        let found = color(x, y)
        return abs(found.x - red) <= tolerance && abs(found.y - green) <= tolerance && abs(found.z - blue) <= tolerance
    }
}
