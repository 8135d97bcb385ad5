import Media
import TestSupport
import Testing

@testable import satchel_worker

struct PosterTests {
    /// Red in the first fifth of a second, then green for two seconds, then blue.
    private static let changing =
        "drawbox=t=fill:color=blue,drawbox=t=fill:color=green:enable='lt(t,2)',drawbox=t=fill:color=red:enable='lt(t,0.2)'"

    @Test func `the frame of the position is decoded where the way to it is short`() throws {
        let fixtures = try MediaFixtures()
        let scene = "testsrc2=size=320x180:rate=25:duration=4," + Self.changing + ",drawgrid=w=40:h=40:c=white"
        let path = try fixtures.video("small.mp4", scene: scene, options: ["-g", "250", "-sc_threshold", "0"])
        #expect(try OpenedMedia(path).pixels().isColor(0, 128, 0, within: 12, 20, 20))
    }

    @Test func `of a large picture, the key frame nearest to the position is decoded`() throws {
        let fixtures = try MediaFixtures()
        let scene = "testsrc2=size=1920x1080:rate=25:duration=3," + Self.changing + ",drawgrid=w=240:h=240:c=white"
        let keys = ["-g", "250", "-sc_threshold", "0", "-force_key_frames", "0,2"]
        let path = try fixtures.video("large.mp4", scene: scene, options: keys)
        // The blue that BT.601's numbers are in a video of this size, BT.709's.
        let color = try OpenedMedia(path).pixels().color(20, 20)
        #expect(color.z > 200 && color.x < 60 && color.y < 60, "\(color)")
    }

    @Test(arguments: ["broken.ts", "broken.mp4", "broken.mkv"])
    func `a file whose beginning is broken shows an intact picture`(_ name: String) throws {
        let fixtures = try MediaFixtures()
        // Noise makes the pictures of the first two seconds nearly all of the file: three quarters of it are beyond the position.
        let scene =
            "color=gray:size=640x360:rate=25:duration=4,noise=alls=16:allf=t:enable='lt(t,2)'"
            + ",drawbox=x=0:y=0:w=160:h=120:color=red:t=fill"
        var bytes = try fixtures.bytes(of: try fixtures.video(name, scene: scene, options: ["-qp", "20"]))
        for index in bytes.indices
        where index > 4_000 && index < bytes.count / 4 * 3 && index % 188 > 20 && index % 7 == 0 {
            bytes[index] ^= 0x5A
        }
        let pixels = try OpenedMedia(try fixtures.write(bytes, to: name)).pixels()
        #expect(pixels.isColor(255, 0, 0, within: 40, 20, 20))
        #expect(pixels.isColor(128, 128, 128, within: 40, 200, 120))
        #expect(pixels.isColor(128, 128, 128, within: 40, 300, 170))
    }

    @Test func `of an interlaced video, one field is shown`() throws {
        let fixtures = try MediaFixtures()
        // The upper field is white with a black bar, the lower one black.
        let scene =
            "color=gray:size=720x576:rate=25:duration=2,format=yuv420p"
            + ",geq=lum='if(mod(Y,2),16,if(lt(X,180),16,235))':cb=128:cr=128,setfield=tff"
        let path = try fixtures.ffmpeg(
            ["-f", "lavfi", "-i", scene, "-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-q:v", "2"],
            to: "interlaced.mpg"
        )
        let pixels = try OpenedMedia(path).pixels()
        #expect(pixels.isColor(255, 255, 255, within: 12, 200, 100))
        #expect(pixels.isColor(0, 0, 0, within: 12, 30, 100))
    }

    @Test func `a dark picture with something in it is shown`() throws {
        let fixtures = try MediaFixtures()
        // A terminal's window: little on black; much more to see later on.
        let scene =
            "color=black:size=640x480:rate=25:duration=6,drawbox=w=640:h=20:color=gray:t=fill"
            + ",drawbox=y=100:w=640:h=300:color=yellow:t=fill:enable='gt(t,2)'"
        let pixels = try OpenedMedia(try fixtures.video("dark.mp4", scene: scene)).pixels()
        #expect(pixels.isColor(0, 0, 0, within: 8, 160, 120))
    }

    @Test func `a video that ends before the position, though its sound does not, shows its end`() throws {
        let fixtures = try MediaFixtures()
        let picture = try fixtures.video("picture.mp4", seconds: 0.5)
        let sound = try fixtures.audio("sound.m4a", seconds: 5)
        let path = try fixtures.ffmpeg(["-i", picture, "-i", sound, "-c", "copy"], to: "both.mp4")
        let pixels = try OpenedMedia(path).pixels()
        #expect(pixels.isColor(255, 0, 0, within: 40, 20, 20))
    }

    @Test func `a video over the pixel limit is not decoded`() throws {
        let fixtures = try MediaFixtures()
        let path = try fixtures.video("over.mp4")
        #expect(try OpenedMedia(path, maxPixels: 640 * 360).pixels().width == 320)
        let media = try OpenedMedia(path, maxPixels: 640 * 360 - 1)
        #expect(media.report.width == 640)
        let failure = #expect(throws: MediaFailure.self) { try media.pixels() }
        #expect(failure?.code == "too_many_pixels")
    }
}
