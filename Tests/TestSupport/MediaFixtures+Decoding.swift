import Foundation

/// A picture as a decoder that is not under test shows it.
package struct DecodedPicture: Sendable {
    /// The width in pixels.
    package let width: Int
    /// The height in pixels.
    package let height: Int
    private let rgb: [UInt8]

    fileprivate init(width: Int, height: Int, rgb: [UInt8]) {
        self.width = width
        self.height = height
        self.rgb = rgb
    }

    /// Red, green and blue at a place, given in fractions of width and height; black outside.
    package func color(_ x: Double, _ y: Double) -> (red: Int, green: Int, blue: Int) {
        let column = min(Int(x * Double(width)), width - 1)
        let row = min(Int(y * Double(height)), height - 1)
        let index = (row * width + column) * 3
        guard rgb.indices.contains(index), rgb.indices.contains(index + 2) else { return (0, 0, 0) }
        return (Int(rgb[index]), Int(rgb[index + 1]), Int(rgb[index + 2]))
    }

    /// The corners that are red: any of "tl", "tr", "bl", "br".
    package var redCorners: Set<String> {
        let corners = [("tl", 0.03, 0.03), ("tr", 0.97, 0.03), ("bl", 0.03, 0.97), ("br", 0.97, 0.97)]
        let red = corners.filter { corner in
            let shade = color(corner.1, corner.2)
            return shade.red > 180 && shade.green < 90 && shade.blue < 90
        }
        return Set(red.map(\.0))
    }
}

/// A tool of the fixtures failed.
package struct MediaFixtureError: Error {
    /// The tool, and what it said.
    package let message: String

    /// Makes an error of a tool's words.
    package init(message: String) {
        self.message = message
    }
}

extension MediaFixtures {
    /// Decodes an encoded picture with ffmpeg, as it is stored.
    package func decode(_ bytes: [UInt8]) throws -> DecodedPicture {
        let name = UUID().uuidString
        let path = try write(bytes, to: "\(name).jpg")
        let size = try output(
            "ffprobe",
            ["-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "csv=p=0", path]
        )
        let sides = size.split(whereSeparator: { ",\n".contains($0) }).compactMap { Int($0) }
        guard sides.count == 2 else { throw MediaFixtureError(message: "ffprobe tells no size") }
        let raw = try ffmpeg(["-noautorotate", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24"], to: "\(name).rgb")
        return DecodedPicture(
            width: sides[0],
            height: sides[1],
            rgb: [UInt8](try Data(contentsOf: URL(fileURLWithPath: raw)))
        )
    }

    /// Runs a tool and answers what it prints.
    package func output(_ tool: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [tool] + arguments
        let path = directory.file(UUID().uuidString)
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try handle.close()
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        guard process.terminationStatus == 0 else { throw MediaFixtureError(message: "\(tool): \(text)") }
        return text
    }
}
