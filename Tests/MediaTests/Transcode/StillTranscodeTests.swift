import Foundation
import Media
import TestSupport
import Testing

/// Still pictures that become WebP, and what the worker tells of their files beside.
struct StillTranscodeTests {
    private static let web = TranscodeSpecification(name: "web", container: .webp, shortEdge: nil, longEdge: 400)

    private func picture(_ fixtures: MediaFixtures, _ name: String, _ options: [String] = []) throws -> String {
        try fixtures.ffmpeg(["-f", "lavfi", "-i", "testsrc2=size=800x600", "-frames:v", "1"] + options, to: name)
    }

    private func leftOut(_ bench: MediaBench, _ path: String) async throws -> [TranscodedStreams.Remainder] {
        let (file, _) = try await bench.transcode(path, Self.web)
        return try #require(file.streams?.leftOut)
    }

    @Test func `a picture is turned, made smaller and WebP`() async throws {
        try await MediaBench.with { bench in
            let photo = try bench.fixtures.jpeg("photo.jpg", width: 800, height: 600, orientation: 6)
            let (file, path) = try await bench.transcode(photo, Self.web)
            #expect([file.width, file.height] == [300, 400])
            #expect(file.codecs == "webp")
            #expect(file.milliseconds == 0)
            #expect(file.streams?.picture?.lossCount == 0)
            #expect(file.streams?.leftOut == [])
            let report = try #require(try await bench.run(path, .probe).report)
            #expect(report.format == "webp")
            #expect([report.width, report.height] == [300, 400])
            #expect(report.rotation == 0)
        }
    }

    @Test func `a smaller picture is not enlarged, and transparency stays`() async throws {
        try await MediaBench.with { bench in
            let (file, path) = try await bench.transcode(try bench.fixtures.transparentPNG("glass.png"), Self.web)
            #expect([file.width, file.height] == [64, 64])
            #expect(file.streams?.leftOut == [])
            #expect(try await bench.run(path, .probe).report?.hasAlpha == true)
        }
    }

    @Test func `whole files of one picture have nothing beside it`() async throws {
        try await MediaBench.with { bench in
            for name in ["a.jpg", "a.png", "a.webp", "a.bmp"] {
                let path = try picture(bench.fixtures, name, name == "a.webp" ? ["-c:v", "libwebp"] : [])
                #expect(try await leftOut(bench, path) == [], "\(name)")
            }
        }
    }

    @Test func `what is in the file beside the picture is told`() async throws {
        try await MediaBench.with { bench in
            let fixtures = bench.fixtures
            let photo = try fixtures.bytes(of: try picture(fixtures, "photo.jpg"))
            func segment(_ marker: UInt8, _ text: String) -> [UInt8] {
                let content = [UInt8](text.utf8) + [0, 0, 0, 0]
                let length = content.count + 2
                return [0xFF, marker, UInt8(length >> 8), UInt8(length & 0xFF)] + content
            }
            func inserting(_ bytes: [UInt8]) -> [UInt8] { Array(photo[..<2] + bytes + photo[2...]) }
            let xmp = "http://ns.adobe.com/xap/1.0/\0"
            let cases: [(name: String, bytes: [UInt8], leftOut: [TranscodedStreams.Remainder])] = [
                ("film behind it", photo + [UInt8]("ftypmp42".utf8), [.unread]),
                ("filled up", photo + [UInt8](repeating: 0, count: 100), []),
                ("cut off", Array(photo.dropLast(2)), [.unread]),
                ("further pictures", inserting(segment(0xE2, "MPF\0")), [.pictures]),
                ("a segment of somebody's", inserting(segment(0xE5, "RMETA\0")), [.unread]),
                ("notes", inserting(segment(0xE1, xmp + "<dc:title>a</dc:title>")), []),
                ("a gain map", inserting(segment(0xE1, xmp + "<a hdrgm:Version='1.0'/>")), [.dynamicRange]),
                ("a sphere", inserting(segment(0xE1, xmp + "<GPano:ProjectionType/>")), [.depth]),
            ]
            for (name, bytes, expected) in cases {
                let path = try fixtures.write(bytes, to: "case.jpg")
                #expect(try await leftOut(bench, path) == expected, "\(name)")
            }
            let drawing = try fixtures.bytes(of: try picture(fixtures, "drawing.png"))
            let behind = try fixtures.write(drawing + [1], to: "behind.png")
            #expect(try await leftOut(bench, behind) == [.unread])
            let graphic = try fixtures.bytes(of: try picture(fixtures, "graphic.webp", ["-c:v", "libwebp"]))
            let padded = try fixtures.write(graphic + [1, 2], to: "behind.webp")
            #expect(try await leftOut(bench, padded) == [.unread])
        }
    }

    @Test func `what moves, and a format that is not looked through, is told`() async throws {
        try await MediaBench.with { bench in
            let fixtures = bench.fixtures
            let scene = ["-f", "lavfi", "-i", "testsrc2=size=200x100:rate=5:duration=1"]
            let moving = try fixtures.ffmpeg(scene + ["-f", "apng"], to: "moving.png")
            #expect(try await leftOut(bench, moving) == [.animation])
            // Of itself ffmpeg takes a form with fewer colours than pixels, which nothing here decodes.
            let page = try picture(fixtures, "page.tiff", ["-pix_fmt", "rgb24"])
            #expect(try await leftOut(bench, page) == [.untold])
            let frame = try picture(fixtures, "frame.gif")
            #expect(try await leftOut(bench, frame) == [.untold])
        }
    }

    @Test(.enabled(if: MediaFixtures.hasEncoder("libx265"), "ffmpeg here encodes no HEVC"))
    func `a HEIC with one picture has nothing beside it, and what comes behind it is told`() async throws {
        try await MediaBench.with { bench in
            let sample = try HEIFSample(bench.fixtures)
            let plain = sample.file()
            let size = (columns: 2, rows: 1, width: 500, height: 192)
            let grid = sample.file(grid: size)
            // Most cameras have tiles that are not for showing by themselves.
            let hidden = sample.file(grid: size, hidden: [1, 2])
            for (name, bytes) in [("plain.heic", plain), ("grid.heic", grid), ("hidden.heic", hidden)] {
                let path = try bench.fixtures.write(bytes, to: name)
                let found = try await leftOut(bench, path)
                #expect(found == [], "\(name)")
            }
            let film: [UInt8] = [0, 0, 0, 12] + [UInt8]("mpvd".utf8) + [1, 2, 3, 4]
            let motion = try bench.fixtures.write(plain + film, to: "motion.heic")
            #expect(try await leftOut(bench, motion) == [.unread])
        }
    }

    @Test(.enabled(if: MediaFixtures.hasEncoder("libx265"), "ffmpeg here encodes no HEVC"))
    func `a HEIC with a further picture, a second index or a high range is told`() async throws {
        try await MediaBench.with { bench in
            let sample = try HEIFSample(bench.fixtures)
            let size = (columns: 2, rows: 1, width: 500, height: 192)
            // The first tile is the picture: the other one and the grid are others, whether for showing or not.
            for hidden in [[], [2, 3]] as [Set<Int>] {
                let further = sample.file(grid: size, primary: 1, hidden: hidden)
                let path = try bench.fixtures.write(further, to: "further.heic")
                #expect(try await leftOut(bench, path) == [.pictures], "\(hidden)")
            }
            let plain = sample.file()
            let typeEnd = plain[..<4].reduce(0) { $0 << 8 | Int($1) }
            let indexByteCount = plain[typeEnd..<typeEnd + 4].reduce(0) { $0 << 8 | Int($1) }
            let twice = plain + plain[typeEnd..<typeEnd + indexByteCount]
            #expect(try await leftOut(bench, try bench.fixtures.write(twice, to: "twice.heic")) == [.unread])
            // A profile goes before the code points where the colours are concerned.
            let bright = sample.file(properties: [
                HEIFSample.color(primaries: 9, transfer: 16, matrix: 1),
                HEIFSample.profile([UInt8](repeating: 0, count: 128)),
            ])
            #expect(try await leftOut(bench, try bench.fixtures.write(bright, to: "bright.heic")) == [.dynamicRange])
        }
    }

    @Test func `a damaged picture is told, though most of it can be seen`() async throws {
        try await MediaBench.with { bench in
            var bytes = try bench.fixtures.bytes(of: try picture(bench.fixtures, "photo.jpg"))
            let middle = bytes.count / 2
            // A marker of a restart where none is due.
            bytes.replaceSubrange(middle..<middle + 40, with: [0xFF, 0xD3] + [UInt8](repeating: 0, count: 38))
            let (file, _) = try await bench.transcode(try bench.fixtures.write(bytes, to: "bad.jpg"), Self.web)
            #expect(try #require(file.streams?.picture?.lossCount) > 0)
        }
    }

    @Test func `a film is no still picture`() async throws {
        try await MediaBench.with { bench in
            let film = try bench.fixtures.video("film.mp4", seconds: 1)
            await #expect(throws: MediaFailure.self) { _ = try await bench.transcode(film, Self.web) }
        }
    }
}
