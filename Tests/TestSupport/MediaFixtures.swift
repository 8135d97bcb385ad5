import Foundation

/// Makes media files with the ffmpeg command in a directory of their own, which goes away with the value.
///
/// Pictures are grey with a red block in the stored picture's top left corner, unless said otherwise, so that a turn shows.
package final class MediaFixtures: Sendable {
    /// The video codecs that fixtures are made with.
    package enum VideoCodec: String, Sendable, CaseIterable {
        case h264, hevc, vp9, av1

        /// The name of the encoder.
        package var encoder: String {
            switch self {
            case .h264: "libx264"
            case .hevc: "libx265"
            case .vp9: "libvpx-vp9"
            case .av1: "libsvtav1"
            }
        }

        fileprivate var arguments: [String] {
            switch self {
            case .h264: ["-c:v", encoder, "-preset", "ultrafast", "-g", "25"]
            case .hevc: ["-c:v", encoder, "-preset", "ultrafast", "-x265-params", "log-level=none", "-tag:v", "hvc1"]
            case .vp9: ["-c:v", encoder, "-cpu-used", "8", "-deadline", "realtime", "-g", "25"]
            case .av1: ["-c:v", encoder, "-preset", "12", "-g", "25"]
            }
        }
    }

    /// Where the files are.
    package let directory: TemporaryDirectory

    /// Makes an empty directory.
    package init() throws {
        directory = try TemporaryDirectory(prefix: "satchel-media")
    }

    /// This machine's ffmpeg has an encoder of that name.
    package static func hasEncoder(_ name: String) -> Bool {
        guard let fixtures = try? MediaFixtures(),
            let text = try? fixtures.output("ffmpeg", ["-hide_banner", "-encoders"])
        else { return false }
        return text.contains(" \(name) ")
    }

    /// Makes a video of a still scene, in a container that follows from the name, and answers its path.
    package func video(
        _ name: String,
        codec: VideoCodec = .h264,
        width: Int = 640,
        height: Int = 360,
        seconds: Double = 2,
        hasAudio: Bool = false,
        scene: String? = nil,
        options: [String] = []
    ) throws -> String {
        let scene = scene ?? Self.scene(width: width, height: height, seconds: seconds)
        var arguments = ["-f", "lavfi", "-i", scene]
        if hasAudio { arguments += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=\(seconds)"] }
        arguments += codec.arguments + ["-pix_fmt", "yuv420p"]
        if hasAudio { arguments += ["-ac", "2"] }
        return try ffmpeg(arguments + options, to: name)
    }

    /// An H.264 MP4 whose display matrix turns it clockwise by so many degrees.
    package func rotatedVideo(_ name: String, clockwise degrees: Int) throws -> String {
        let upright = try video("upright-\(name)")
        // This key counts the other way round.
        return try ffmpeg(["-i", upright, "-c", "copy", "-metadata:s:v", "rotate=\((360 - degrees) % 360)"], to: name)
    }

    /// An H.264 MP4 of 480x360 stored pixels that are 4:3, so 640x360 as displayed.
    package func anamorphicVideo(_ name: String) throws -> String {
        let scene = Self.scene(width: 480, height: 360, seconds: 1) + ",setsar=4/3"
        return try video(name, scene: scene)
    }

    /// An H.264 MP4, one key frame only, that is black for two seconds and then a test picture for two.
    package func blackStartVideo(_ name: String) throws -> String {
        let scene = "testsrc2=size=640x360:rate=25:duration=4,drawbox=t=fill:color=black:enable='lt(t,2)'"
        return try video(name, scene: scene, options: ["-g", "1000", "-keyint_min", "1000", "-sc_threshold", "0"])
    }

    /// A sound file; codec and container follow from the name.
    package func audio(_ name: String, seconds: Double = 2) throws -> String {
        try ffmpeg(
            ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=\(seconds)", "-ac", "2"],
            to: name
        )
    }

    /// An MP3 with a cover picture.
    package func audioWithCover(_ name: String) throws -> String {
        let sound = try audio("plain-\(name)")
        let cover = try jpeg("cover.jpg")
        return try ffmpeg(
            ["-i", sound, "-i", cover, "-map", "0:a", "-map", "1:v", "-c", "copy", "-disposition:v", "attached_pic"],
            to: name
        )
    }

    /// A JPEG, with an EXIF orientation if one is given.
    package func jpeg(_ name: String, width: Int = 640, height: Int = 360, orientation: Int? = nil) throws -> String {
        let path = try picture(name, width: width, height: height, pixelFormat: "yuvj420p")
        guard let orientation else { return path }
        var content = try bytes(of: path)
        // APP1 with one IFD entry: orientation, a short, little-endian.
        let tiff: [UInt8] =
            [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0]
            + [UInt8(truncatingIfNeeded: orientation), 0, 0, 0, 0, 0, 0, 0]
        let exif = [UInt8]("Exif\0\0".utf8) + tiff
        content.insert(contentsOf: [0xFF, 0xE1, 0, UInt8(truncatingIfNeeded: exif.count + 2)] + exif, at: 2)
        return try write(content, to: name)
    }

    /// A picture of a format that follows from the name.
    package func picture(_ name: String, width: Int, height: Int, pixelFormat: String) throws -> String {
        let scene = Self.scene(width: width, height: height, seconds: 1)
        return try ffmpeg(
            ["-f", "lavfi", "-i", scene, "-frames:v", "1", "-pix_fmt", pixelFormat, "-q:v", "2"],
            to: name
        )
    }

    /// A PNG whose left half is opaque blue and whose right half is fully transparent black.
    package func transparentPNG(_ name: String) throws -> String {
        let scene = "color=black@0:size=64x64,format=rgba,geq=r=0:g=0:b='if(lt(X,32),255,0)':a='if(lt(X,32),255,0)'"
        return try ffmpeg(["-f", "lavfi", "-i", scene, "-frames:v", "1", "-pix_fmt", "rgba"], to: name)
    }

    /// The first so many bytes of a file.
    package func truncated(_ path: String, byteCount: Int, to name: String) throws -> String {
        try write(Array(try bytes(of: path).prefix(byteCount)), to: name)
    }

    /// Bytes that are no media file, the same each time.
    package func garbage(_ name: String, byteCount: Int = 100_000) throws -> String {
        var state: UInt32 = 1
        let bytes = (0..<byteCount)
            .map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return UInt8(truncatingIfNeeded: state >> 24)
            }
        return try write(bytes, to: name)
    }

    /// An HLS playlist whose only segment is `url`.
    package func playlist(_ name: String, segment url: String) throws -> String {
        let text = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n\(url)\n#EXT-X-ENDLIST\n"
        return try write([UInt8](text.utf8), to: name)
    }

    /// A script for FFmpeg's concat demuxer that names `file`.
    package func concatScript(_ name: String, file: String) throws -> String {
        try write([UInt8]("ffconcat version 1.0\nfile '\(file)'\n".utf8), to: name)
    }

    /// Writes bytes to a file in the directory; answers its path.
    package func write(_ bytes: [UInt8], to name: String) throws -> String {
        let path = directory.file(name)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// The bytes of a file.
    package func bytes(of path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// Runs ffmpeg with an output file in the directory; answers its path.
    package func ffmpeg(_ arguments: [String], to name: String) throws -> String {
        let path = directory.file(name)
        _ = try output("ffmpeg", ["-nostdin", "-v", "error", "-y"] + arguments + [path])
        return path
    }

    private static func scene(width: Int, height: Int, seconds: Double) -> String {
        "color=gray:size=\(width)x\(height):rate=25:duration=\(seconds)"
            + ",drawbox=x=0:y=0:w=\(max(width / 4, 1)):h=\(max(height / 3, 1)):color=red:t=fill"
    }
}
