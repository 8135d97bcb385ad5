import Media
import TestSupport
import Testing

@testable import satchel_worker

struct CoverTests {
    @Test(arguments: ["song.mp3", "song.m4a", "song.flac"])
    func `a sound's cover stands for it, and it stays sound`(_ name: String) throws {
        let fixtures = try MediaFixtures()
        let media = try OpenedMedia(try fixtures.audioWithCover(name))
        #expect(!media.report.hasVideo)
        #expect(media.report.hasAudio)
        #expect(media.report.width == nil)
        #expect(media.report.frameRate == nil)
        #expect(media.report.videoCodec == nil)
        let pixels = try media.pixels()
        #expect(pixels.width == 320)
        #expect(pixels.height == 180)
        #expect(pixels.isColor(255, 0, 0, within: 12, 20, 20))
        #expect(pixels.isColor(128, 128, 128, within: 12, 200, 120))
    }

    @Test func `of several covers the front is taken`() throws {
        let fixtures = try MediaFixtures()
        let sound = try fixtures.audio("sound.mp3")
        let paths = try ["blue", "green"]
            .map { color in
                try fixtures.ffmpeg(
                    ["-f", "lavfi", "-i", "color=\(color):size=200x200", "-frames:v", "1"],
                    to: "\(color).png"
                )
            }
        let path = try fixtures.ffmpeg(
            ["-i", sound, "-i", paths[0], "-i", paths[1], "-map", "0:a", "-map", "1:v", "-map", "2:v", "-c", "copy"]
                + ["-metadata:s:v:0", "comment=Cover (back)", "-metadata:s:v:1", "comment=Cover (front)"],
            to: "covers.mp3"
        )
        #expect(try OpenedMedia(path).pixels().isColor(0, 128, 0, within: 12, 100, 100))
    }

    @Test func `a cover that is stored as a track of one frame is one`() throws {
        let fixtures = try MediaFixtures()
        let sound = try fixtures.audio("sound.m4a")
        let cover = try fixtures.jpeg("cover.jpg")
        let path = try fixtures.ffmpeg(
            ["-i", sound, "-i", cover, "-map", "0:a", "-map", "1:v", "-c", "copy", "-disposition:v", "0"],
            to: "track.mp4"
        )
        let media = try OpenedMedia(path)
        #expect(!media.report.hasVideo)
        #expect(media.report.width == nil)
        #expect(try media.pixels().isColor(255, 0, 0, within: 12, 20, 20))
    }

    @Test func `a sound without a cover has nothing to see`() throws {
        let fixtures = try MediaFixtures()
        let media = try OpenedMedia(try fixtures.audio("plain.mp3"))
        #expect(!media.file.hasPicture)
        let failure = #expect(throws: MediaFailure.self) { try media.pixels() }
        #expect(failure?.code == "no_frame")
    }
}
