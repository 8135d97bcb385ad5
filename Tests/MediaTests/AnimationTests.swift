import Media
import TestSupport
import Testing

@testable import satchel_worker

struct AnimationTests {
    @Test(arguments: ["moving.gif", "moving.apng"])
    func `an animation shows its first picture that is visible`(_ name: String) throws {
        let fixtures = try MediaFixtures()
        // Nothing at all in the first two pictures, then a red square, then a blue one.
        let scene =
            "color=black@0:size=64x64:rate=5:duration=1,format=rgba"
            + ",geq=r='if(lt(N,3),255,0)':g=0:b='if(lt(N,3),0,255)':a='if(lt(N,2),0,if(lt(X,32),255,0))'"
        let palette = name.hasSuffix("gif") ? ",split[a][b];[a]palettegen[p];[b][p]paletteuse" : ""
        let format = name.hasSuffix("gif") ? [] : ["-f", "apng", "-plays", "0"]
        let path = try fixtures.ffmpeg(
            ["-f", "lavfi", "-i", scene, "-filter_complex", "[0]null" + palette] + format,
            to: name
        )
        let media = try OpenedMedia(path)
        #expect(media.report.isStillImage)
        #expect(media.report.isAnimated == true)
        let pixels = try media.pixels()
        #expect(pixels.color(16, 32) == SIMD4(255, 0, 0, 255))
        #expect(pixels.color(48, 32).w == 0)
    }

    @Test func `a GIF of one picture is no animation`() throws {
        let fixtures = try MediaFixtures()
        let media = try OpenedMedia(try fixtures.picture("still.gif", width: 64, height: 64, pixelFormat: "rgb8"))
        #expect(media.report.isAnimated == false)
        #expect(media.report.frameCount == 1)
    }

    @Test func `an animation in which nothing is ever visible shows nothing`() throws {
        let fixtures = try MediaFixtures()
        let scene = "color=black@0:size=64x64:rate=5:duration=1,format=rgba,geq=r=0:g=0:b=0:a=0"
        let path = try fixtures.ffmpeg(["-f", "lavfi", "-i", scene, "-f", "apng"], to: "empty.apng")
        #expect(try OpenedMedia(path).pixels().color(32, 32).w == 0)
    }
}
