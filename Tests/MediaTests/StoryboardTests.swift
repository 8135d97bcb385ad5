import Media
import TestSupport
import Testing

@testable import satchel_worker

struct StoryboardTests {
    /// One shade of grey a second, brighter by each: the numbers 16, 32 and so on of limited range.
    private static func scene(seconds: Int, size: String = "320x180") -> String {
        "color=black:size=\(size):rate=10:duration=\(seconds),format=yuv420p,geq=lum='16+16*floor(T)':cb=128:cr=128"
    }

    private static func grey(ofSecond second: Int) -> Int {
        Int((Double(16 * second) * 255 / 219).rounded())
    }

    @Test(arguments: [("often.mp4", 5), ("once.mp4", 1_000), ("often.mkv", 5), ("live.webm", 10)])
    func `a video has a picture a second, and their times`(_ name: String, _ keyInterval: Int) throws {
        let fixtures = try MediaFixtures()
        let isLive = name.hasPrefix("live")
        let options =
            ["-g", "\(keyInterval)", "-keyint_min", "\(keyInterval)"] + (isLive ? [] : ["-sc_threshold", "0"])
        let path = try fixtures.video(
            isLive ? "whole.webm" : name,
            codec: isLive ? .vp9 : .h264,
            scene: Self.scene(seconds: 12),
            options: options
        )
        let media = try OpenedMedia(
            isLive ? fixtures.ffmpeg(["-i", path, "-c", "copy", "-f", "webm", "-live", "1"], to: name) : path
        )
        let board = try #require(try media.storyboard())
        #expect(board.tiles.count == 12)
        #expect(board.sprite.width == 1_600)
        #expect(board.sprite.height == 180)
        let pixels = Pixels(board.sheet)
        for (second, tile) in board.tiles.enumerated() {
            #expect(tile.x == second % 10 * 160)
            #expect(tile.y == second / 10 * 90)
            #expect(tile.width == 160)
            #expect(tile.height == 90)
            #expect(abs(tile.milliseconds.lowerBound - Int64(1_000 * second)) <= 10)
            #expect(abs(tile.milliseconds.upperBound - Int64(1_000 * second + 1_000)) <= 110)
            let shade = Self.grey(ofSecond: second)
            #expect(pixels.isColor(shade, shade, shade, within: 6, tile.x + 80, tile.y + 45), "second \(second)")
        }
    }

    @Test func `a long video has a hundred pictures`() throws {
        let fixtures = try MediaFixtures()
        let scene = "color=gray:size=160x90:rate=2:duration=250"
        let media = try OpenedMedia(try fixtures.video("long.mp4", scene: scene, options: ["-g", "4"]))
        let board = try #require(try media.storyboard())
        #expect(board.tiles.count == 100)
        #expect(board.sprite.width == 1_600)
        #expect(board.sprite.height == 900)
        #expect(board.tiles[0].milliseconds == 0..<2_500)
        #expect(board.tiles[99].milliseconds == 247_500..<250_000)
    }

    @Test func `a turned video's storyboard is turned as a whole`() throws {
        let fixtures = try MediaFixtures()
        let upright = try fixtures.video("upright.mp4", scene: Self.scene(seconds: 12), options: ["-g", "10"])
        // This key counts counterclockwise.
        let path = try fixtures.ffmpeg(["-i", upright, "-c", "copy", "-metadata:s:v", "rotate=270"], to: "turned.mp4")
        let media = try OpenedMedia(path)
        #expect(media.report.rotation == 90)
        let board = try #require(try media.storyboard())
        // Displayed, a picture is 160 wide and 284 high; stored, the sheet lies on its side.
        #expect(
            board.tiles[11] == Storyboard.Tile(milliseconds: 11_000..<12_000, x: 160, y: 284, width: 160, height: 284)
        )
        let pixels = Pixels(board.sheet)
        #expect(pixels.width == 2 * 284)
        #expect(pixels.height == 1_600)
        for second in [0, 5, 9, 10, 11] {
            let (column, row) = (second % 10, second / 10)
            // Turned clockwise by a quarter, what is displayed at (x, y) is stored at (y, 1599 - x).
            let place = (x: row * 284 + 142, y: 1_599 - column * 160 - 80)
            let shade = Self.grey(ofSecond: second)
            #expect(pixels.isColor(shade, shade, shade, within: 6, place.x, place.y), "second \(second)")
        }
    }

    @Test(arguments: [9, 10])
    func `a video of ten seconds or less has none`(_ seconds: Int) throws {
        let fixtures = try MediaFixtures()
        let media = try OpenedMedia(try fixtures.video("short.mp4", scene: Self.scene(seconds: seconds)))
        #expect(try media.storyboard() == nil)
    }

    @Test func `a sound has none`() throws {
        let fixtures = try MediaFixtures()
        #expect(try OpenedMedia(try fixtures.audio("sound.mp3", seconds: 12)).storyboard() == nil)
    }

    @Test func `without any time it has no picture`() throws {
        let fixtures = try MediaFixtures()
        let media = try OpenedMedia(try fixtures.video("video.mp4", scene: Self.scene(seconds: 12)))
        let failure = #expect(throws: MediaFailure.self) { try media.storyboard(within: 0) }
        #expect(failure?.code == "no_frame")
    }

    @Test func `its times are a WebVTT file with media fragments`() throws {
        let fixtures = try MediaFixtures()
        let scene = "color=gray:size=160x90:rate=1:duration=7260"
        let media = try OpenedMedia(try fixtures.video("film.mp4", scene: scene, options: ["-g", "10"]))
        let text = try #require(try media.storyboard()).index.webVTT(picture: "storyboard.jpg")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines.prefix(7) == [
                "WEBVTT", "", "00:00:00.000 --> 00:01:12.600", "storyboard.jpg#xywh=0,0,160,90", "",
                "00:01:12.600 --> 00:02:25.200", "storyboard.jpg#xywh=160,0,160,90",
            ]
        )
        #expect(lines.suffix(3) == ["01:59:47.400 --> 02:01:00.000", "storyboard.jpg#xywh=1440,810,160,90", ""])
    }
}
