import Foundation

/// A picture as a decoder that is not under test shows it.
package struct DecodedPicture: Sendable {
    /// The width in pixels.
    package let width: Int
    /// The height in pixels.
    package let height: Int
    private let rgba: [UInt8]

    fileprivate init(width: Int, height: Int, rgba: [UInt8]) {
        self.width = width
        self.height = height
        self.rgba = rgba
    }

    /// Red, green and blue at a place, given in fractions of width and height; black outside.
    package func color(_ x: Double, _ y: Double) -> (red: Int, green: Int, blue: Int) {
        let pixel = pixel(x, y)
        return (pixel[0], pixel[1], pixel[2])
    }

    /// The opacity at a place, 0 to 255.
    package func alpha(_ x: Double, _ y: Double) -> Int { pixel(x, y)[3] }

    private func pixel(_ x: Double, _ y: Double) -> [Int] {
        let column = min(Int(x * Double(width)), width - 1)
        let row = min(Int(y * Double(height)), height - 1)
        let index = (row * width + column) * 4
        guard rgba.indices.contains(index), rgba.indices.contains(index + 3) else { return [0, 0, 0, 0] }
        return rgba[index..<index + 4].map { Int($0) }
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
        let path = try write(bytes, to: "\(name).\(bytes.starts(with: "RIFF".utf8) ? "webp" : "jpg")")
        let size = try output(
            "ffprobe",
            ["-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "csv=p=0", path]
        )
        let sides = size.split(whereSeparator: { ",\n".contains($0) }).compactMap { Int($0) }
        guard sides.count == 2 else { throw MediaFixtureError(message: "ffprobe tells no size") }
        let raw = try ffmpeg(["-noautorotate", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgba"], to: "\(name).rgba")
        return DecodedPicture(
            width: sides[0],
            height: sides[1],
            rgba: [UInt8](try Data(contentsOf: URL(fileURLWithPath: raw)))
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
