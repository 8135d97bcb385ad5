import Catalog
import Media
import Testing

@testable import Attachments

struct MediaFactsTests {
    private let report = MediaReport(
        format: "any",
        durationMilliseconds: 1_234,
        width: 640,
        height: 360,
        rotation: 90,
        bitrate: 500,
        frameRate: 29.97,
        isVariableFrameRate: true,
        videoCodec: "h264",
        audioCodec: "aac",
        sampleRate: 48_000,
        channels: 2,
        hasAlpha: true,
        isAnimated: true,
        frameCount: 12,
        hdrTransfer: .pq,
        capturedAt: "2024-05-01T12:34:56"
    )

    @Test func `a video has everything but what is said of pictures`() {
        let facts = MediaFacts(report, kind: .video)
        #expect(
            facts
                == MediaFacts(
                    durationMilliseconds: 1_234,
                    width: 640,
                    height: 360,
                    bitrate: 500,
                    frameRate: 29.97,
                    isVariableFrameRate: true,
                    codec: "h264",
                    audioCodec: "aac",
                    sampleRate: 48_000,
                    channels: 2,
                    rotation: 90,
                    hdrTransfer: .pq,
                    capturedAt: "2024-05-01T12:34:56"
                )
        )
    }

    @Test func `a picture has no time and no sound`() {
        let facts = MediaFacts(report, kind: .image)
        #expect(
            facts
                == MediaFacts(
                    width: 640,
                    height: 360,
                    frameCount: 12,
                    rotation: 90,
                    hasAlpha: true,
                    isAnimated: true,
                    hdrTransfer: .pq,
                    capturedAt: "2024-05-01T12:34:56"
                )
        )
    }

    @Test func `a sound has no size, whatever its cover has`() {
        let facts = MediaFacts(report, kind: .audio)
        #expect(
            facts
                == MediaFacts(
                    durationMilliseconds: 1_234,
                    bitrate: 500,
                    audioCodec: "aac",
                    sampleRate: 48_000,
                    channels: 2,
                    capturedAt: "2024-05-01T12:34:56"
                )
        )
    }

    @Test(arguments: [
        ("image/jpeg", "jpg"), ("image/webp", "webp"), ("text/vtt", "vtt"), ("x/y", "bin"),
    ])
    func `a rendition lies beside its original, named by its name and type`(mediaType: String, ending: String) {
        for (original, beside) in [
            ("a/b.original", "a/b."), ("a/b/original", "a/b/"), ("a/b.mp4", "a/b.mp4."), ("b", "b."),
        ] {
            let key = ObjectKey.rendition("preview", mediaType: mediaType, of: original)
            #expect(key == "\(beside)preview.\(ending)")
        }
    }
}
